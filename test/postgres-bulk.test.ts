import { randomUUID } from "node:crypto";
import type pg from "pg";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { type PgQuery, type PostgresStores, postgresStores } from "../src/stores/postgres/index.js";
import { sampleHours, sampleSeries } from "../src/testing/suites/index.js";
import { ADA, mergeSeries, type Scope } from "../src/usage/index.js";
import { poolOf, type RealPostgres, startPostgres } from "./servers/postgres.js";
import { watchedPool } from "./support/watched-pool.js";

// What a write of many rows does otherwise than one of few, and how few statements one takes.

const ALL = { from: 0, to: Date.UTC(2100, 0, 1) };
const SCOPES: readonly Scope[] = [
  ADA,
  { kind: "project", name: "IDAaaS" },
  { kind: "machine", name: "Artemis (Matlab)" },
  { kind: "user", name: "u1" },
  { kind: "host", name: "host-1:9100" },
];

let server: RealPostgres;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(async () => {
  await server?.stop();
});

/** Stores over one connection, each of whose statements is seen first. */
async function open(before: (query: PgQuery) => Promise<void> | void = () => undefined): Promise<{
  stores: PostgresStores;
  pool: pg.Pool;
  schema: string;
}> {
  const schema = `s_${randomUUID().replaceAll("-", "")}`;
  const pool = poolOf({ connectionString: server.url, max: 1 });
  const stores = postgresStores({ pool: watchedPool(pool, before), schema });
  onTestFinished(async () => {
    await stores.close();
    await pool.end();
  });
  await stores.migrate();
  return { stores, pool, schema };
}

test("an hour of all scopes takes four round trips", async () => {
  const texts: string[] = [];
  const { stores } = await open((query) => void texts.push(query.text));
  await stores.usage.replace(SCOPES.map((scope) => sampleSeries(scope, 24, 1)));
  texts.length = 0;
  await stores.usage.replace(SCOPES.map((scope) => sampleSeries(scope, 24, 1)));
  expect(texts.map((text) => /^\w+/.exec(text)?.[0])).toEqual(["BEGIN", "SELECT", "WITH", "COMMIT"]);
});

test("many hours where nothing is, where something is, and where another program has a row", async () => {
  const { stores, schema } = await open();
  const [first, ...others] = SCOPES;
  await stores.usage.replace([sampleSeries(first ?? ADA, sampleHours(5000).slice(3000, 3010), 1)]);
  await stores.usage.replace(others.slice(0, 1).map((scope) => sampleSeries(scope, 1, 1)));
  await server.sql(`SET search_path TO ${schema}; INSERT INTO fact_usage_project
    SELECT project_id, '2025-03-01T05:00Z', 9, 9, 9, 9, 9, 9, 9 FROM dim_project`);
  await stores.usage.replace(SCOPES.map((scope) => sampleSeries(scope, 5000, 2)));
  for (const scope of SCOPES) {
    expect(await stores.usage.read(scope, ALL)).toEqual(sampleSeries(scope, 5000, 2));
  }
  const later = sampleHours(5400).slice(4900);
  await stores.usage.replace(SCOPES.map((scope) => sampleSeries(scope, later, 3)));
  for (const scope of SCOPES) {
    const expected = mergeSeries(sampleSeries(scope, 5000, 2), sampleSeries(scope, later, 3));
    expect(await stores.usage.read(scope, ALL)).toEqual(expected);
  }
});

test("a row that another program adds between the question and the write is replaced as well", async () => {
  let faster = 0;
  const { stores, schema } = await open(async ({ text }) => {
    if (!text.includes("INSERT INTO") || !text.includes("fact_usage_ada") || ++faster > 1) return;
    await server.sql(
      `INSERT INTO ${schema}.fact_usage_ada VALUES ('2025-01-02T05:00Z', 9, 9, 9, 9, 9, 9, 9)`,
    );
  });
  faster = 0;
  await stores.usage.replace([sampleSeries(ADA, 500, 1)]);
  expect(faster).toBeGreaterThan(1);
  expect(await stores.usage.read(ADA, ALL)).toEqual(sampleSeries(ADA, 500, 1));
});

test.each(["DEALLOCATE ALL", "DISCARD ALL"])(
  "a connection that has forgotten its statements: %s",
  async (forget) => {
    const { stores, pool } = await open();
    for (const seed of [1, 2, 3]) {
      await stores.usage.replace(SCOPES.map((scope) => sampleSeries(scope, 30, seed)));
      await pool.query(forget);
    }
    for (const scope of SCOPES)
      expect(await stores.usage.read(scope, ALL)).toEqual(sampleSeries(scope, 30, 3));
  },
);

test("is store-corrupt where somebody took numbers out of a day", async () => {
  const { stores, schema } = await open();
  await stores.usage.replace([sampleSeries(ADA, 30, 1)]);
  await server.sql(`UPDATE ${schema}.usage_day_ada SET coverage[3] = NULL`);
  await expect(stores.usage.read(ADA, ALL)).rejects.toMatchObject({
    code: "store-corrupt",
    message: expect.stringContaining("NULL"),
  });
});
