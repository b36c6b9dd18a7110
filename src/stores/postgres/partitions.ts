import { AdaCarbonError } from "../../usage/errors.js";
import type { Interval } from "../../usage/hour.js";
import { intervalOfMonth, monthsIn } from "../../usage/month.js";
import type { UsageSeries } from "../../usage/series.js";
import type { Session } from "./connection.js";
import { RELATIONS } from "./schema.js";
import { ALL_KINDS, type KindTables, tablesOf } from "./tables.js";
import { instant } from "./text.js";
import { OUR_VIEWS } from "./views.js";

// Fact tables and those of hours as partitions by UTC month, `fact_usage_host_2025_09`. Names, keys and views are as
// without. A default partition takes what other programs insert in months of which there is none yet.

/** The documents' and ours. */
const OWN_VIEWS = [...RELATIONS.filter(([name]) => name.startsWith("v_")), ...OUR_VIEWS];

/** Makes partitioned tables of those that are not, with all their rows. To be run in the migration's transaction. */
export async function partitionByMonth(session: Session, signal: AbortSignal | undefined): Promise<void> {
  const tables = await notPartitioned(session);
  if (tables.length === 0) return;
  await assertOnlyOwnViews(session, tables);
  await limitWaiting(session);
  for (const { name } of tables) {
    signal?.throwIfAborted();
    await session.rows(`ALTER TABLE ${name} RENAME TO ${name}_whole`);
    await session.rows(
      `CREATE TABLE ${name} (LIKE ${name}_whole INCLUDING DEFAULTS INCLUDING CONSTRAINTS) PARTITION BY RANGE (timestamp_utc)`,
    );
    await session.rows(`CREATE TABLE ${name}_default PARTITION OF ${name} DEFAULT`);
    await addMonths(session, [name], await monthsOf(session, `${name}_whole`));
    await session.rows(`INSERT INTO ${name} SELECT * FROM ${name}_whole`);
    await copyGrants(session, name);
  }
  // Replaced and not made anew, so that who may read them stays.
  for (const [, sql] of OWN_VIEWS) await session.rows(sql.replace("CREATE VIEW", "CREATE OR REPLACE VIEW"));
  for (const { name, key, owner } of tables) {
    signal?.throwIfAborted();
    await session.rows(`DROP TABLE ${name}_whole`);
    await session.rows(`ALTER TABLE ${name} ADD PRIMARY KEY (${key.join(", ")})`);
    if (owner !== null)
      await session.rows(
        `ALTER TABLE ${name} ADD FOREIGN KEY (${owner.id}) REFERENCES ${owner.table} ON DELETE CASCADE`,
      );
    for (const [index, sql] of RELATIONS)
      if (index.startsWith(`idx_`) && sql.includes(` ON ${name} `)) await session.rows(sql);
  }
}

/** A table by time, its key, and what its first column refers to, if the server is to check that. */
interface TableByTime extends Pick<KindTables, "key"> {
  readonly name: string;
  readonly owner: KindTables["dimension"];
}

async function notPartitioned(session: Session): Promise<TableByTime[]> {
  const all = ALL_KINDS.flatMap(({ fact, hours, key, dimension }): TableByTime[] => [
    { name: fact, key, owner: dimension },
    { name: hours, key, owner: null },
  ]);
  const rows = await session.rows(
    "SELECT name FROM unnest($1::text[]) AS name JOIN pg_class ON oid = to_regclass(name) WHERE relkind = 'r'",
    [all.map(({ name }) => name)],
  );
  const found = new Set(rows.map(([name]) => name));
  return all.filter(({ name }) => found.has(name));
}

/** Views of others would go on reading the table that is left behind. */
async function assertOnlyOwnViews(session: Session, tables: readonly TableByTime[]): Promise<void> {
  const rows = await session.rows(
    `SELECT DISTINCT view.oid::regclass FROM pg_depend JOIN pg_rewrite ON pg_rewrite.oid = objid
       JOIN pg_class AS view ON view.oid = ev_class
     WHERE pg_depend.classid = 'pg_rewrite'::regclass AND refobjid IN (SELECT to_regclass(name) FROM unnest($1::text[]) AS name)
       AND view.oid NOT IN (SELECT to_regclass(name) FROM unnest($2::text[]) AS name WHERE to_regclass(name) IS NOT NULL)
     ORDER BY 1`,
    [tables.map(({ name }) => name), OWN_VIEWS.map(([name]) => name)],
  );
  if (rows.length === 0) return;
  throw new AdaCarbonError(
    "store-unavailable",
    `tables in ${session.database.place.where} are read by views that are not of ada-carbon: ${rows.join(", ")}; drop these, run this again, and make them again`,
  );
}

/** Changing a table waits for everybody who reads it, and meanwhile nobody else gets in. */
async function limitWaiting(session: Session): Promise<void> {
  await session.rows("SELECT set_config('lock_timeout', $1, true)", [`${session.database.lockWaitMs}ms`]);
}

