import { createServer, type Socket } from "node:net";
import { inspect } from "node:util";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { ADA, type ErrorCode, isAdaCarbonError, type Scope, type UsageSeries } from "../src/index.js";
import { type PgPool, type PostgresStores, postgresStores } from "../src/stores/postgres/index.js";
import { marked, sampleHours } from "../src/testing/suites/index.js";
import { asRole, type FailingPostgres, poolOf, startOwnPostgres } from "./servers/postgres.js";
import { watchedPool } from "./support/watched-pool.js";

const ALL = { from: 0, to: Date.UTC(2100, 0, 1) };
const SECRET = "correct horse/battery%staple";

let server: FailingPostgres;

beforeAll(async () => {
  server = await startOwnPostgres();
});
afterAll(async () => {
  await server?.stop();
});

function open(url: string, schema?: string): PostgresStores {
  const stores = postgresStores({ url, schema });
  onTestFinished(() => stores.close());
  return stores;
}

/** The error of a call, which is one of ours, in one line and without secrets, however closely one looks. */
async function failure(call: Promise<unknown>, code: ErrorCode): Promise<string> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!isAdaCarbonError(error, code)) throw new Error(`should be ${code}`, { cause: error });
  expect(error.message).not.toMatch(/[\r\n]/);
  const all = inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true });
  for (const secret of [SECRET, encodeURIComponent(SECRET), "correct horse", "postgres secret"]) {
    expect(all).not.toContain(secret);
  }
  return error.message;
}

const everyCall = ({ usage, averages, workspaces, migrate }: PostgresStores): (() => Promise<unknown>)[] => [
  () => migrate(),
  () => usage.read(ADA, ALL),
  () => usage.replace([marked(ADA, sampleHours(1), 1)]),
  () => usage.scopes("project"),
  () => usage.remove([ADA], ALL),
  () => usage.lock(),
  () => averages.list(),
  () => averages.remove(["m"]),
  () => workspaces.active("isis"),
  () => workspaces.end(["a"], 1),
];

describe("where it cannot be reached", () => {
  test("nobody listens", async () => {
    const stores = open(asRole("postgres://127.0.0.1:1/ada", "ada", SECRET));
    for (const call of everyCall(stores)) {
      expect(await failure(call(), "unreachable")).toContain("cannot reach postgres://127.0.0.1:1/ada");
    }
  });

  test("somebody else answers", async () => {
    const sockets: Socket[] = [];
    const http = createServer((socket) =>
      sockets.push(socket.on("data", () => socket.end("HTTP/1.1 400\r\n\r\n"))),
    );
    await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void http.close());
    const address = http.address();
    const port = typeof address === "object" ? address?.port : undefined;
    await failure(open(asRole(`postgres://127.0.0.1:${port}/ada`, "ada", SECRET)).migrate(), "unreachable");
  });

  test("the host is unknown", async () => {
    await failure(open(asRole("postgres://nowhere.invalid/ada", "ada", SECRET)).migrate(), "unreachable");
  });
});

describe("where nobody is let in", () => {
  test("the password is wrong, or the user is unknown, or there is none", async () => {
    for (const user of ["postgres", "nobody"]) {
      for (const call of everyCall(open(asRole(server.url, user, SECRET)))) {
        expect(await failure(call(), "unauthorised")).toContain("give the right user and password");
      }
    }
  });

  test("the database is not there", async () => {
    const url = new URL(server.url);
    url.pathname = "/nothing";
    expect(await failure(open(url.href).migrate(), "store-unavailable")).toContain("create the database");
  });

  test("the role may not write", async () => {
    await open(server.url, "readable").migrate();
    await server.sql(`CREATE ROLE reader LOGIN PASSWORD 'r'; GRANT USAGE ON SCHEMA readable TO reader;
      GRANT SELECT ON ALL TABLES IN SCHEMA readable TO reader`);
    const stores = open(asRole(server.url, "reader", "r"), "readable");
    expect(await stores.usage.scopes("project")).toEqual([]);
    const message = await failure(
      stores.usage.replace([marked(ADA, sampleHours(1), 1)]),
      "store-unavailable",
    );
    expect(message).toContain("grant this user access");
    await stores.migrate();
  });
});

test("without our tables, the error names the command that makes them", async () => {
  for (const schema of [undefined, "not there"]) {
    for (const call of everyCall(open(server.url, schema)).filter((_, i) => ![0, 5].includes(i))) {
      const message = await failure(call(), "store-unprepared");
      expect(message).toMatch(
        /ada-carbon migrate --store postgres:\/\/127\.0\.0\.1:\d+\/postgres(\?schema=not%20there)?$/,
      );
    }
  }
});

