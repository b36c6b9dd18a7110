import { randomUUID } from "node:crypto";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { ADA, HOUR_MS, mergeSeries, type Scope, toRecords, type UsageSeries } from "../src/index.js";
import { outsideOf } from "../src/kit.js";
import { type PostgresStores, postgresStores, postgresUsageStore } from "../src/stores/postgres/index.js";
import { VERSION } from "../src/stores/postgres/schema.js";
import type { SessionHour } from "../src/stores/workspace-store.js";
import {
  hourAt,
  marked,
  markedAverages,
  markedSession,
  SAMPLE_START,
  sampleHours,
  sampleSeries,
} from "../src/testing/suites/index.js";
import { asRole, poolOf, type RealPostgres, startPostgres } from "./servers/postgres.js";
import { olderLayout } from "./support/postgres-older-layout.js";

const ALL = { from: 0, to: Date.UTC(2100, 0, 1) };
const IDAAAS: Scope = { kind: "project", name: "IDAaaS" };

let server: RealPostgres;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(async () => {
  await server?.stop();
});

const newSchema = (): string => `s_${randomUUID().replaceAll("-", "")}`;

/** Stores that are closed at the end of the test. */
function open(schema: string | undefined, url: string = server.url): PostgresStores {
  const stores = postgresStores({ url, schema, lockWaitMs: 2000 });
  onTestFinished(() => stores.close());
  return stores;
}

/** The series with every fifth hour not processed yet. */
function withoutCarbon(series: UsageSeries): UsageSeries {
  const taken = series.status.map((status, i) => status === "processed" && i % 5 === 0);
  for (const column of [series.busyGco2eq, series.idleGco2eq]) {
    taken.forEach((gone, i) => {
      if (gone) column[i] = Number.NaN;
    });
  }
  return { ...series, status: series.status.map((status, i) => (taken[i] ? "unprocessed" : status)) };
}

/** What a session used in an hour. */
function sessionHour(): SessionHour {
  return {
    hour: SAMPLE_START,
    busyCpuSeconds: 1,
    idleCpuSeconds: 2,
    unknownCpuSeconds: 0,
    busyKwh: 0.1,
    idleKwh: 0.2,
    busyGco2eq: 3,
    idleGco2eq: 4,
    kwhWithoutCarbon: 0,
    upFrom: SAMPLE_START,
    upTo: SAMPLE_START + 1000,
    model: "m",
    intensity: null,
    stored: false,
  };
}

/** Whether everything can be kept and read back. */
async function expectWorks({ usage, averages, workspaces }: PostgresStores): Promise<void> {
  const series = sampleSeries(IDAAAS, 48, 1);
  await usage.replace([series]);
  expect(await usage.read(IDAAAS, ALL)).toEqual(series);
  await averages.put([markedAverages("Artemis (Matlab)", 3)]);
  expect(await averages.get("Artemis (Matlab)")).toEqual(markedAverages("Artemis (Matlab)", 3));
  const session = markedSession("a", 2);
  await workspaces.save([session]);
  expect(await workspaces.sessions(session.site, ALL)).toEqual([session]);
}

