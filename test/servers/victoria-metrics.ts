import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const VICTORIA_METRICS: string = process.env.VICTORIA_METRICS_BIN ?? "victoria-metrics";
const PATIENCE_MS = 60_000;

export interface RealVictoriaMetrics {
  /** Base URL, without a slash at the end. */
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * Whether a real VictoriaMetrics can be started here. Where it must be (`CI=true`) it throws if it cannot;
 * elsewhere it says loudly that its tests are skipped.
 */
export function requireVictoriaMetrics(): boolean {
  const { error, status } = spawnSync(VICTORIA_METRICS, ["--version"], { timeout: PATIENCE_MS });
  if (error === undefined && status === 0) return true;
  const why = `${VICTORIA_METRICS} does not run (${error?.message ?? `status ${status}`}); set VICTORIA_METRICS_BIN`;
  if (process.env.CI === "true") throw new Error(`CI needs a real VictoriaMetrics: ${why}`);
  console.warn(`\n*** SKIPPED: tests against a real VictoriaMetrics. ${why}. ***\n`);
  return false;
}

/** An empty one on a free port of 127.0.0.1. */
export async function startVictoriaMetrics(): Promise<RealVictoriaMetrics> {
  const folder = mkdtempSync(join(tmpdir(), "ada-carbon-victoria-metrics-"));
  const url = `http://127.0.0.1:${await freePort()}`;
  const flags = [
    `-storageDataPath=${folder}`,
    `-httpListenAddr=${url.slice("http://".length)}`,
    "-retentionPeriod=100y",
    "-search.latencyOffset=0s",
  ];
  const server = spawn(VICTORIA_METRICS, flags, { stdio: ["ignore", "ignore", "pipe"] });
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

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("the system gave no port");
  return address.port;
}