async function monthsOf(session: Session, table: string): Promise<string[]> {
  const rows = await session.rows(
    `SELECT DISTINCT to_char(timestamp_utc AT TIME ZONE 'UTC', 'YYYY-MM') FROM ${table} ORDER BY 1`,
  );
  return rows.map(([month]) => month ?? "");
}

/** Who may do what with the table that is left behind may do so with the new one. */
async function copyGrants(session: Session, name: string): Promise<void> {
  const grants = await session.rows(
    `SELECT privilege_type, CASE grantee WHEN 0 THEN 'PUBLIC' ELSE grantee::regrole::text END, is_grantable
     FROM pg_class, aclexplode(relacl) WHERE oid = to_regclass($1) AND grantee <> relowner`,
    [`${name}_whole`],
  );
  for (const [privilege, role, isGrantable] of grants)
    await session.rows(
      `GRANT ${privilege} ON ${name} TO ${role}${isGrantable === "t" ? " WITH GRANT OPTION" : ""}`,
    );
}

/** Makes the partitions that rows need which are about to be written. */
export async function addMonthsOf(session: Session, batch: readonly UsageSeries[]): Promise<void> {
  const kinds = new Set(batch.map(({ scope }) => scope.kind));
  const tables = [...kinds].map(tablesOf).flatMap(({ fact, hours }) => [fact, hours]);
  await addMonths(session, tables, [...new Set(batch.flatMap(({ hours }) => monthsIn(hours)))].sort());
}

/** Makes the partitions that are missing of these tables and months; of tables that are not partitioned there are none. */
async function addMonths(
  session: Session,
  tables: readonly string[],
  months: readonly string[],
): Promise<void> {
  const missing = await session.rows(
    `SELECT relname, month FROM pg_class AS parent CROSS JOIN unnest($2::text[]) AS month
     WHERE parent.oid IN (SELECT to_regclass(name) FROM unnest($1::text[]) AS name) AND relkind = 'p'
       AND NOT EXISTS (SELECT 1 FROM pg_inherits JOIN pg_class AS part ON part.oid = inhrelid
         WHERE inhparent = parent.oid AND part.relname = parent.relname || '_' || replace(month, '-', '_'))`,
    [tables.map((name) => session.table(name)), months],
  );
  if (missing.length > 0) await limitWaiting(session);
  for (const [name, month] of missing) await addMonth(session, name ?? "", month ?? "");
}

async function addMonth(session: Session, name: string, month: string): Promise<void> {
  const { from, to } = intervalOfMonth(month);
  const [parent, part, rest] = [name, partitionOf(name, month), `${name}_default`].map((table) =>
    session.table(table),
  );
  const range = `FROM ('${instant(from)}') TO ('${instant(to)}')`;
  await session.rows(`CREATE TABLE ${part} (LIKE ${parent} INCLUDING DEFAULTS INCLUDING CONSTRAINTS)`);
  await session.rows(`LOCK TABLE ${rest} IN ACCESS EXCLUSIVE MODE`);
  await session.rows(
    `WITH moved AS (DELETE FROM ${rest} WHERE timestamp_utc >= $1 AND timestamp_utc < $2 RETURNING *)
     INSERT INTO ${part} SELECT * FROM moved`,
    [instant(from), instant(to)],
  );
  await session.rows(`ALTER TABLE ${parent} ATTACH PARTITION ${part} FOR VALUES ${range}`);
}

const partitionOf = (name: string, month: string): string => `${name}_${month.replace("-", "_")}`;

/**
 * Drops the partitions of a table that lie in the interval and have only rows of these owners, instead of deleting row
 * by row.
 *
 * @param owners Whose rows they are: a condition, in which `$1` is the names.
 */
export async function dropWholeMonths(
  session: Session,
  table: string,
  { from, to }: Interval,
  owners: { readonly condition: string; readonly names: readonly string[] },
): Promise<void> {
  const parts = await session.rows(
    `SELECT part.relname FROM pg_inherits JOIN pg_class AS part ON part.oid = inhrelid
     WHERE inhparent = to_regclass($1) AND part.relname ~ '_[0-9]{4}_[0-9]{2}$'`,
    [session.table(table)],
  );
  const names = parts.flatMap(([name]) => name ?? []);
  const whole = names.filter((name) => {
    const month = intervalOfMonth(name.slice(-7).replace("_", "-"));
    return from <= month.from && month.to <= to;
  });
  if (whole.length > 0) await limitWaiting(session);
  for (const name of whole) {
    const part = session.table(name);
    const others = await session.rows(`SELECT 1 FROM ${part} WHERE NOT (${owners.condition}) LIMIT 1`, [
      owners.names,
    ]);
    if (others.length === 0) await session.rows(`DROP TABLE ${part}`);
  }
}
