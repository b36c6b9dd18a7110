import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { type FinishedHour, HOUR_MS, type Scope, toRecords, type UsageSeries } from "../src/index.js";
import { type PostgresStores, postgresStores } from "../src/stores/postgres/index.js";
import { sampleSeries } from "../src/testing/suites/index.js";
import { asRole, type RealPostgres, startPostgres } from "./servers/postgres.js";

// `migrate` with `partition: "month"` on a real PostgreSQL.

const ALL = { from: 0, to: Date.UTC(2100, 0, 1) };
const ADA: Scope = { kind: "ada", name: "ada" };
const IDAAAS: Scope = { kind: "project", name: "IDAaaS" };
const CDAAAS: Scope = { kind: "project", name: "CDAaaS" };
const DAY = 24;

let server: RealPostgres;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(async () => {
  await server?.stop();
});

interface Place {
  readonly stores: PostgresStores;
  readonly schema: string;
}

async function open(schema = `s_${randomUUID().replaceAll("-", "")}`): Promise<Place> {
  const stores = postgresStores({ url: server.url, schema, lockWaitMs: 1000 });
  onTestFinished(() => stores.close());
  await stores.migrate();
  return { stores, schema };
}

/** A day's rows, the last of them without carbon, which is not in a fact table. */
function aDay(scope: Scope, day: number): UsageSeries {
  const series = sampleSeries(scope, DAY, 1);
  const hours = series.hours.map((_, i) => (day + i * HOUR_MS) as FinishedHour);
  series.busyGco2eq[DAY - 1] = Number.NaN;
  series.idleGco2eq[DAY - 1] = Number.NaN;
  return { ...series, hours, status: series.status.with(DAY - 1, "unprocessed") };
}

const JUNE = Date.UTC(2025, 5, 30);
const JULY = Date.UTC(2025, 6, 1);
const AUGUST = Date.UTC(2025, 7, 15);

/** The partitions of a table, without their default. */
async function partitionsOf({ schema }: Place, table: string): Promise<unknown[]> {
  const rows = await server.sql(
    `SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = '${schema}.${table}'::regclass ORDER BY 1`,
  );
  return rows
    .map(({ name }) => String(name).replace(`${schema}.${table}_`, ""))
    .filter((name) => name !== "default");
}

async function recordsOf({ stores }: Place, ...scopes: Scope[]): Promise<unknown[]> {
  const all: unknown[] = [];
  for (const scope of scopes) all.push(toRecords(await stores.usage.read(scope, ALL)));
  return all;
}

/** Names, columns, keys, indexes and views of a schema, without partitions and what is said of them. */
async function shapeOf({ schema }: Place): Promise<unknown> {
  return server.sql(`
    SELECT relname, replace(relkind::text, 'I', 'i') AS kind FROM pg_class
      WHERE relnamespace = '${schema}'::regnamespace AND NOT relispartition AND relkind <> 'p' AND relkind <> 'r'
    UNION ALL SELECT relname || ' ' || conname, replace(pg_get_constraintdef(con.oid), '${schema}.', '') FROM pg_constraint AS con
      JOIN pg_class ON pg_class.oid = conrelid WHERE relnamespace = '${schema}'::regnamespace AND NOT relispartition AND contype <> 'n'
    UNION ALL SELECT table_name || '.' || column_name, ordinal_position || data_type || is_nullable FROM information_schema.columns
      JOIN pg_class ON relname = table_name AND relnamespace = table_schema::regnamespace AND NOT relispartition
      WHERE table_schema = '${schema}'
    UNION ALL SELECT viewname, replace(definition, '${schema}.', '') FROM pg_views WHERE schemaname = '${schema}'
    ORDER BY 1, 2`);
}

