import { type Relation, relationsIn } from "./relations.js";
import { FACT_COLUMNS, type KindTables, tablesOf } from "./tables.js";

// The tables, indexes and views of the source document "Backend", as they stand there. Names are unqualified:
// the migration puts the schema first in the search path.

const DIMENSIONS = `
CREATE TABLE dim_project (
  project_id         BIGSERIAL PRIMARY KEY,
  cloud_project_name TEXT UNIQUE NOT NULL
);
CREATE TABLE dim_group (
  group_id   BIGSERIAL PRIMARY KEY,
  group_name TEXT UNIQUE NOT NULL
);
CREATE TABLE dim_user (
  user_id      BIGSERIAL PRIMARY KEY,
  ext_user_id  TEXT UNIQUE,
  display_name TEXT
);
CREATE TABLE dim_instance (
  instance_id BIGSERIAL PRIMARY KEY,
  hostname    TEXT UNIQUE NOT NULL,
  labels      JSONB DEFAULT '{}'
);
CREATE TABLE dim_machine (
  machine_id   BIGSERIAL PRIMARY KEY,
  machine_name TEXT UNIQUE NOT NULL,
  instance_id  BIGINT REFERENCES dim_instance(instance_id) ON DELETE SET NULL,
  attributes   JSONB DEFAULT '{}'
);`;

/** Which groups and users are known in which project. */
const BRIDGES = `
CREATE TABLE bridge_project_group (
  project_id BIGINT REFERENCES dim_project(project_id) ON DELETE CASCADE,
  group_id   BIGINT REFERENCES dim_group(group_id) ON DELETE CASCADE,
  PRIMARY KEY (project_id, group_id)
);
CREATE TABLE bridge_project_user (
  project_id BIGINT REFERENCES dim_project(project_id) ON DELETE CASCADE,
  user_id    BIGINT REFERENCES dim_user(user_id) ON DELETE CASCADE,
  PRIMARY KEY (project_id, user_id)
);`;

const WORKSPACES = `
CREATE TABLE workspace_session (
  workspace_session_id BIGSERIAL PRIMARY KEY,
  user_id     BIGINT REFERENCES dim_user(user_id) ON DELETE SET NULL,
  machine_id  BIGINT REFERENCES dim_machine(machine_id) ON DELETE SET NULL,
  project_id  BIGINT REFERENCES dim_project(project_id) ON DELETE SET NULL,
  group_id    BIGINT REFERENCES dim_group(group_id) ON DELETE SET NULL,
  started_at  TIMESTAMPTZ NOT NULL,
  ended_at    TIMESTAMPTZ,
  busy_kwh    DOUBLE PRECISION DEFAULT 0,
  idle_kwh    DOUBLE PRECISION DEFAULT 0,
  busy_gco2eq DOUBLE PRECISION DEFAULT 0,
  idle_gco2eq DOUBLE PRECISION DEFAULT 0
);
CREATE INDEX idx_workspace_active ON workspace_session (ended_at) WHERE ended_at IS NULL;`;

/** The fact table of a kind and its index, for the document's kinds and for those we add in its manner. */
export function factTable({ kind, dimension, fact, key }: KindTables): string {
  const owner =
    dimension === null
      ? ""
      : `${dimension.id} BIGINT NOT NULL REFERENCES ${dimension.table}(${dimension.id}) ON DELETE CASCADE,`;
  return `
CREATE TABLE ${fact} (
  ${owner}
  timestamp_utc            TIMESTAMPTZ NOT NULL,
  busy_cpu_seconds_total   DOUBLE PRECISION NOT NULL,
  idle_cpu_seconds_total   DOUBLE PRECISION NOT NULL,
  busy_kwh                 DOUBLE PRECISION NOT NULL,
  idle_kwh                 DOUBLE PRECISION NOT NULL,
  busy_gco2eq              DOUBLE PRECISION NOT NULL,
  idle_gco2eq              DOUBLE PRECISION NOT NULL,
  intensity_gco2eq_per_kwh DOUBLE PRECISION,
  PRIMARY KEY (${key.join(", ")})
);
CREATE INDEX idx_fact_${kind}_ts ON ${fact} (timestamp_utc DESC);`;
}

const AVERAGED = {
  energy_kwh_busy_avg: "busy_kwh",
  energy_kwh_idle_avg: "idle_kwh",
  carbon_gco2eq_busy_avg: "busy_gco2eq",
  carbon_gco2eq_idle_avg: "idle_gco2eq",
  intensity_gco2eq_per_kwh_avg: "intensity_gco2eq_per_kwh",
};

/** The lifetime total and averages of each owner of a kind. */
function views({ kind, dimension, fact }: KindTables): string {
  if (dimension === null) return "";
  const { table, id, name } = dimension;
  // A user may have a name for display.
  const shown = kind === "user" ? `COALESCE(d.display_name, d.${name})` : `d.${name}`;
  const label = kind === "user" ? "user_name" : name;
  const view = (title: string, sums: readonly string[]): string => `
CREATE VIEW ${title} AS
SELECT d.${id}, ${shown} AS ${label}, ${sums.join(", ")}
FROM ${table} d JOIN ${fact} f USING (${id})
GROUP BY d.${id}, ${shown};`;
  const totals = FACT_COLUMNS.slice(0, 6).map((column) => `SUM(f.${column}) AS ${column}`);
  const averages = Object.entries(AVERAGED).map(([average, column]) => `AVG(f.${column}) AS ${average}`);
  return view(`v_${kind}_total`, totals) + view(`v_${kind}_averages`, averages);
}

const FACT_KINDS = (["ada", "project", "machine", "user", "group"] as const).map(tablesOf);

/** Everything of the document, in an order in which it can be made. */
export const DOCUMENT_RELATIONS: readonly Relation[] = [
  DIMENSIONS,
  BRIDGES,
  WORKSPACES,
  ...FACT_KINDS.map(factTable),
  ...FACT_KINDS.map(views),
].flatMap(relationsIn);