describe("migrate", () => {
  test("twice is once", async () => {
    const schema = newSchema();
    const stores = open(schema);
    await stores.migrate();
    await expectWorks(stores);
    await stores.migrate();
    expect(await stores.usage.read(IDAAAS, ALL)).toEqual(sampleSeries(IDAAAS, 48, 1));
    expect(await server.sql(`SELECT version FROM ${schema}.ada_carbon_version`)).toEqual([
      { version: VERSION },
    ]);
  });

  test("from many processes at once", async () => {
    const schema = newSchema();
    const all = Array.from({ length: 6 }, () => open(schema));
    await Promise.all(all.map((stores) => stores.migrate()));
    await expectWorks(open(schema));
  });

  test.each([1, 2, 3, 4])("from version %i, with what is stored there", async (version) => {
    const schema = newSchema();
    const stores = open(schema);
    await stores.migrate();
    await server.sql(`SET search_path TO ${schema}; ${olderLayout(version)};
      INSERT INTO dim_instance (hostname) VALUES ('a:9100');
      INSERT INTO fact_usage_ada VALUES ('2025-01-02T03:00Z', 1, 2, 3, 4, 5, 6, 7), ('2025-01-03T00:00Z', 9, 9, 9, 9, 9, 9, 9);
      INSERT INTO usage_provenance VALUES (1, 'f1', '0.1.0', 'm', 'actual', 'gb', 5, true, NULL),
        (2, 'f2', '0.1.0', 'm', NULL, NULL, NULL, NULL, '{"project":"a\\u0000b","machine":"\\\\u0000","user":null,"expectedCpuSeconds":5,"up":null,"by":"labels","owners":[]}')`);
    const day = (cells: Record<number, string>, other: string): string =>
      Array.from({ length: 24 }, (_, hour) => cells[hour] ?? other).join(",");
    const days = (key: string, letters: Record<number, string>, coverage: Record<number, string>): string =>
      `${key} '2025-01-02', replace('${day(letters, ".")}', ',', ''), '{${day(coverage, "NaN")}}', '{${day({ 3: "1", 5: "2" }, "0")}}'`;
    await server.sql(`SET search_path TO ${schema};
      INSERT INTO usage_day_ada SELECT ${days("", { 3: "p", 4: "." }, { 3: "0.5" })}, NULL;
      INSERT INTO usage_day_host SELECT ${days("instance_id,", { 3: "n", 5: "u" }, { 5: "1" })},
        '{"3": [null, null, null, null, null, null, null], "5": [1, 2, 3, 4, null, null, null]}' FROM dim_instance`);
    if (version === 4) await server.sql(`INSERT INTO ${schema}.usage_measurement VALUES (1, 0.25, true, 7)`);
    await expect(stores.usage.read(ADA, ALL)).rejects.toMatchObject({
      code: "store-unprepared",
      message: expect.stringContaining(
        "tables of an earlier ada-carbon; bring them forward with: ada-carbon migrate",
      ),
    });
    await stores.migrate();

    const ada = toRecords(await stores.usage.read(ADA, ALL));
    const measured = version === 4 ? { spread: 0.25, unsettled: true, scrapes: 7 } : {};
    expect(ada).toMatchObject([
      { busyKwh: 3, coverage: 0.5, status: "processed", provenance: { model: "m", ...measured } },
      { busyKwh: 9, coverage: null, status: "processed", provenance: { library: "unknown" } },
    ]);
    expect("spread" in (ada[0]?.provenance ?? {})).toBe(version === 4);
    expect(toRecords(await stores.usage.read({ kind: "host", name: "a:9100" }, ALL))).toMatchObject([
      { hour: Date.UTC(2025, 0, 2, 3), status: "not downloaded", busyKwh: null, coverage: null },
      {
        hour: Date.UTC(2025, 0, 2, 5),
        status: "unprocessed",
        busyCpuSeconds: 1,
        idleKwh: 4,
        busyGco2eq: null,
        coverage: 1,
        provenance: { intensity: null, host: { project: "a\0b", machine: "\\u0000" } },
      },
    ]);
    await expectWorks(stores);
    const left = `SELECT relname FROM pg_class WHERE relnamespace = '${schema}'::regnamespace
      AND (relname LIKE 'usage_day%' OR relname IN ('usage_measurement', 'workspace_session_hours'))`;
    expect(await server.sql(left)).toEqual([]);
  });

  test("from version 3, whose sessions keep their hours in a table of their own", async () => {
    const schema = newSchema();
    const stores = open(schema);
    await stores.migrate();
    const { hours } = { ...markedSession("a", 1), hours: [sessionHour()] };
    await server.sql(`SET search_path TO ${schema}; ${olderLayout(3)};
      INSERT INTO dim_instance (hostname) VALUES ('a:9100');
      INSERT INTO workspace_session (workspace_session_id, started_at)
        VALUES (1, '2025-01-01T00:00Z'), (2, '2025-01-01T01:00Z');
      INSERT INTO workspace_session_detail
        SELECT id, 'key ' || id, 'isis', 1, '2025-01-01T00:00Z', 1, 2, 3 FROM generate_series(1, 2) AS id;
      INSERT INTO workspace_session_hours VALUES (2, '${JSON.stringify(hours)}')`);
    await stores.migrate();
    const [without, having] = await stores.workspaces.active("isis");
    expect(without).toMatchObject({ id: "key 1", runtimeSeconds: 1, kwhWithoutCarbon: 3 });
    expect("hours" in (without ?? {})).toBe(false);
    expect(having?.hours).toEqual(hours);
  });

  test("finds the provenance that an earlier version stored, by the fingerprint it had then", async () => {
    const schema = newSchema();
    const { migrate, usage } = open(schema);
    await migrate();
    await usage.replace([marked(IDAAAS, sampleHours(1), 1)]);
    const [stored] = await server.sql(`SELECT fingerprint FROM ${schema}.usage_provenance`);
    expect(stored?.fingerprint).toBe("ecbf9e61f520ec2c02e7213fc5c8d6e254c7a984e0b7a9fe40fd1d9efd351454");
  });

  test("makes again what somebody dropped", async () => {
    const schema = newSchema();
    await open(schema).migrate();
    await server.sql(`DROP TABLE ${schema}.usage_hour_project CASCADE`);
    await expect(open(schema).usage.replace([marked(IDAAAS, sampleHours(1), 1)])).rejects.toMatchObject({
      code: "store-unprepared",
    });
    await open(schema).migrate();
    await expectWorks(open(schema));
  });

  test("refuses tables of a newer version, as every call does", async () => {
    const schema = newSchema();
    const stores = open(schema);
    await stores.migrate();
    await server.sql(`UPDATE ${schema}.ada_carbon_version SET version = 99`);
    const refused = { code: "store-newer", message: expect.stringContaining("version 99") };
    await expect(stores.migrate()).rejects.toMatchObject(refused);
    await expect(stores.usage.read(ADA, ALL)).rejects.toMatchObject(refused);
    await expect(stores.usage.replace([marked(ADA, sampleHours(1), 1)])).rejects.toMatchObject(refused);
    await expect(stores.averages.list()).rejects.toMatchObject(refused);
    await expect(stores.workspaces.active("isis")).rejects.toMatchObject(refused);
  });

  test("works for a role that owns only its schema", async () => {
    const schema = newSchema();
    await server.sql(`CREATE ROLE ${schema} LOGIN PASSWORD 'p'; CREATE SCHEMA ${schema} AUTHORIZATION ${schema};
      REVOKE ALL ON SCHEMA public FROM PUBLIC; ALTER ROLE ${schema} SET search_path TO ${schema}`);
    for (const given of [schema, undefined]) {
      const stores = open(given, asRole(server.url, schema, "p"));
      await stores.migrate();
      await expectWorks(stores);
    }
    const elsewhere = open(newSchema(), asRole(server.url, schema, "p"));
    await expect(elsewhere.migrate()).rejects.toMatchObject({
      code: "store-unavailable",
      message: expect.stringContaining("grant this user access"),
    });
  });

  test.each(["public", "quote \" and ' and ; DROP", "漢字 😀", "$1", "x".repeat(60)])(
    "into a schema called %s",
    async (schema) => {
      const stores = open(schema);
      await stores.migrate();
      await expectWorks(stores);
      const release = await stores.usage.lock();
      await expect(open(schema).usage.lock()).rejects.toMatchObject({
        code: "store-locked",
        message: expect.stringMatching(
          /\(connection (\d+) from .*, since .*Z\); wait until it is done, then run this again; .*pg_terminate_backend\(\1\)/,
        ),
      });
      await stores.migrate();
      await release();
    },
  );
});

