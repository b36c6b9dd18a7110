import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Scope, type ScopeKind, toRecords } from "../src/index.js";
import { type PostgresStores, postgresStores } from "../src/stores/postgres/index.js";
import { marked, sampleHours } from "../src/testing/suites/index.js";
import { type RealPostgres, startPostgres } from "./servers/postgres.js";

// The tables, indexes and views of the source document "Backend", typed from it.

const FACTS = `
  busy_cpu_seconds_total  DOUBLE PRECISION NOT NULL,
  idle_cpu_seconds_total  DOUBLE PRECISION NOT NULL,
  busy_kwh                DOUBLE PRECISION NOT NULL,
  idle_kwh                DOUBLE PRECISION NOT NULL,
  busy_gco2eq             DOUBLE PRECISION NOT NULL,
  idle_gco2eq             DOUBLE PRECISION NOT NULL,
  intensity_gco2eq_per_kwh DOUBLE PRECISION,`;

const factTable = (kind: string): string => `
  CREATE TABLE fact_usage_${kind} (
    ${kind}_id BIGINT NOT NULL REFERENCES dim_${kind}(${kind}_id) ON DELETE CASCADE,
    timestamp_utc TIMESTAMPTZ NOT NULL, ${FACTS}
    PRIMARY KEY (${kind}_id, timestamp_utc)
  );
  CREATE INDEX idx_fact_${kind}_ts ON fact_usage_${kind} (timestamp_utc DESC);`;

const views = (kind: string, name: string, label: string): string => `
  CREATE VIEW v_${kind}_total AS
  SELECT x.${kind}_id, ${name} AS ${label},
    SUM(f.busy_cpu_seconds_total) AS busy_cpu_seconds_total,
    SUM(f.idle_cpu_seconds_total) AS idle_cpu_seconds_total,
    SUM(f.busy_kwh) AS busy_kwh, SUM(f.idle_kwh) AS idle_kwh,
    SUM(f.busy_gco2eq) AS busy_gco2eq, SUM(f.idle_gco2eq) AS idle_gco2eq
  FROM dim_${kind} x JOIN fact_usage_${kind} f USING (${kind}_id) GROUP BY x.${kind}_id, ${name};
  CREATE VIEW v_${kind}_averages AS
  SELECT x.${kind}_id, ${name} AS ${label},
    AVG(f.busy_kwh) AS energy_kwh_busy_avg, AVG(f.idle_kwh) AS energy_kwh_idle_avg,
    AVG(f.busy_gco2eq) AS carbon_gco2eq_busy_avg, AVG(f.idle_gco2eq) AS carbon_gco2eq_idle_avg,
    AVG(f.intensity_gco2eq_per_kwh) AS intensity_gco2eq_per_kwh_avg
  FROM dim_${kind} x JOIN fact_usage_${kind} f USING (${kind}_id) GROUP BY x.${kind}_id, ${name};`;

