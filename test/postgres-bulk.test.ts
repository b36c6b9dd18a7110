import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { ADA, mergeSeries, type Scope } from "../src/index.js";
import { type PgQuery, type PostgresStores, postgresStores } from "../src/stores/postgres/index.js";
import { hourAt, marked, sampleHours, sampleSeries } from "../src/testing/suites/index.js";
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
  return { stores, schema };
}

test("an hour takes a statement a kind of scope, however many scopes there are", async () => {
  const texts: string[] = [];
  const { stores } = await open((query) => void texts.push(query.text));
  const many = SCOPES.flatMap(({ kind, name }) =>
    Array.from(
      { length: kind === "ada" ? 1 : 200 },
      (_, i): Scope => ({ kind, name: i === 0 ? name : `${i}` }),
    ),
  );
  await stores.usage.replace(many.map((scope) => sampleSeries(scope, 24, 1)));
  texts.length = 0;
  await stores.usage.replace(many.map((scope) => marked(scope, [hourAt(24)], 1)));
  expect(texts.filter((text) => text.startsWith("WITH given"))).toHaveLength(SCOPES.length);
  expect(texts.length).toBeLessThan(15);
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

test("is store-corrupt where somebody wrote a word that is no status", async () => {
  const { stores, schema } = await open();
  await stores.usage.replace([sampleSeries(ADA, 30, 1)]);
  await server.sql(`SET search_path TO ${schema};
    ALTER TABLE usage_hour_ada DROP CONSTRAINT usage_hour_ada_status_check;
    UPDATE usage_hour_ada SET status = 'done' WHERE timestamp_utc = '2025-01-01T03:00Z'`);
  await expect(stores.usage.read(ADA, ALL)).rejects.toMatchObject({
    code: "store-corrupt",
    message: expect.stringContaining('"done" is no status'),
  });
});

test("is store-corrupt where somebody changed what is known of a host", async () => {
  const { stores, schema } = await open();
  const scope: Scope = { kind: "host", name: "host-1:9100" };
  await stores.usage.replace([sampleSeries(scope, 3, 1)]);
  await server.sql(`UPDATE ${schema}.usage_provenance SET host = '{"project": 1}'`);
  await expect(stores.usage.read(scope, ALL)).rejects.toMatchObject({
    code: "store-corrupt",
    message: expect.stringContaining("usage_provenance"),
  });
});

test("a name that another program deletes between the question and the write is added again", async () => {
  let faster = 0;
  const { stores, schema } = await open(async ({ text }) => {
    if (!text.startsWith("WITH given") || ++faster !== 1) return;
    await server.sql(`DELETE FROM ${schema}.dim_project`);
  });
  const scope: Scope = { kind: "project", name: "IDAaaS" };
  await stores.usage.replace([sampleSeries(scope, 24, 1)]);
  faster = 0;
  await stores.usage.replace([sampleSeries(scope, 24, 2)]);
  expect(faster).toBe(2);
  expect(await stores.usage.read(scope, ALL)).toEqual(sampleSeries(scope, 24, 2));
});
