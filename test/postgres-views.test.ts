import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import {
  type HostProvenance,
  SCOPE_KINDS,
  type Scope,
  toRecords,
  UNATTRIBUTED,
  type UsageSeries,
} from "../src/index.js";
import { type PostgresStores, postgresStores } from "../src/stores/postgres/index.js";
import { hourAt, marked, sampleSeries } from "../src/testing/suites/index.js";
import { type RealPostgres, startPostgres } from "./servers/postgres.js";

// What somebody with psql sees besides the tables of the source documents.

let server: RealPostgres;
let schemas = 0;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(async () => {
  await server?.stop();
});

async function open(): Promise<{ stores: PostgresStores; sql: RealPostgres["sql"] }> {
  const schema = `s${schemas++}`;
  const stores = postgresStores({ url: server.url, schema });
  onTestFinished(() => stores.close());
  await stores.migrate();
  return { stores, sql: (text) => server.sql(`SET search_path TO ${schema}; ${text}`) };
}

const HOST: Scope = { kind: "host", name: "host-1:9100" };

/** An hour of a host with what is known of it. */
function hostHour(hour: number, host: Partial<HostProvenance>): UsageSeries {
  const series = marked(HOST, [hourAt(hour)], 1);
  const known: HostProvenance = {
    project: "IDAaaS",
    machine: "Artemis (Matlab)",
    user: "u1",
    expectedCpuSeconds: 1,
    up: null,
    by: "labels",
    owners: [],
    ...host,
  };
  return { ...series, provenance: series.provenance.map((each) => ({ ...each, host: known })) };
}

const share = (project: string, user: string, group: string, busyShare: number) => ({
  ...{ project, user, group, busyShare },
  ...{ machine: "m", experiment: "e", idleShare: 1 - busyShare },
});

test("ada_carbon_hours shows every hour of every kind, with all that is known of it", async () => {
  const { stores, sql } = await open();
  const all = SCOPE_KINDS.map((kind, i) =>
    sampleSeries({ kind, name: kind === "ada" ? "ada" : `a ${kind}` }, 40, i),
  );
  await stores.usage.replace(all);
  const rows = await sql("SELECT * FROM ada_carbon_hours ORDER BY kind, timestamp_utc");
  const expected = all
    .flatMap(toRecords)
    .sort((a, b) => a.scope.kind.localeCompare(b.scope.kind) || a.hour - b.hour);
  const { hourKeys, shown } = rows.reduce<{ hourKeys: Set<unknown>; shown: unknown[] }>(
    (sofar, row) => {
      sofar.hourKeys.add(row.hour_key);
      sofar.shown.push({
        scope: { kind: row.kind, name: row.name },
        hour: (row.timestamp_utc as Date).getTime(),
        busyCpuSeconds: row.busy_cpu_seconds_total,
        idleCpuSeconds: row.idle_cpu_seconds_total,
        busyKwh: row.busy_kwh,
        idleKwh: row.idle_kwh,
        busyGco2eq: row.busy_gco2eq,
        idleGco2eq: row.idle_gco2eq,
        gco2eqPerKwh: row.intensity_gco2eq_per_kwh,
        coverage: row.coverage,
        status: row.status,
        library: row.library,
        model: row.model,
        kind: row.intensity_kind,
        source: row.intensity_source,
      });
      return sofar;
    },
    { hourKeys: new Set(), shown: [] },
  );
  expect(shown).toEqual(
    expected.map(({ provenance: { library, model, intensity }, ...record }) => ({
      ...record,
      ...{ library, model, kind: intensity?.kind ?? null, source: intensity?.source ?? null },
    })),
  );
  expect(new Set(expected.map(({ status }) => status)).size).toBeGreaterThan(2);
  expect(hourKeys.size).toBe(rows.length);
  expect(hourKeys).toContain("project/a project/2025-01-01T05Z");
});

test("ada_carbon_owners shows who had which part of a host's hour", async () => {
  const { stores, sql } = await open();
  const owners = [share("IDAaaS", "u1", "g1", 0.25), share("IDAaaS", UNATTRIBUTED, "g1", 0.75)];
  await stores.usage.replace([hostHour(0, { owners })]);
  const common = { host: HOST.name, timestamp_utc: new Date("2025-01-01T00:00Z"), group_name: "g1" };
  expect(await sql("SELECT * FROM ada_carbon_owners ORDER BY owner_key")).toMatchObject([
    {
      ...common,
      owner_key: "host-1:9100/2025-01-01T00Z/1",
      user_name: "u1",
      busy_share: 0.25,
      idle_share: 0.75,
    },
    { ...common, owner_key: "host-1:9100/2025-01-01T00Z/2", user_name: UNATTRIBUTED, busy_share: 0.75 },
  ]);
});

test("an instance has the labels of its last hour, beside those that somebody else gave it", async () => {
  const { stores, sql } = await open();
  const labels = async (): Promise<unknown> => (await sql("SELECT labels FROM dim_instance"))[0]?.labels;
  const now = { cloud_project_name: "IDAaaS", machine_name: "Artemis (Matlab)", user: "u1" };
  await stores.usage.replace([hostHour(5, {})]);
  expect(await labels()).toEqual(now);
  await sql(`UPDATE dim_instance SET labels = labels || '{"rack": "7"}'`);
  await stores.usage.replace([hostHour(3, { user: "somebody before" })]);
  expect(await labels()).toEqual({ ...now, rack: "7" });
  await stores.usage.replace([hostHour(6, { user: null, project: "CDAaaS" })]);
  expect(await labels()).toEqual({
    cloud_project_name: "CDAaaS",
    machine_name: "Artemis (Matlab)",
    rack: "7",
  });
});

test("the bridges say which users and groups have had hosts of which project", async () => {
  const { stores, sql } = await open();
  const owners = [
    share("IDAaaS", "u1", "g1", 0.5),
    share("IDAaaS", UNATTRIBUTED, "g1", 0.25),
    share("CDAaaS", "u1", UNATTRIBUTED, 0.25),
  ];
  for (const hour of [0, 1]) await stores.usage.replace([hostHour(hour, { owners })]);
  const bridge = (of: string, name: string): Promise<Record<string, unknown>[]> =>
    sql(`SELECT cloud_project_name AS project, ${name} AS name FROM bridge_project_${of}
      JOIN dim_project USING (project_id) JOIN dim_${of} USING (${of}_id) ORDER BY 1, 2`);
  expect(await bridge("user", "ext_user_id")).toEqual([
    { project: "CDAaaS", name: "u1" },
    { project: "IDAaaS", name: "u1" },
  ]);
  expect(await bridge("group", "group_name")).toEqual([{ project: "IDAaaS", name: "g1" }]);
});