const DOCUMENT = `
  CREATE TABLE dim_project (project_id BIGSERIAL PRIMARY KEY, cloud_project_name TEXT UNIQUE NOT NULL);
  CREATE TABLE dim_group (group_id BIGSERIAL PRIMARY KEY, group_name TEXT UNIQUE NOT NULL);
  CREATE TABLE dim_user (user_id BIGSERIAL PRIMARY KEY, ext_user_id TEXT UNIQUE, display_name TEXT);
  CREATE TABLE dim_instance (
    instance_id BIGSERIAL PRIMARY KEY, hostname TEXT UNIQUE NOT NULL, labels JSONB DEFAULT '{}');
  CREATE TABLE dim_machine (
    machine_id BIGSERIAL PRIMARY KEY, machine_name TEXT UNIQUE NOT NULL,
    instance_id BIGINT REFERENCES dim_instance(instance_id) ON DELETE SET NULL,
    attributes JSONB DEFAULT '{}');
  CREATE TABLE bridge_project_group (
    project_id BIGINT REFERENCES dim_project(project_id) ON DELETE CASCADE,
    group_id BIGINT REFERENCES dim_group(group_id) ON DELETE CASCADE,
    PRIMARY KEY (project_id, group_id));
  CREATE TABLE bridge_project_user (
    project_id BIGINT REFERENCES dim_project(project_id) ON DELETE CASCADE,
    user_id BIGINT REFERENCES dim_user(user_id) ON DELETE CASCADE,
    PRIMARY KEY (project_id, user_id));
  CREATE TABLE workspace_session (
    workspace_session_id BIGSERIAL PRIMARY KEY,
    user_id BIGINT REFERENCES dim_user(user_id) ON DELETE SET NULL,
    machine_id BIGINT REFERENCES dim_machine(machine_id) ON DELETE SET NULL,
    project_id BIGINT REFERENCES dim_project(project_id) ON DELETE SET NULL,
    group_id BIGINT REFERENCES dim_group(group_id) ON DELETE SET NULL,
    started_at TIMESTAMPTZ NOT NULL, ended_at TIMESTAMPTZ,
    busy_kwh DOUBLE PRECISION DEFAULT 0, idle_kwh DOUBLE PRECISION DEFAULT 0,
    busy_gco2eq DOUBLE PRECISION DEFAULT 0, idle_gco2eq DOUBLE PRECISION DEFAULT 0);
  CREATE INDEX idx_workspace_active ON workspace_session (ended_at) WHERE ended_at IS NULL;
  CREATE TABLE fact_usage_ada (timestamp_utc TIMESTAMPTZ NOT NULL, ${FACTS} PRIMARY KEY (timestamp_utc));
  CREATE INDEX idx_fact_ada_ts ON fact_usage_ada (timestamp_utc DESC);
  ${["project", "machine", "user", "group"].map(factTable).join("")}
  ${views("project", "x.cloud_project_name", "cloud_project_name")}
  ${views("machine", "x.machine_name", "machine_name")}
  ${views("group", "x.group_name", "group_name")}
  ${views("user", "COALESCE(x.display_name, x.ext_user_id)", "user_name")}`;

const NAMES = {
  project: "cloud_project_name",
  machine: "machine_name",
  user: "user_name",
  group: "group_name",
};
const ALL = { from: 0, to: Date.UTC(2100, 0, 1) };

let server: RealPostgres;
let document: PostgresStores;
let ours: PostgresStores;

beforeAll(async () => {
  server = await startPostgres();
  for (const schema of ["reference", "document"]) {
    await server.sql(`CREATE SCHEMA ${schema}; SET search_path TO ${schema}; ${DOCUMENT}`);
  }
  ours = postgresStores({ url: server.url, schema: "ours" });
  await ours.migrate();
  document = postgresStores({ url: server.url, schema: "document" });
});
afterAll(async () => {
  await Promise.all([ours?.close(), document?.close()]);
  await server?.stop();
});

describe("the tables of the source document", () => {
  // What a schema consists of, as PostgreSQL itself describes it, for the relations of the document only.
  const describe = async (schema: string): Promise<string[]> => {
    const rows = await server.sql(`
      WITH relations AS (
        SELECT c.oid, c.relname FROM pg_class c WHERE c.relnamespace = '${schema}'::regnamespace AND c.relname IN (
          SELECT relname FROM pg_class WHERE relnamespace = 'reference'::regnamespace)
      )
      SELECT concat_ws(' ', r.relname, a.attnum, attname, format_type(atttypid, atttypmod), attnotnull,
        pg_get_expr(adbin, adrelid)) AS line
      FROM relations r JOIN pg_attribute a ON attrelid = r.oid LEFT JOIN pg_attrdef ON adrelid = r.oid AND adnum = attnum
      WHERE attnum > 0
      UNION ALL SELECT concat_ws(' ', r.relname, conname, pg_get_constraintdef(c.oid))
        FROM relations r JOIN pg_constraint c ON conrelid = r.oid
      UNION ALL SELECT pg_get_indexdef(indexrelid) FROM relations r JOIN pg_index ON indrelid = r.oid
      ORDER BY 1`);
    return rows.map(({ line }) => String(line).replaceAll(`${schema}.`, ""));
  };

  test("are what its own SQL makes, to the name and type", async () => {
    const expected = await describe("reference");
    expect(expected.length).toBeGreaterThan(150);
    expect(await describe("ours")).toEqual(expected);
  });

  test("are taken as they are where its own SQL has made them, with what is in them", async () => {
    await server.sql(`SET search_path TO document;
      INSERT INTO dim_project (cloud_project_name) VALUES ('IDAaaS');
      INSERT INTO fact_usage_project SELECT project_id, '2025-01-01T05:00Z', 1, 2, 3, 4, 5, 6, NULL FROM dim_project;
      INSERT INTO dim_user (display_name) VALUES ('somebody without an id')`);
    await document.migrate();
    expect(await describe("document")).toEqual(await describe("reference"));
    const scope: Scope = { kind: "project", name: "IDAaaS" };
    expect(await document.usage.scopes("project")).toEqual([scope]);
    expect(await document.usage.scopes("user")).toEqual([]);
    expect(toRecords(await document.usage.read(scope, ALL))).toEqual([
      {
        scope,
        hour: Date.UTC(2025, 0, 1, 5),
        busyCpuSeconds: 1,
        idleCpuSeconds: 2,
        busyKwh: 3,
        idleKwh: 4,
        busyGco2eq: 5,
        idleGco2eq: 6,
        gco2eqPerKwh: null,
        coverage: null,
        status: "processed",
        provenance: { library: "unknown", model: null, intensity: null },
      },
    ]);
  });
});

