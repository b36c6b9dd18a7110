import { randomUUID } from "node:crypto";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { type PostgresStores, postgresStores, postgresUsageStore } from "../src/stores/postgres/index.js";
import { STEPS } from "../src/stores/postgres/own-ddl.js";
import {
  hourAt,
  marked,
  markedAverages,
  markedSession,
  SAMPLE_START,
  sampleHours,
  sampleSeries,
} from "../src/testing/suites/index.js";
import { ADA, HOUR_MS, mergeSeries, outsideOf, type Scope, type UsageSeries } from "../src/usage/index.js";
import { asRole, poolOf, type RealPostgres, startPostgres } from "./servers/postgres.js";

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
      { version: STEPS.length },
    ]);
  });

  test("from many processes at once", async () => {
    const schema = newSchema();
    const all = Array.from({ length: 6 }, () => open(schema));
    await Promise.all(all.map((stores) => stores.migrate()));
    await expectWorks(open(schema));
  });

  test("from version 1, with what is stored there", async () => {
    const schema = newSchema();
    const first = (STEPS[0] ?? []).map(([, sql]) => sql).join(";\n");
    await server.sql(`CREATE SCHEMA ${schema}; SET search_path TO ${schema}; ${first};
      INSERT INTO ada_carbon_version (version) VALUES (1);
      INSERT INTO fact_usage_ada VALUES ('2025-01-01T00:00Z', 1, 2, 3, 4, 5, 6, 7)`);
    const stores = open(schema);
    await expect(stores.usage.read(ADA, ALL)).rejects.toMatchObject({ code: "store-unprepared" });
    await stores.migrate();
    expect((await stores.usage.read(ADA, ALL)).idleGco2eq).toEqual(Float64Array.of(6));
    await expectWorks(stores);
  });

  test("from version 2, whose sessions have no hours", async () => {
    const schema = newSchema();
    const both = STEPS.slice(0, 2).flatMap((step) => step.map(([, sql]) => sql));
    await server.sql(`CREATE SCHEMA ${schema}; SET search_path TO ${schema}; ${both.join(";\n")};
      INSERT INTO ada_carbon_version (version) VALUES (2);
      INSERT INTO dim_instance (hostname) VALUES ('a:9100');
      INSERT INTO workspace_session (workspace_session_id, started_at) VALUES (1, '2025-01-01T00:00Z');
      INSERT INTO workspace_session_detail VALUES (1, 'a', 'isis', 1, '2025-01-01T00:00Z', 1, 2, 3)`);
    const stores = open(schema);
    await expect(stores.workspaces.active("isis")).rejects.toMatchObject({ code: "store-unprepared" });
    await stores.migrate();
    const [session] = await stores.workspaces.active("isis");
    expect(session).toMatchObject({ id: "a", runtimeSeconds: 1, kwhWithoutCarbon: 3 });
    expect("hours" in (session ?? {})).toBe(false);
  });

  test("from version 3, whose provenance is found again", async () => {
    const schema = newSchema();
    const stores = open(schema);
    await stores.migrate();
    const series = marked(IDAAAS, sampleHours(2), 1);
    await stores.usage.replace([series]);
    await server.sql(`SET search_path TO ${schema}; DROP TABLE usage_measurement;
      UPDATE ada_carbon_version SET version = 3`);
    await expect(stores.usage.read(IDAAAS, ALL)).rejects.toMatchObject({ code: "store-unprepared" });
    await stores.migrate();
    expect(await stores.usage.read(IDAAAS, ALL)).toEqual(series);
    const spread = series.provenance.map((provenance) => ({ ...provenance, spread: 0.1 + 0.2 }));
    await stores.usage.replace([series]);
    await stores.usage.replace([{ ...series, provenance: spread }]);
    expect(
      await server.sql(`SELECT spread, unsettled, scrapes FROM ${schema}.usage_provenance
        LEFT JOIN ${schema}.usage_measurement USING (provenance_id) ORDER BY provenance_id`),
    ).toEqual([
      { spread: null, unsettled: null, scrapes: null },
      { spread: 0.1 + 0.2, unsettled: false, scrapes: null },
    ]);
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
    await server.sql(`DROP TABLE ${schema}.usage_day_project`);
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
      await expect(open(schema).usage.lock()).rejects.toMatchObject({ code: "store-locked" });
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
    expect(await server.sql(`SELECT * FROM ${schema}.usage_day_project`)).toEqual([]);
  });

  test("leaves no dead rows when it is written again", async () => {
    const schema = newSchema();
    const { migrate, usage } = open(schema);
    await migrate();
    const state = (): Promise<unknown> =>
      server.sql(`SELECT ctid, xmin FROM ${schema}.fact_usage_project UNION ALL
        SELECT ctid, xmin FROM ${schema}.usage_day_project`);
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