describe("what is written", () => {
  test("takes a value from a sequence for a new name or session only", async () => {
    const schema = newSchema();
    const { migrate, usage, averages, workspaces } = open(schema);
    await migrate();
    const scopes = ["a", "b", "c"].map((name): Scope => ({ kind: "project", name }));
    for (let i = 0; i < 5; i++) {
      await usage.replace(scopes.map((scope) => marked(scope, [hourAt(i)], 1)));
      await averages.put([markedAverages("m", i), markedAverages("n", i)]);
      await workspaces.save([markedSession("one", i), markedSession("two", i)]);
    }
    await usage.replace([marked({ kind: "project", name: "d" }, sampleHours(1), 1)]);
    const tables = {
      dim_project: "project_id",
      dim_machine: "machine_id",
      dim_user: "user_id",
      dim_instance: "instance_id",
      workspace_session: "workspace_session_id",
      usage_provenance: "provenance_id",
    };
    for (const [table, id] of Object.entries(tables)) {
      const [row] = await server.sql(`SELECT count(*), max(${id})::bigint, count(*) > 0 AS some,
        nextval(pg_get_serial_sequence('${schema}.${table}', '${id}')) - 1 AS taken FROM ${schema}.${table}`);
      expect(row, table).toMatchObject({ some: true, max: row?.count, taken: row?.count });
    }
  });

  test("stays what it is beside a row of another program, which wins its hour", async () => {
    const schema = newSchema();
    const { migrate, usage } = open(schema);
    await migrate();
    const series = marked(IDAAAS, sampleHours(3), 1);
    series.status[1] = "not downloaded";
    for (const name of [
      "busyCpuSeconds",
      "idleCpuSeconds",
      "busyKwh",
      "idleKwh",
      "busyGco2eq",
      "idleGco2eq",
    ] as const) {
      series[name][1] = Number.NaN;
    }
    await usage.replace([series]);
    await server.sql(`SET search_path TO ${schema};
      INSERT INTO fact_usage_project SELECT project_id, t, 9, 9, 9, 9, 9, 9, 9 FROM dim_project,
        (VALUES ('2025-01-01T01:00Z'::timestamptz), ('2025-01-02T00:00Z')) AS hours (t)`);
    const read = await usage.read(IDAAAS, ALL);
    expect(read.hours.map((hour) => (hour - SAMPLE_START) / HOUR_MS)).toEqual([0, 1, 2, 24]);
    expect(read.status).toEqual(["processed", "processed", "processed", "processed"]);
    expect([...read.coverage]).toEqual([1, Number.NaN, 1, Number.NaN]);
    expect(read.provenance.map(({ library }) => library)).toEqual(["0.1.0", "unknown", "0.1.0", "unknown"]);
    // Replacing it makes it ours.
    await usage.replace([marked(IDAAAS, sampleHours(3), 2)]);
    expect([...(await usage.read(IDAAAS, ALL)).coverage]).toEqual([1, 1, 1, Number.NaN]);
  });

  test.each([
    ["off the hour", "'2025-01-01T00:30Z', 1", /fact_usage_ada.*2025-01-01T00:30:00Z/],
    ["negative", "'2025-01-01T00:00Z', -1", /fact_usage_ada.*busyCpuSeconds is -1/],
    ["not a number", "'2025-01-01T00:00Z', 'NaN'", /fact_usage_ada.*busyCpuSeconds/],
  ])("is store-corrupt where another program put a row that is %s", async (_what, row, message) => {
    const schema = newSchema();
    const { migrate, usage } = open(schema);
    await migrate();
    await server.sql(`INSERT INTO ${schema}.fact_usage_ada VALUES (${row}, 2, 3, 4, 5, 6, 7)`);
    await expect(usage.read(ADA, ALL)).rejects.toMatchObject({
      code: "store-corrupt",
      message: expect.stringMatching(message),
    });
  });

  test("is merged hour by hour, also scattered hours of many days", async () => {
    const schema = newSchema();
    const { migrate, usage } = open(schema);
    await migrate();
    const scopes: Scope[] = [ADA, IDAAAS, { kind: "host", name: "host-1:9100" }];
    await usage.replace(scopes.map((scope) => sampleSeries(scope, 240, 1)));
    const scattered = sampleHours(240).filter((_, i) => i % 3 === 0 || i % 7 === 0);
    await usage.replace(scopes.map((scope) => sampleSeries(scope, scattered, 2)));
    for (const scope of scopes) {
      const expected = mergeSeries(sampleSeries(scope, 240, 1), sampleSeries(scope, scattered, 2));
      expect(await usage.read(scope, ALL)).toEqual(expected);
    }
  });

  test("is forgotten to the hour, whatever its status", async () => {
    const schema = newSchema();
    const { migrate, usage } = open(schema);
    await migrate();
    const scopes: Scope[] = [ADA, IDAAAS, { kind: "experiment", name: "x" }];
    for (const [from, to] of [
      [5, 6],
      [0, 24],
      [3, 50],
      [23, 25],
      [24, 48],
      [100, 400],
      [7, 7],
      [-50, 1],
    ]) {
      const interval = {
        from: SAMPLE_START + (from ?? 0) * HOUR_MS - 1,
        to: SAMPLE_START + (to ?? 0) * HOUR_MS,
      };
      const all = scopes.map((scope) => withoutCarbon(sampleSeries(scope, 120, 3)));
      await usage.replace(all);
      await usage.remove(scopes, interval);
      for (const series of all) {
        expect(await usage.read(series.scope, ALL), `${from} to ${to}`).toEqual(outsideOf(series, interval));
      }
    }
    await usage.remove(scopes, { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY });
    expect(await usage.scopes("project")).toEqual([]);
    expect(await server.sql(`SELECT * FROM ${schema}.usage_hour_project`)).toEqual([]);
  });

  test("is read and forgotten from the hour after a part of a millisecond", async () => {
    const { migrate, usage } = open(newSchema());
    await migrate();
    const series = sampleSeries(IDAAAS, 5, 1);
    await usage.replace([series]);
    const interval = { from: hourAt(1) + 0.5, to: hourAt(3) + 0.5 };
    expect((await usage.read(IDAAAS, interval)).hours).toEqual([hourAt(2), hourAt(3)]);
    await usage.remove([IDAAAS], interval);
    expect((await usage.read(IDAAAS, ALL)).hours).toEqual([hourAt(0), hourAt(1), hourAt(4)]);
  });

  test("leaves no dead rows when it is written again", async () => {
    const schema = newSchema();
    const { migrate, usage } = open(schema);
    await migrate();
    const state = (): Promise<unknown> =>
      server.sql(`SELECT ctid, xmin FROM ${schema}.fact_usage_project UNION ALL
        SELECT ctid, xmin FROM ${schema}.usage_hour_project`);
    const series = sampleSeries(IDAAAS, 100, 1);
    await usage.replace([series]);
    const before = await state();
    await usage.replace([series]);
    expect(await state()).toEqual(before);
  });

  test("does not depend on the parsers that the host has set", async () => {
    const schema = newSchema();
    const pool = poolOf({ connectionString: server.url });
    onTestFinished(() => pool.end());
    const stores = postgresStores({ pool, schema });
    await stores.migrate();
    const oids = [16, 20, 23, 25, 701, 1022, 1082, 1184, 3802];
    const before = oids.map((oid) => pg.types.getTypeParser(oid));
    for (const oid of oids) pg.types.setTypeParser(oid, () => "nonsense");
    onTestFinished(() =>
      oids.forEach((oid, i) => void pg.types.setTypeParser(oid, before[i] as () => unknown)),
    );
    await expectWorks(stores);
  });

  test("goes through a pool of the host's with another default isolation, which is left as it was", async () => {
    const schema = newSchema();
    const pool = poolOf({
      connectionString: server.url,
      options: "-c default_transaction_isolation=serializable -c TimeZone=Asia/Kathmandu -c DateStyle=German",
      max: 3,
    });
    onTestFinished(() => pool.end());
    const all = [1, 2].map(() => postgresUsageStore({ pool, schema }));
    await all[0]?.migrate();
    await Promise.all(
      all.flatMap((store, i) => sampleHours(8).map((hour) => store.replace([marked(ADA, [hour], i + 1)]))),
    );
    expect((await all[0]?.read(ADA, ALL))?.hours).toEqual(sampleHours(8));
    for (const store of all) await store.close();
    // Not ended: it is the host's.
    const { rows } = await pool.query(
      "SELECT current_setting('TimeZone') AS zone, count(*) AS locks FROM pg_locks WHERE locktype = 'advisory' GROUP BY 1",
    );
    expect(rows).toEqual([]);
    expect(pool.totalCount).toBeGreaterThan(0);
  });

  test("waits for a writer that has the lock, and is refused if it takes too long", async () => {
    const schema = newSchema();
    const { migrate, usage } = open(schema);
    await migrate();
    const impatient = postgresUsageStore({ url: server.url, schema, lockWaitMs: 50 });
    onTestFinished(() => impatient.close());
    const release = await usage.lock();
    await expect(impatient.replace([marked(ADA, sampleHours(1), 1)])).rejects.toMatchObject({
      code: "store-locked",
    });
    const patient = open(schema).usage.replace([marked(ADA, sampleHours(1), 2)]);
    setTimeout(() => void release(), 100);
    await patient;
    expect([...(await usage.read(ADA, ALL)).busyKwh]).toEqual([2]);
  });
});
