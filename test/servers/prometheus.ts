import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, createWriteStream, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type KeptProcess, startKept } from "./kept-process.ts";

const PROMETHEUS: string = process.env.PROMETHEUS_BIN ?? "prometheus";
/** A Prometheus of version 3. */
export const PROMETHEUS3: string = process.env.PROMETHEUS3_BIN ?? "prometheus3";
const PROMTOOL: string = process.env.PROMTOOL_BIN ?? "promtool";

/** How long each step of starting may take, in milliseconds. */
const PATIENCE_MS = 60_000;

export interface RealPrometheus {
  /** Base URL, without a slash at the end. */
  readonly url: string;
  /** Where it keeps its data. */
  readonly folder: string;
  /** Ends the server and removes its folder; resolves when both are gone. */
  stop(): Promise<void>;
}

export interface PrometheusOptions {
  /** Which to start: the older one by default, or {@link PROMETHEUS3}. */
  readonly binary?: string;
  /** What it holds, as OpenMetrics text with timestamps in any chunks, ending with `# EOF`. Default: nothing. */
  readonly openmetrics?: Iterable<string>;
  /** Folders with blocks that it holds as well; they are copied. */
  readonly blocks?: readonly string[];
  /** Text of its configuration, such as what to scrape. Default: nothing. */
  readonly config?: string;
  /** Text of a `--web.config.file`: TLS, basic auth. */
  readonly webConfig?: string;
  /** Sent while waiting for it to be ready, such as the authorization that `webConfig` asks for. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Further flags. */
  readonly flags?: readonly string[];
}

/** Whether these can be run here, and if not, why and what to set. */
export function availability(
  binaries: readonly {
    readonly path: string;
    readonly variable: string;
    /** What makes it print its version and end. */
    readonly versionFlag?: string;
  }[],
): { available: boolean; why: string } {
  for (const { path, variable, versionFlag = "--version" } of binaries) {
    const { error, status } = spawnSync(path, [versionFlag], { timeout: PATIENCE_MS });
    if (error === undefined && status === 0) continue;
    const why = `${path} does not run (${error?.message ?? `status ${status}`}); set ${variable}`;
    return { available: false, why };
  }
  return { available: true, why: `${binaries.map(({ path }) => path).join(" and ")} run` };
}

/**
 * Whether the tests that need a real server can run. Where they must (`CI=true`) it throws if they cannot; elsewhere it
 * says loudly that they are skipped.
 */
export function requireServer(what: string, binaries: Parameters<typeof availability>[0]): boolean {
  const { available, why } = availability(binaries);
  if (available) return true;
  if (process.env.CI === "true") throw new Error(`CI needs a real ${what}: ${why}`);
  console.warn(`\n*** SKIPPED: tests against a real ${what}. ${why}. ***\n`);
  return false;
}

const OLDER = [
  { path: PROMETHEUS, variable: "PROMETHEUS_BIN" },
  { path: PROMTOOL, variable: "PROMTOOL_BIN" },
];

/** Whether a real Prometheus can be started here, and if not, why. */
export function prometheusAvailability(): { available: boolean; why: string } {
  return availability(OLDER);
}

/** {@link requireServer} for a Prometheus. */
export function requirePrometheus(): boolean {
  return requireServer("Prometheus", OLDER);
}

/** {@link requireServer} for a Prometheus of version 3. */
export function requirePrometheus3(): boolean {
  return requireServer("Prometheus 3", [{ path: PROMETHEUS3, variable: "PROMETHEUS3_BIN" }, ...OLDER]);
}

/** Longer than what any test loads, so that its text is read once. */
export const ONE_BLOCK = "480h";

