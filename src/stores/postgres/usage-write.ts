import type { Interval } from "../../usage/hour.js";
import type { Provenance } from "../../usage/provenance.js";
import type { Scope } from "../../usage/scope.js";
import { numberAt, QUANTITIES, type UsageSeries } from "../../usage/series.js";
import { QUANTITY_COLUMNS } from "../kit/quantity-columns.js";
import type { Session } from "./connection.js";
import { type GivenRows, givenRows, instants, numbers, texts } from "./given-rows.js";
import { addNames, type NamesOf } from "./names.js";
import { dropWholeMonths } from "./partitions.js";
import { idsOfProvenances } from "./provenance.js";
import { ALL_KINDS, FACT_COLUMNS, FACT_VALUES, INSTANCE, type KindTables, tablesOf, USER } from "./tables.js";
import { bound, toText } from "./text.js";

/** Rows in one statement: enough that its cost does not show, and some hundred kilobytes. */
const ROWS_AT_ONCE = 4096;

/** What is written of an hour besides its numbers. */
const KNOWN = ["status", "coverage", "provenance_id"];

/**
 * Puts all rows of the series, which are of different scopes, in the place of the stored ones. To be run in a
 * transaction that has the write lock. An aborted signal rejects between two statements.
 */
export async function writeSeries(
  session: Session,
  batch: readonly UsageSeries[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const provenances = await idsOfProvenances(session, batch);
  await addNames(session, ...namesOf(batch));
  for (const tables of ALL_KINDS) {
    const ofKind = batch.filter(({ scope }) => scope.kind === tables.kind);
    for (const inFactTable of [true, false]) {
      for (const rows of rowsOf(ofKind, inFactTable)) {
        signal?.throwIfAborted();
        const given = hoursGiven(rows, provenances);
        await session.rows(statementFor(session, tables, given, inFactTable), given.parameters);
      }
    }
  }
}

function namesOf(batch: readonly UsageSeries[]): NamesOf[] {
  return ALL_KINDS.flatMap(({ kind, dimension }): NamesOf[] => {
    const names = batch.filter(({ scope }) => scope.kind === kind).map(({ scope }) => scope.name);
    return dimension === null || names.length === 0 ? [] : [[dimension, names]];
  });
}

interface RowOf {
  readonly series: UsageSeries;
  readonly i: number;
}

/** Those rows that the NOT NULL columns of a fact table can hold, or those that they cannot, some at a time. */
function* rowsOf(batch: readonly UsageSeries[], inFactTable: boolean): Generator<readonly RowOf[]> {
  let rows: RowOf[] = [];
  for (const series of batch) {
    for (let i = 0; i < series.hours.length; i++) {
      if (hasAllQuantities(series, i) === inFactTable) rows.push({ series, i });
      if (rows.length < ROWS_AT_ONCE) continue;
      yield rows;
      rows = [];
    }
  }
  if (rows.length > 0) yield rows;
}

function hasAllQuantities(series: UsageSeries, i: number): boolean {
  for (const name of QUANTITIES) if (Number.isNaN(numberAt(series[name], i))) return false;
  return true;
}

function hoursGiven(rows: readonly RowOf[], provenances: ReadonlyMap<Provenance, number>): GivenRows {
  const provenanceId = ({ series, i }: RowOf): number | null => {
    const provenance = series.provenance[i];
    return (provenance && provenances.get(provenance)) ?? null;
  };
  const values = FACT_VALUES.map((name) => {
    const column = numbers(rows.map(({ series, i }) => numberAt(series[name], i)));
    return [QUANTITY_COLUMNS[name], column] as const;
  });
  return givenRows({
    name: texts(rows.map(({ series }) => series.scope.name)),
    timestamp_utc: instants(rows.map(({ series, i }) => series.hours[i] ?? null)),
    status: texts(rows.map(({ series, i }) => series.status[i] ?? null)),
    coverage: numbers(rows.map(({ series, i }) => numberAt(series.coverage, i))),
    provenance_id: numbers(rows.map(provenanceId)),
    ...Object.fromEntries(values),
  });
}

/** Writes rows whose numbers go into the fact table, or rows that the fact table cannot hold. */
function statementFor(
  session: Session,
  { dimension, key, ...tables }: KindTables,
  given: GivenRows,
  inFactTable: boolean,
): string {
  const fact = session.table(tables.fact);
  // A name that somebody has deleted since is NULL, which the tables refuse; then everything is tried again.
  const owner =
    dimension === null
      ? ["", ""]
      : [
          `owner.${dimension.id},`,
          `LEFT JOIN ${session.table(dimension.table)} AS owner ON owner.${dimension.name} = given.name`,
        ];
  const toFacts = inFactTable
    ? upsert(fact, key, FACT_COLUMNS, FACT_COLUMNS)
    : `DELETE FROM ${fact} AS stored USING given
       WHERE ${key.map((column) => `stored.${column} = given.${column}`).join(" AND ")}`;
  const toHours = upsert(
    session.table(tables.hours),
    key,
    [...KNOWN, "in_fact_table", ...FACT_COLUMNS],
    [...KNOWN, String(inFactTable), ...FACT_COLUMNS.map((column) => (inFactTable ? "NULL" : column))],
  );
  return `WITH given AS (SELECT ${owner[0]} given.* FROM ${given.table} ${owner[1]}),
    facts AS (${toFacts})
    ${toHours}`;
}

/** Rows that say the same already are left alone, so that writing twice leaves no dead rows behind. */
function upsert(
  table: string,
  key: readonly string[],
  columns: readonly string[],
  values: readonly string[],
): string {
  const row = (of: string): string => columns.map((column) => `${of}.${column}`).join(", ");
  return `INSERT INTO ${table} AS stored (${[...key, ...columns].join(", ")})
    SELECT ${[...key, ...values].join(", ")} FROM given
    ON CONFLICT (${key.join(", ")}) DO UPDATE SET (${columns.join(", ")}) = ROW (${row("excluded")})
    WHERE (${row("stored")}) IS DISTINCT FROM (${row("excluded")})`;
}

/**
 * Forgets the rows of the scopes whose hour lies in [from, to). To be run in a transaction that has the write
 * lock. An aborted signal rejects between two kinds of scope.
 */
export async function removeRows(
  session: Session,
  scopes: readonly Scope[],
  { from, to }: Interval,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (const { kind, dimension, fact, hours } of ALL_KINDS) {
    signal?.throwIfAborted();
    const names = scopes.filter((scope) => scope.kind === kind).map(({ name }) => toText(name));
    if (names.length === 0) continue;
    const owners =
      dimension === null
        ? "$1::text[] IS NOT NULL"
        : `${dimension.id} IN (SELECT ${dimension.id} FROM ${session.table(dimension.table)}
             WHERE ${dimension.name} = ANY ($1::text[]))`;
    for (const table of [fact, hours]) {
      await dropWholeMonths(session, table, { from, to }, { condition: owners, names });
      await session.rows(
        `DELETE FROM ${session.table(table)}
         WHERE ${owners} AND timestamp_utc >= $2::timestamptz AND timestamp_utc < $3::timestamptz`,
        [names, bound(from), bound(to)],
      );
    }
  }
}

/** Deletes what was known of hosts in rows that are gone: it names their owners. */
export async function removeOrphans(session: Session): Promise<void> {
  await session.rows(
    `DELETE FROM ${session.table("usage_provenance")} AS p WHERE host IS NOT NULL AND NOT EXISTS (
       SELECT 1 FROM ${session.table(tablesOf("host").hours)} AS h WHERE h.provenance_id = p.provenance_id)`,
  );
}

/** Deletes users of whom nothing is stored any more, and their label of hosts. Names of other kinds are not those of people. */
export async function removeNames(session: Session, scopes: readonly Scope[]): Promise<void> {
  const users = scopes.filter(({ kind }) => kind === "user").map(({ name }) => toText(name));
  if (users.length === 0) return;
  const { fact, hours } = tablesOf("user");
  const nothingIn = [fact, hours, "workspace_session"].map(
    (table) => `NOT EXISTS (SELECT 1 FROM ${session.table(table)} AS t WHERE t.${USER.id} = u.${USER.id})`,
  );
  await session.rows(
    `DELETE FROM ${session.table(USER.table)} AS u
     WHERE ${USER.name} = ANY ($1::text[]) AND ${nothingIn.join(" AND ")}`,
    [users],
  );
  await session.rows(
    `UPDATE ${session.table(INSTANCE.table)} SET labels = labels - 'user' WHERE labels ->> 'user' = ANY ($1::text[])
       AND NOT EXISTS (SELECT 1 FROM ${session.table(USER.table)} WHERE ${USER.name} = labels ->> 'user')`,
    [users],
  );
}
