import { type ChildProcess, execFile, spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { RunLock } from "../../src/stores/kit/run-lock.ts";

const SOURCE: string = fileURLToPath(new URL("./ferretdb/", import.meta.url));
const CACHE: string = fileURLToPath(new URL("../../node_modules/.cache/ada-carbon/", import.meta.url));
const GO: string = process.env.GO_BIN ?? "go";

/** The first build takes one to two minutes on two cores, and fetches about 60 MB of modules. */
export const BUILD_MS = 900_000;
const START_MS = 60_000;

/** A server that speaks MongoDB's wire protocol. */
export interface RealMongo {
  /** Without a database, without a slash at the end. */
  readonly url: string;
  /** `mongod` is the one at MONGODB_URL, which is not ours to end. */
  readonly kind: "mongod" | "ferretdb";
  /** Ends the server and removes its data. */
  stop(): Promise<void>;
}

/** FerretDB, which can be killed and started again with the data it has. */
export interface OwnMongo extends RealMongo {
  /** Ends it as a power cut would. */
  kill(): Promise<void>;
  /** Starts it again at the same address. */
  restart(): Promise<void>;
}

/** Whether any such server can be had here, and if not, why. */
export function mongoAvailability(): { available: boolean; why: string } {
  if (process.env.MONGODB_URL !== undefined) return { available: true, why: "MONGODB_URL is set" };
  return ferretAvailability();
}

/** Whether FerretDB can be built here, and if not, why. */
export function ferretAvailability(): { available: boolean; why: string } {
  const { error, status } = spawnSync(GO, ["version"], { timeout: START_MS });
  if (error === undefined && status === 0) return { available: true, why: `${GO} runs` };
  const why = `${GO} does not run (${error?.message ?? `status ${status}`}); install Go, or set GO_BIN or MONGODB_URL`;
  return { available: false, why };
}

/**
 * Whether tests that need `availability` can run. Where they must (`CI=true`) it throws if they cannot;
 * elsewhere it says loudly that they are skipped.
 */
export function requireMongo(
  availability: { available: boolean; why: string } = mongoAvailability(),
): boolean {
  const { available, why } = availability;
  if (available) return true;
  if (process.env.CI === "true") throw new Error(`CI needs a MongoDB: ${why}`);
  console.warn(`\n*** SKIPPED: tests against a MongoDB. ${why}. ***\n`);
  return false;
}

/** The server at MONGODB_URL, else FerretDB on a free port of 127.0.0.1. */
export async function startMongo(): Promise<RealMongo> {
  const url = process.env.MONGODB_URL;
  if (url === undefined) return startFerret();
  return { url: url.replace(/\/$/, ""), kind: "mongod", stop: async () => {} };
}

/** FerretDB on a free port of 127.0.0.1, over SQLite files in a new folder. */
export async function startFerret(): Promise<OwnMongo> {
  const binary = await build();
  const folder = mkdtempSync(join(tmpdir(), "ada-carbon-ferretdb-"));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  process.once("exit", remove);
  let running = await run(binary, folder, "0");
  const { url } = running;
  const port = new URL(url).port;
  const end = async (how: (server: ChildProcess) => void): Promise<void> => {
    const { server } = running;
    if (server.exitCode !== null || server.signalCode !== null) return;
    const ended = once(server, "exit");
    how(server);
    await ended;
  };
  return {
    url,
    kind: "ferretdb",
    kill: () => end((server) => server.kill("SIGKILL")),
    async restart() {
      running = await run(binary, folder, port);
    },
    async stop() {
      await end((server) => server.stdin?.end());
      process.removeListener("exit", remove);
      remove();
    },
  };
}

/** Builds the Go program, once for each version of it. */
async function build(): Promise<string> {
  const files = ["main.go", "go.mod", "go.sum"].map((file) => readFileSync(join(SOURCE, file)));
  const version = createHash("sha256").update(Buffer.concat(files)).digest("hex").slice(0, 16);
  const binary = join(CACHE, `ferretdb-${version}${process.platform === "win32" ? ".exe" : ""}`);
  if (existsSync(binary)) return binary;
  mkdirSync(CACHE, { recursive: true });
  // Test files run side by side, and one build is enough.
  const lock = new RunLock(join(CACHE, "ferretdb.lock"), CACHE, (error) => error);
  const unlock = await lock.takeWithin(BUILD_MS, undefined);
  try {
    if (existsSync(binary)) return binary;
    const half = `${binary}.${process.pid}`;
    const flags = ["build", "-trimpath", "-ldflags=-s -w", "-o", half, "."];
    await promisify(execFile)(GO, flags, { cwd: SOURCE, timeout: BUILD_MS });
    renameSync(half, binary);
    return binary;
  } finally {
    unlock();
  }
}

/** Starts the program. It ends when its standard input does, so it does not outlive this process. */
async function run(
  binary: string,
  folder: string,
  port: string,
): Promise<{ server: ChildProcess; url: string }> {
  const server = spawn(binary, [folder, port], { stdio: ["pipe", "pipe", "pipe"] });
  let log = "";
  server.stderr.on("data", (chunk) => {
    if (log.length < 100_000) log += String(chunk);
  });
  const lines = createInterface(server.stdout);
  const first = once(lines, "line", { signal: AbortSignal.timeout(START_MS) });
  const ended = once(server, "exit").then(() => Promise.reject(new Error(`FerretDB ended: ${log}`)));
  ended.catch(() => {});
  try {
    const [uri] = await Promise.race([first, ended]);
    return { server, url: String(uri).replace(/\/$/, "") };
  } catch (error) {
    server.kill();
    throw error;
  }
}