describe("the views of the source document", () => {
  const kinds = Object.entries(NAMES) as [Exclude<ScopeKind, "ada" | "experiment" | "host">, string][];

  test.each(kinds)("say the totals and averages of each %s", async (kind, name) => {
    const series = marked({ kind, name: "one" }, sampleHours(3), 2);
    series.busyKwh.set([1, 2, 6]);
    series.gco2eqPerKwh[0] = Number.NaN;
    const other = marked({ kind, name: "other" }, sampleHours(2), 5);
    // No carbon yet: not among finished numbers.
    other.status[1] = "unprocessed";
    other.busyGco2eq[1] = Number.NaN;
    other.idleGco2eq[1] = Number.NaN;
    await ours.usage.replace([series, other]);
    const totals = await server.sql(`SELECT * FROM ours.v_${kind}_total ORDER BY ${name}`);
    const sum = { idle_cpu_seconds_total: 6, busy_kwh: 9, idle_kwh: 6, busy_gco2eq: 6, idle_gco2eq: 6 };
    expect(totals).toMatchObject([
      { [name]: "one", busy_cpu_seconds_total: 6, ...sum },
      { [name]: "other", busy_cpu_seconds_total: 5, busy_kwh: 5 },
    ]);
    const averages = await server.sql(`SELECT * FROM ours.v_${kind}_averages ORDER BY ${name}`);
    expect(averages).toMatchObject([
      {
        [name]: "one",
        energy_kwh_busy_avg: 3,
        energy_kwh_idle_avg: 2,
        carbon_gco2eq_busy_avg: 2,
        carbon_gco2eq_idle_avg: 2,
        intensity_gco2eq_per_kwh_avg: 2,
      },
      { [name]: "other", energy_kwh_busy_avg: 5 },
    ]);
    const columns = async (view: string): Promise<unknown> => {
      const pool = new pg.Client(server.url);
      await pool.connect();
      const { fields } = await pool.query(`SELECT * FROM ${view} LIMIT 0`);
      await pool.end();
      return fields.map((field) => [field.name, field.dataTypeID]);
    };
    for (const view of [`v_${kind}_total`, `v_${kind}_averages`]) {
      expect(await columns(`ours.${view}`)).toEqual(await columns(`reference.${view}`));
    }
  });

  test("show a user by the name for display", async () => {
    await ours.usage.replace([marked({ kind: "user", name: "u1" }, sampleHours(1), 1)]);
    await server.sql("UPDATE ours.dim_user SET display_name = 'Ada Lovelace' WHERE ext_user_id = 'u1'");
    const rows = await server.sql("SELECT user_name FROM ours.v_user_total WHERE busy_kwh = 1");
    expect(rows).toEqual([{ user_name: "Ada Lovelace" }]);
  });
});
