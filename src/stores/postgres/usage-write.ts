import type { Interval } from "../../usage/hour.js";
import type { Provenance } from "../../usage/provenance.js";
import type { Scope } from "../../usage/scope.js";
import { at, QUANTITIES, type UsageSeries } from "../../usage/series.js";
import type { Database, Session } from "./connection.js";
import { addNames } from "./names.js";
import { idsOfProvenances } from "./provenance.js";
import { ALL_KINDS, FACT_COLUMNS, FACT_VALUES, type KindTables } from "./tables.js";
import { bound, instant, numberArray, toText } from "./text.js";

/** Rows in one statement: enough that its cost does not show, and some hundred kilobytes. */
const ROWS_AT_ONCE = 4096;

/**
 * Puts all rows of the series, which are of different scopes, in the place of the stored ones. To be run in a
 * transaction that has the write lock. An aborted signal rejects between two statements.
 */
export async function writeSeries(
  session: Session,
  database: Database,
  batch: readonly UsageSeries[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const provenances = await idsOfProvenances(session, database, batch);
  for (const tables of ALL_KINDS) {
    const ofKind = batch.filter(({ scope }) => scope.kind === tables.kind);
    if (ofKind.length === 0) continue;
    if (tables.dimension !== null) {
      const names = ofKind.map(({ scope }) => scope.name);
      await addNames(session, database, tables.dimension, names);
    }
    const write = async (rows: HourRows, inFactTable: boolean): Promise<void> => {
      signal?.throwIfAborted();
      if (rows.length > 0) await session.rows(statementFor(database, tables, inFactTable), rows.parameters());
      rows.clear();
    };
    const finished = new HourRows(provenances);
    const others = new HourRows(provenances);
    for (const series of ofKind) {
      const name = toText(series.scope.name);
      for (let i = 0; i < series.hours.length; i++) {
        const inFactTable = hasAllQuantities(series, i);
        const rows = inFactTable ? finished : others;
        rows.add(name, series, i);
        if (rows.length === ROWS_AT_ONCE) await write(rows, inFactTable);
      }
    }
    await write(finished, true);
    await write(others, false);
  }
}

/** Whether the NOT NULL columns of a fact table can hold row `i`. */
function hasAllQuantities(series: UsageSeries, i: number): boolean {
  for (const name of QUANTITIES) if (Number.isNaN(at(series[name], i))) return false;
  return true;
}

/** Rows of one kind, as the columns that a statement is given. */
class HourRows {
  readonly #provenances: ReadonlyMap<Provenance, number>;
  #names: string[] = [];
  #hours: string[] = [];
  #statuses: string[] = [];
  #provenanceIds: number[] = [];
  #coverage: number[] = [];
  #numbers: number[][] = FACT_VALUES.map(() => []);

  constructor(provenances: ReadonlyMap<Provenance, number>) {
    this.#provenances = provenances;
  }

  get length(): number {
    return this.#hours.length;
  }

  /** Row `i` of a series, under the name of its scope. */
  add(name: string, series: UsageSeries, i: number): void {
    const provenance = series.provenance[i];
    this.#names.push(name);
    this.#hours.push(instant(series.hours[i] ?? Number.NaN));
    this.#statuses.push(series.status[i] ?? "");
    this.#provenanceIds.push((provenance && this.#provenances.get(provenance)) ?? Number.NaN);
    this.#coverage.push(at(series.coverage, i));
    for (const [column, name] of FACT_VALUES.entries()) this.#numbers[column]?.push(at(series[name], i));
  }

  clear(): void {
    for (const column of [this.#names, this.#hours, this.#statuses, this.#provenanceIds, this.#coverage])
      column.length = 0;
    for (const column of this.#numbers) column.length = 0;
  }

  /** In the order of {@link GIVEN}. */
  parameters(): unknown[] {
    const numbers = [this.#provenanceIds, this.#coverage, ...this.#numbers].map(numberArray);
    // Neither instants nor statuses have a character that would have to be quoted.
    const words = [this.#hours, this.#statuses].map((column) => `{${column.join(",")}}`);
    return [this.#names, ...words, ...numbers];
  }
}

const GIVEN: readonly (readonly [column: string, type: string])[] = [
  ["name", "text[]"],
  ["timestamp_utc", "timestamptz[]"],
  ["status", "text[]"],
  ["provenance_id", "int4[]"],
  ["coverage", "float8[]"],
  ...FACT_COLUMNS.map((column) => [column, "float8[]"] as const),
];

/** Writes rows whose numbers go into the fact table, or rows that the fact table cannot hold. */
function statementFor(database: Database, tables: KindTables, inFactTable: boolean): string {
  const { dimension, key } = tables;
  const [fact, hours] = [database.table(tables.fact), database.table(tables.hours)];
  // The arrays are of one length, so unnest may stand where columns do, which saves a copy of every row.
  const given = GIVEN.map(([column, type], i) => `unnest($${i + 1}::${type}) AS ${column}`);
  // A name that somebody has deleted since is NULL, which the tables refuse; then everything is tried again.
  const owner =
    dimension === null
      ? ""
      : `LEFT JOIN ${database.table(dimension.table)} AS owner ON owner.${dimension.name} = given.name`;
  const known = ["status", "coverage", "provenance_id"];
  const toFacts = inFactTable
    ? upsert(fact, key, FACT_COLUMNS, FACT_COLUMNS)
    : `DELETE FROM ${fact} AS stored USING given
       WHERE ${key.map((column) => `stored.${column} = given.${column}`).join(" AND ")}`;
  return `WITH given AS (
      SELECT ${dimension === null ? "" : `owner.${dimension.id},`} given.*
      FROM (SELECT ${given.join(", ")}) AS given ${owner}
    ),
    facts AS (${toFacts})
    ${upsert(
      hours,
      key,
      [...known, "in_fact_table", ...FACT_COLUMNS],
      [...known, String(inFactTable), ...FACT_COLUMNS.map((column) => (inFactTable ? "NULL" : column))],
    )}`;
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
  database: Database,
  scopes: readonly Scope[],
  { from, to }: Interval,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (const { kind, dimension, fact, hours } of ALL_KINDS) {
    signal?.throwIfAborted();
    const names = scopes.filter((scope) => scope.kind === kind).map(({ name }) => toText(name));
    if (names.length === 0) continue;
    const owner =
      dimension === null
        ? "$3::text[] IS NOT NULL"
        : `${dimension.id} IN (SELECT ${dimension.id} FROM ${database.table(dimension.table)}
             WHERE ${dimension.name} = ANY ($3::text[]))`;
    for (const table of [fact, hours]) {
      await session.rows(
        `DELETE FROM ${database.table(table)}
         WHERE timestamp_utc >= $1::timestamptz AND timestamp_utc < $2::timestamptz AND ${owner}`,
        [bound(from), bound(to), names],
      );
    }
  }
}