describe("a schema that is partitioned by month", () => {
  test("has what was stored, under the same names, keys and views", async () => {
    const [whole, place] = [await open(), await open()];
    await place.stores.usage.replace(
      [JUNE, JULY].flatMap((day) => [aDay(ADA, day), aDay(IDAAAS, day)].slice(day === JUNE ? 0 : 1)),
    );
    const before = await recordsOf(place, ADA, IDAAAS);
    await place.stores.migrate({ partition: "month" });
    expect(await recordsOf(place, ADA, IDAAAS)).toEqual(before);
    expect(await partitionsOf(place, "fact_usage_project")).toEqual(["2025_06", "2025_07"]);
    expect(await partitionsOf(place, "usage_hour_ada")).toEqual(["2025_06"]);
    expect(await partitionsOf(place, "usage_hour_host")).toEqual([]);
    expect(await shapeOf(place)).toEqual(await shapeOf(whole));
    // Once more, with and without, changes nothing.
    await place.stores.migrate({ partition: "month" });
    await place.stores.migrate();
    expect(await recordsOf(place, ADA, IDAAAS)).toEqual(before);
  });

  test("gets partitions of new months with their first rows", async () => {
    const place = await open();
    await place.stores.migrate({ partition: "month" });
    await place.stores.usage.replace([aDay(IDAAAS, JULY), aDay(ADA, JULY)]);
    await place.stores.usage.replace([aDay(IDAAAS, AUGUST)]);
    expect(await partitionsOf(place, "fact_usage_project")).toEqual(["2025_07", "2025_08"]);
    expect(await partitionsOf(place, "fact_usage_ada")).toEqual(["2025_07"]);
    expect(await recordsOf(place, IDAAAS)).toMatchObject([{ length: 2 * DAY }]);
  });

  test("takes rows of other programs in months that have no partition, and moves them when there is one", async () => {
    const place = await open();
    await place.stores.migrate({ partition: "month" });
    const { schema } = place;
    await server.sql(`INSERT INTO ${schema}.dim_project (cloud_project_name) VALUES ('CDAaaS');
      INSERT INTO ${schema}.fact_usage_project SELECT project_id, '2025-07-09T10:00Z', 1, 2, 3, 4, 5, 6, 7 FROM ${schema}.dim_project`);
    expect(await partitionsOf(place, "fact_usage_project")).toEqual([]);
    expect(await recordsOf(place, CDAAAS)).toMatchObject([[{ busyKwh: 3, status: "processed" }]]);
    await place.stores.usage.replace([aDay(IDAAAS, JULY)]);
    expect(
      await server.sql(`SELECT count(*)::int AS rows FROM ${schema}.fact_usage_project_default`),
    ).toEqual([{ rows: 0 }]);
    expect(await recordsOf(place, CDAAAS)).toMatchObject([[{ busyKwh: 3 }]]);
  });

  test("loses whole months at once, and of others the rows alone", async () => {
    const place = await open();
    await place.stores.migrate({ partition: "month" });
    for (const day of [JUNE, JULY, AUGUST])
      await place.stores.usage.replace([aDay(IDAAAS, day), aDay(CDAAAS, day)]);
    await place.stores.usage.remove([IDAAAS], { from: 0, to: JULY });
    expect(await partitionsOf(place, "fact_usage_project")).toContain("2025_06");
    await place.stores.usage.remove([IDAAAS, CDAAAS], { from: 0, to: AUGUST + HOUR_MS });
    expect(await partitionsOf(place, "fact_usage_project")).toEqual(["2025_08"]);
    expect(await partitionsOf(place, "usage_hour_project")).toEqual(["2025_08"]);
    expect(await recordsOf(place, IDAAAS, CDAAAS)).toMatchObject([{ length: DAY - 1 }, { length: DAY - 1 }]);
    await place.stores.usage.replace([aDay(IDAAAS, JUNE)]);
    expect(await recordsOf(place, IDAAAS)).toMatchObject([{ length: 2 * DAY - 1 }]);
  });

  test("keeps who may read it", async () => {
    const place = await open();
    const { schema } = place;
    const reader = `reader_${schema}`;
    await place.stores.usage.replace([aDay(IDAAAS, JULY)]);
    await server.sql(`CREATE ROLE ${reader} LOGIN PASSWORD 'reads'; GRANT USAGE ON SCHEMA ${schema} TO ${reader};
      GRANT SELECT ON ALL TABLES IN SCHEMA ${schema} TO ${reader}`);
    await place.stores.migrate({ partition: "month" });
    const reading = postgresStores({ url: asRole(server.url, reader, "reads"), schema });
    onTestFinished(async () => {
      await reading.close();
      await server.sql(`DROP OWNED BY ${reader}; DROP ROLE ${reader}`);
    });
    expect((await reading.usage.read(IDAAAS, ALL)).hours).toHaveLength(DAY);
  });
});

describe("what is in the way of partitions is said, and nothing has changed", () => {
  test("a view of somebody else's", async () => {
    const place = await open();
    await server.sql(
      `CREATE VIEW ${place.schema}.my_kwh AS SELECT busy_kwh FROM ${place.schema}.fact_usage_project`,
    );
    await expect(place.stores.migrate({ partition: "month" })).rejects.toMatchObject({
      code: "store-unavailable",
      message: expect.stringMatching(/views that are not of ada-carbon: \S*my_kwh; drop these/),
    });
    expect(await partitionsOf(place, "fact_usage_project")).toEqual([]);
  });

  test("somebody who reads, or a run that writes", async () => {
    const place = await open();
    await place.stores.usage.replace([aDay(IDAAAS, JULY)]);
    const before = await recordsOf(place, IDAAAS);
    const reading = server.sql(
      `BEGIN; SELECT count(*) FROM ${place.schema}.fact_usage_project; SELECT pg_sleep(4); COMMIT`,
    );
    await new Promise((resolve) => setTimeout(resolve, 500));
    await expect(place.stores.migrate({ partition: "month" })).rejects.toMatchObject({
      code: "store-locked",
    });
    await reading;
    const other = (await open(place.schema)).stores;
    const unlock = await other.usage.lock();
    await expect(place.stores.migrate({ partition: "month" })).rejects.toMatchObject({
      code: "store-locked",
    });
    await unlock();
    expect(await recordsOf(place, IDAAAS)).toEqual(before);
    await place.stores.migrate({ partition: "month" });
    expect(await recordsOf(place, IDAAAS)).toEqual(before);
  });

  test("an option that is none", async () => {
    const { stores } = await open();
    await expect(stores.migrate({ partition: "day" as "month" })).rejects.toMatchObject({
      code: "bad-input",
    });
  });
});
