import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";

const NODE_EXPORTER: string = process.env.NODE_EXPORTER_BIN ?? "prometheus-node-exporter";

/** How long starting may take, in milliseconds. */
const PATIENCE_MS = 30_000;

/** Ends the exporter as soon as this script's standard input closes: it never outlives the test process. */
const KEEPER = `
exec 3<&0
"$@" 3<&- </dev/null & server=$!
{ cat <&3 >/dev/null; kill "$server"; } 2>/dev/null &
exec 3<&-
wait "$server"
`;

export interface RealNodeExporter {
  /** `127.0.0.1:port`: what Prometheus scrapes, and the label `instance` of what it finds there. */
  readonly address: string;
  /** Ends it; resolves when it is gone. */
  stop(): Promise<void>;
}

/**
 * Whether the tests that need a real node_exporter can run. Where they must (`CI=true`) it throws if they
 * cannot; elsewhere it says loudly that they are skipped.
 */
export function requireNodeExporter(): boolean {
  const { error, status } = spawnSync(NODE_EXPORTER, ["--version"], { timeout: PATIENCE_MS });
  if (error === undefined && status === 0) return true;
  const why = `${NODE_EXPORTER} does not run (${error?.message ?? `status ${status}`}); set NODE_EXPORTER_BIN`;
  if (process.env.CI === "true") throw new Error(`CI needs a real node_exporter: ${why}`);
  console.warn(`\n*** SKIPPED: tests against a real node_exporter. ${why}. ***\n`);
  return false;
}

/** Starts a node_exporter of this machine on a free port of 127.0.0.1. */
export async function startNodeExporter(): Promise<RealNodeExporter> {
  const command = [NODE_EXPORTER, "--web.listen-address=127.0.0.1:0", "--log.level=info"];
  const keeper = spawn("sh", ["-c", KEEPER, "keeper", ...command], { stdio: ["pipe", "ignore", "pipe"] });
  const ended = once(keeper, "exit");
  const stop = async (): Promise<void> => {
    keeper.stdin.destroy();
    await ended;
  };
  let log = "";
  try {
    const address = await new Promise<string>((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`node_exporter is not listening: ${log}`)), PATIENCE_MS);
      keeper.once("exit", () => reject(new Error(`node_exporter ended: ${log}`)));
      keeper.stderr.on("data", (chunk) => {
        if (log.length < 100_000) log += String(chunk);
        const found = /msg="Listening on".* address=(\S+)/.exec(log)?.[1];
        if (found === undefined) return;
        clearTimeout(late);
        resolve(found);
      });
    });
    return { address, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
