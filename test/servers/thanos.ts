import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort, type KeptProcess, startKept } from "./kept-process.js";
import { type RealPrometheus, requirePrometheus, requireServer, startPrometheus } from "./prometheus.js";

const THANOS: string = process.env.THANOS_BIN ?? "thanos";
const PATIENCE_MS = 60_000;
/** The external label that tells the replicas apart, and that the querier takes away. */
const REPLICA = "replica";

export interface RealThanos {
  /** Base URL of the querier, without a slash at the end. */
  readonly url: string;
  stop(): Promise<void>;
}

/** {@link requireServer} for a Thanos, which needs a Prometheus as well. `test/servers/thanos` builds one. */
export function requireThanos(): boolean {
  return requireServer("Thanos", [{ path: THANOS, variable: "THANOS_BIN" }]) && requirePrometheus();
}

/**
 * A querier that makes one of several replicas: a Prometheus for each list of block folders, with a sidecar beside it.
 * Ready when the querier knows all of them.
 */
export async function startThanos(replicas: readonly (readonly string[])[]): Promise<RealThanos> {
  const started: { stop(): Promise<void> }[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(started.map((one) => one.stop()));
  };
  try {
    const endpoints = await Promise.all(
      replicas.map(async (blocks, i) => {
        const config = `global:\n  external_labels:\n    ${REPLICA}: "${i}"\n`;
        const prometheus = await startPrometheus({ blocks, config });
        started.push(prometheus);
        const { process, endpoint } = await startSidecar(prometheus);
        started.push(process);
        return endpoint;
      }),
    );
    const { process, url } = await startQuerier(endpoints);
    started.push(process);
    await allKnown(url, endpoints.length, process);
    return { url, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startSidecar({
  url,
  folder,
}: RealPrometheus): Promise<{ process: KeptProcess; endpoint: string }> {
  const endpoint = `127.0.0.1:${await freePort()}`;
  const process = startThanosPart([
    "sidecar",
    `--prometheus.url=${url}`,
    `--tsdb.path=${folder}`,
    `--grpc-address=${endpoint}`,
    `--http-address=127.0.0.1:${await freePort()}`,
  ]);
  return { process, endpoint };
}

async function startQuerier(endpoints: readonly string[]): Promise<{ process: KeptProcess; url: string }> {
  const address = `127.0.0.1:${await freePort()}`;
  const process = startThanosPart([
    "query",
    `--http-address=${address}`,
    `--grpc-address=127.0.0.1:${await freePort()}`,
    `--query.replica-label=${REPLICA}`,
    ...endpoints.map((endpoint) => `--endpoint=${endpoint}`),
  ]);
  return { process, url: `http://${address}` };
}

function startThanosPart(flags: readonly string[]): KeptProcess {
  const folder = mkdtempSync(join(tmpdir(), "ada-carbon-thanos-"));
  const part = startKept(folder, [THANOS, ...flags, "--http-grace-period=0s", "--grpc-grace-period=0s"]);
  // What it logs is read on, so that the pipe never fills.
  part.process.stderr.resume();
  return part;
}

/** It asks its endpoints who they are every few seconds. */
async function allKnown(url: string, count: number, { process }: KeptProcess): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  for (let known = 0; known < count; ) {
    if (Date.now() > deadline || process.exitCode !== null)
      throw new Error(`the Thanos querier knows ${known} of ${count} replicas`);
    await new Promise((resolve) => setTimeout(resolve, 100));
    known = await knownSidecars(url);
  }
}

async function knownSidecars(url: string): Promise<number> {
  const reply = await fetch(`${url}/api/v1/stores`).catch(() => undefined);
  if (reply?.status !== 200) return 0;
  const { data } = (await reply.json()) as {
    data: { sidecar?: readonly { lastError: string | null; labelSets?: readonly unknown[] }[] };
  };
  return (data.sidecar ?? []).filter(({ lastError, labelSets }) => lastError === null && labelSets?.length)
    .length;
}