test.each(["", "mysql://a/b", "not a url", "postgres://a:b%zz@c/d", "postgres://a:secret@c:99999/d"])(
  "a URL that is none is bad input: %s",
  (url) => {
    expect(() => postgresStores({ url })).toThrow(/^the PostgreSQL URL cannot be read; write it like/);
  },
);

test("a driver's error becomes one of ours by its state", async () => {
  const states: readonly (readonly [string, ErrorCode, RegExp])[] = [
    ["53100", "store-unavailable", /disk is full/],
    ["53300", "store-unavailable", /too many connections/],
    ["25006", "store-unavailable", /read-only/],
    ["57P03", "unreachable", /cannot reach/],
    ["57014", "timeout", /statement_timeout/],
    ["55P03", "store-locked", /others are using/],
    ["22P05", "bad-input", /cannot hold/],
    ["54000", "bad-input", /cannot hold a name of more than about 2,700 bytes .*; shorten the label/],
    ["XX000", "store-unavailable", /server's log/],
    ["EPIPE", "unreachable", /cannot reach/],
  ];
  for (const [state, code, message] of states) {
    const pool: PgPool = {
      connect: () => Promise.reject(Object.assign(new Error("first line\nsecond line"), { code: state })),
    };
    const stores = postgresStores({ pool });
    expect(await failure(stores.averages.list(), code)).toMatch(message);
  }
});

test("a transaction that loses against another is begun again", async () => {
  const pool = poolOf({ connectionString: server.url });
  onTestFinished(() => pool.end());
  let losses = 3;
  const unlucky = watchedPool(pool, ({ text }) => {
    if (text.includes("fact_usage_ada") && losses-- > 0)
      throw Object.assign(new Error("deadlock detected"), { code: "40P01" });
  });
  const stores = postgresStores({ pool: unlucky, schema: "unlucky" });
  losses = 0;
  await stores.migrate();
  losses = 3;
  await stores.usage.replace([marked(ADA, sampleHours(2), 1)]);
  losses = 4;
  await failure(stores.usage.replace([marked(ADA, sampleHours(2), 2)]), "store-unavailable");
  losses = 0;
  expect([...(await stores.usage.read(ADA, ALL)).busyKwh]).toEqual([1, 1]);
});

test("a server that stops in the middle of a write leaves nothing half written", {
  timeout: 60_000,
}, async () => {
  const scopes = Array.from({ length: 60 }, (_, i): Scope => ({ kind: "user", name: `u${i}` }));
  const batch = (mark: number): UsageSeries[] =>
    scopes.map((scope) => marked(scope, sampleHours(1000), mark));
  const stores = open(server.url, "crashing");
  await stores.migrate();
  await stores.usage.replace(batch(1));
  for (const [round, afterMs] of [50, 200, 500].entries()) {
    const mark = 2 + round;
    const writing = stores.usage.replace(batch(mark)).then(
      () => undefined,
      (error: unknown) => error,
    );
    const release = await stores.averages.list();
    expect(release).toEqual([]);
    await new Promise((resolve) => setTimeout(resolve, afterMs));
    await server.crash();
    const error = await writing;
    if (error !== undefined) await failure(Promise.reject(error), "unreachable");
    await failure(stores.usage.read(ADA, ALL), "unreachable");
    await server.restart();
    const marks = new Set<number>();
    for (const scope of scopes)
      for (const value of (await stores.usage.read(scope, ALL)).busyKwh) marks.add(value);
    expect([...marks]).toEqual([error === undefined ? mark : round === 0 ? 1 : mark - 1]);
    await stores.usage.replace(batch(mark));
    expect(
      (await stores.usage.read({ kind: "user", name: "u59" }, ALL)).busyKwh.every((v) => v === mark),
    ).toBe(true);
  }
});

test("a lock is lost with the server, and can be had again", async () => {
  const stores = open(server.url, "locking");
  await stores.migrate();
  const release = await stores.usage.lock();
  await server.crash();
  await failure(stores.usage.replace([marked(ADA, sampleHours(1), 1)]), "unreachable");
  await server.restart();
  await release();
  const again = await stores.usage.lock();
  await stores.usage.replace([marked(ADA, sampleHours(1), 1)]);
  await again();
});
