import type { Relation } from "./relations.js";
import { ALL_KINDS, FACT_COLUMNS, INSTANCE, type KindTables, tablesOf } from "./tables.js";

// Views for people. Their first column is a key that stays the same, for programs that want one.

/**
 * Selects every stored hour of a kind: name, timestamp_utc, the numbers, status, coverage, provenance_id.
 *
 * A row of the fact table that we did not store comes from another program: it counts as processed, and nothing
 * else is known of it. It wins over what we kept of an hour without numbers.
 *
 * @param table What a table is called in the statement.
 */
export function selectHours(
  { kind, dimension, fact, hours, key }: KindTables,
  table: (name: string) => string,
): string {
  const name = dimension === null ? `'${kind}'::text` : `owner.${dimension.name}`;
  const owner = (of: string): string =>
    dimension === null
      ? ""
      : `JOIN ${table(dimension.table)} AS owner ON owner.${dimension.id} = ${of}.${dimension.id}`;
  const sameHour = key.map((column) => `f.${column} = h.${column}`).join(" AND ");
  const numbers = (of: string): string => FACT_COLUMNS.map((column) => `${of}.${column}`).join(", ");
  return `SELECT ${name} AS name, f.timestamp_utc, ${numbers("f")},
      coalesce(h.status, 'processed') AS status, h.coverage, h.provenance_id
    FROM ${table(fact)} AS f ${owner("f")}
    LEFT JOIN ${table(hours)} AS h ON ${sameHour} AND h.in_fact_table
    UNION ALL
    SELECT ${name}, h.timestamp_utc, ${numbers("h")}, h.status, h.coverage, h.provenance_id
    FROM ${table(hours)} AS h ${owner("h")}
    WHERE NOT h.in_fact_table AND NOT EXISTS (SELECT 1 FROM ${table(fact)} AS f WHERE ${sameHour})`;
}

const HOUR = `to_char(timestamp_utc AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24"Z"')`;

const HOURS_OF_ALL_KINDS: string = ALL_KINDS.map(
  (tables) =>
    `SELECT '${tables.kind}'::text AS kind, hours.* FROM (${selectHours(tables, (name) => name)}) AS hours`,
).join("\nUNION ALL\n");

/** Grams a kWh of what was bought. */
const GRAMS_BOUGHT = "(market ->> 'gco2eqPerKwh')::double precision";

const HOURS: Relation = [
  "ada_carbon_hours",
  `CREATE VIEW ada_carbon_hours AS
    SELECT kind || '/' || name || '/' || ${HOUR} AS hour_key,
      kind, name, timestamp_utc, ${FACT_COLUMNS.join(", ")}, coverage, status,
      library, model, intensity_kind, intensity_source, intensity_basis,
      ${GRAMS_BOUGHT} AS market_gco2eq_per_kwh, busy_kwh * ${GRAMS_BOUGHT} AS market_busy_gco2eq,
      idle_kwh * ${GRAMS_BOUGHT} AS market_idle_gco2eq, market ->> 'source' AS market_source,
      market ->> 'basis' AS market_basis, spread, unsettled, scrapes
    FROM (${HOURS_OF_ALL_KINDS}) AS hours
    LEFT JOIN usage_provenance USING (provenance_id)`,
];

/** Who had which part of a host's hour. Shares of busy and idle sum to 1 in each hour of a host. */
const OWNERS: Relation = [
  "ada_carbon_owners",
  `CREATE VIEW ada_carbon_owners AS
    SELECT host || '/' || ${HOUR} || '/' || place AS owner_key, host, timestamp_utc,
      owner ->> 'project' AS cloud_project_name, owner ->> 'machine' AS machine_name,
      owner ->> 'user' AS user_name, owner ->> 'group' AS group_name,
      owner ->> 'experiment' AS experiment_name,
      (owner ->> 'busyShare')::double precision AS busy_share,
      (owner ->> 'idleShare')::double precision AS idle_share
    FROM (
      SELECT hostname AS host, timestamp_utc, provenance.host AS known
      FROM ${tablesOf("host").hours} JOIN ${INSTANCE.table} USING (${INSTANCE.id})
      JOIN usage_provenance AS provenance USING (provenance_id)
    ) AS hours
    CROSS JOIN LATERAL json_array_elements(known -> 'owners') WITH ORDINALITY AS owners (owner, place)`,
];

/** Made again by every migration, so that they always show what this version knows. */
export const OUR_VIEWS: readonly Relation[] = [HOURS, OWNERS];
