import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./kept-process.js";
import { requireServer } from "./prometheus.js";

const VICTORIA_METRICS: string = process.env.VICTORIA_METRICS_BIN ?? "victoria-metrics";
/** A VictoriaMetrics of version 1.151. */
export const VICTORIA_METRICS1151: string = process.env.VICTORIA_METRICS1151_BIN ?? "victoria-metrics-1.151";
const PATIENCE_MS = 60_000;

export interface RealVictoriaMetrics {
  /** Base URL, without a slash at the end. */
  readonly url: string;
  stop(): Promise<void>;
}

/** {@link requireServer} for a VictoriaMetrics of the older version. */
export function requireVictoriaMetrics(): boolean {
  return requireServer("VictoriaMetrics", [{ path: VICTORIA_METRICS, variable: "VICTORIA_METRICS_BIN" }]);
}

/** {@link requireServer} for {@link VICTORIA_METRICS1151}. */
export function requireVictoriaMetrics1151(): boolean {
  return requireServer("VictoriaMetrics 1.151", [
    { path: VICTORIA_METRICS1151, variable: "VICTORIA_METRICS1151_BIN" },
  ]);
}

/** An empty one on a free port of 127.0.0.1: the older version, or {@link VICTORIA_METRICS1151}. */
export async function startVictoriaMetrics(binary: string = VICTORIA_METRICS): Promise<RealVictoriaMetrics> {
  const folder = mkdtempSync(join(tmpdir(), "ada-carbon-victoria-metrics-"));
  const url = `http://127.0.0.1:${await freePort()}`;
  const flags = [
    `-storageDataPath=${folder}`,
    `-httpListenAddr=${url.slice("http://".length)}`,
    "-retentionPeriod=100y",
    "-search.latencyOffset=0s",
  ];
  const server = spawn(binary, flags, { stdio: ["ignore", "ignore", "pipe"] });
  const kill = (): void => void server.kill("SIGKILL");
  process.once("exit", kill);
  let log = "";
  server.stderr.on("data", (chunk) => {
    if (log.length < 100_000) log += String(chunk);
  });
  const ended = once(server, "exit");
  const stop = async (): Promise<void> => {
    process.removeListener("exit", kill);
    server.kill();
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  const deadline = Date.now() + PATIENCE_MS;
  while ((await fetch(`${url}/health`).catch(() => undefined))?.status !== 200) {
    if (Date.now() > deadline || server.exitCode !== null) {
      await stop();
      throw new Error(`VictoriaMetrics is not ready: ${log}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return { url, stop };
}
