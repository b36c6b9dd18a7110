import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const MAIN: string = fileURLToPath(new URL("./mongo-java/Main.java", import.meta.url));
const JAVA: string = process.env.JAVA_BIN ?? "java";
const JARS: string | undefined = process.env.MONGO_JAVA_JARS;

/** Java compiles the program each time, in two seconds on a machine that has nothing else to do. */
const START_MS = 60_000;

/** A server that speaks MongoDB's wire protocol. */
export interface RealMongo {
  /** Without a database, without a slash at the end. */
  readonly url: string;
  /** `mongod` is the one at MONGODB_URL, which is not ours to end. */
  readonly kind: "mongod" | "mongo-java-server";
  stop(): Promise<void>;
}

/** mongo-java-server, which can be killed and started again at the same address, with nothing in it. */
export interface OwnMongo extends RealMongo {
  kill(): Promise<void>;
  restart(): Promise<void>;
}

interface Availability {
  readonly available: boolean;
  readonly why: string;
}

/** Whether any such server can be had here, and if not, why. */
export function mongoAvailability(): Availability {
  if (process.env.MONGODB_URL !== undefined) return { available: true, why: "MONGODB_URL is set" };
  return ownMongoAvailability();
}

/** Whether mongo-java-server can be started here, and if not, why. */
export function ownMongoAvailability(): Availability {
  const there = JARS !== undefined && existsSync(join(JARS, "mongo-java-server-1.47.0.jar"));
  if (there) return { available: true, why: `the jars are in ${JARS}` };
  const how =
    "MONGO_JAVA_JARS names no folder with the jars of mongo-java-server; .ci/run has how to get them";
  return { available: false, why: `${how}, or set MONGODB_URL` };
}

/**
 * Whether tests that need `availability` can run. Where they must (`CI=true`) it throws if they cannot;
 * elsewhere it says loudly that they are skipped.
 */
export function requireMongo({ available, why }: Availability = mongoAvailability()): boolean {
  if (available) return true;
  if (process.env.CI === "true") throw new Error(`CI needs a MongoDB: ${why}`);
  console.warn(`\n*** SKIPPED: tests against a MongoDB. ${why}. ***\n`);
  return false;
}

/** The server at MONGODB_URL, else mongo-java-server on a free port of 127.0.0.1. */
export async function startMongo(): Promise<RealMongo> {
  const url = process.env.MONGODB_URL;
  if (url === undefined) return startOwnMongo();
  return { url: url.replace(/\/$/, ""), kind: "mongod", stop: async () => {} };
}

/** mongo-java-server on a free port of 127.0.0.1. */
export async function startOwnMongo(): Promise<OwnMongo> {
  let running = await run("0");
  const { url } = running;
  const end = async (how: (server: ChildProcess) => void): Promise<void> => {
    const { server } = running;
    if (server.exitCode !== null || server.signalCode !== null) return;
    const ended = once(server, "exit");
    how(server);
    await ended;
  };
  return {
    url,
    kind: "mongo-java-server",
    kill: () => end((server) => server.kill("SIGKILL")),
    async restart() {
      running = await run(new URL(url).port);
    },
    stop: () => end((server) => server.stdin?.end()),
  };
}

/** Starts the program. It ends when its standard input does, so it does not outlive this process. */
async function run(port: string): Promise<{ server: ChildProcess; url: string }> {
  const server = spawn(JAVA, ["-cp", join(JARS ?? "", "*"), MAIN, port], { stdio: "pipe" });
  let log = "";
  server.stderr.on("data", (chunk) => {
    if (log.length < 100_000) log += String(chunk);
  });
  const lines = createInterface(server.stdout);
  const first = once(lines, "line", { signal: AbortSignal.timeout(START_MS) });
  const ended = once(server, "exit").then(() => Promise.reject(new Error(`${JAVA} ended: ${log}`)));
  ended.catch(() => {});
  try {
    const [url] = await Promise.race([first, ended]);
    return { server, url: String(url) };
  } catch (error) {
    server.kill();
    throw error;
  }
}