/** Loads `openmetrics` into a new Prometheus on a free port of 127.0.0.1. */
export async function startPrometheus(options: PrometheusOptions): Promise<RealPrometheus> {
  const folder = mkdtempSync(join(tmpdir(), "ada-carbon-prometheus-"));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  process.once("exit", remove);
  try {
    const data = join(folder, "data");
    if (options.openmetrics !== undefined) await createBlocks(options.openmetrics, data, ONE_BLOCK);
    for (const blocks of options.blocks ?? []) cpSync(blocks, data, { recursive: true });
    return await serve(folder, options);
  } catch (error) {
    remove();
    throw error;
  } finally {
    process.removeListener("exit", remove);
  }
}

/**
 * Makes blocks of OpenMetrics text in a folder. promtool reads the whole text once for each block; a block spans two
 * hours unless `longest`, such as `480h`, is given.
 */
export async function createBlocks(
  openmetrics: Iterable<string>,
  folder: string,
  longest?: string,
): Promise<void> {
  const file = `${folder}.om`;
  await pipeline(Readable.from(openmetrics), createWriteStream(file));
  const flags = longest === undefined ? [] : [`--max-block-duration=${longest}`];
  await runPromtool(["tsdb", "create-blocks-from", "openmetrics", ...flags, file, folder]);
  rmSync(file);
}

/** What promtool says, run in the folder `cwd`; an error if it ends with another status than 0. */
export async function runPromtool(args: readonly string[], cwd?: string): Promise<string> {
  const promtool = spawn(PROMTOOL, args, { cwd, stdio: ["ignore", "pipe", "pipe"] });
  const [out, said, [status]] = await Promise.all([
    text(promtool.stdout),
    text(promtool.stderr),
    once(promtool, "exit"),
  ]);
  if (status !== 0) throw new Error(`promtool ended with ${String(status)}: ${said}${out}`);
  return out;
}

async function text(stream: AsyncIterable<unknown>): Promise<string> {
  let said = "";
  for await (const chunk of stream) said += String(chunk);
  return said;
}

async function serve(folder: string, options: PrometheusOptions): Promise<RealPrometheus> {
  const config = join(folder, "prometheus.yml");
  const webConfig = join(folder, "web.yml");
  writeFileSync(config, options.config ?? "global: {}\n");
  writeFileSync(webConfig, options.webConfig ?? "");
  const command = [
    options.binary ?? PROMETHEUS,
    `--config.file=${config}`,
    `--storage.tsdb.path=${join(folder, "data")}`,
    "--storage.tsdb.retention.time=100y",
    "--web.listen-address=127.0.0.1:0",
    ...(options.webConfig === undefined ? [] : [`--web.config.file=${webConfig}`]),
    ...(options.flags ?? []),
  ];
  const { process: server, stop } = startKept(folder, command);
  try {
    const scheme = /tls_server_config/.test(options.webConfig ?? "") ? "https" : "http";
    const url = `${scheme}://${await listeningAddress(server)}`;
    await ready(url, options.headers ?? {});
    return { url, folder: join(folder, "data"), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Reads the address from the log, and goes on reading it so that the pipe never fills. */
function listeningAddress({ stderr }: KeptProcess["process"]): Promise<string> {
  return new Promise((resolve, reject) => {
    let log = "";
    const late = setTimeout(() => reject(new Error(`Prometheus is not listening: ${log}`)), PATIENCE_MS);
    stderr.on("data", (chunk) => {
      if (log.length < 100_000) log += String(chunk);
      const address = /msg="Listening on".* address=(\S+)/.exec(log)?.[1];
      if (address === undefined) return;
      clearTimeout(late);
      resolve(address);
    });
    stderr.on("end", () => {
      clearTimeout(late);
      reject(new Error(`Prometheus ended: ${log}`));
    });
  });
}

async function ready(url: string, headers: Readonly<Record<string, string>>): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const status = await fetch(`${url}/-/ready`, { headers }).then(
      (reply) => reply.status,
      (error: unknown) => String(error),
    );
    if (status === 200) return;
    if (Date.now() > deadline) throw new Error(`Prometheus at ${url} is not ready: ${status}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
