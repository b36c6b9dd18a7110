import { assertSeries } from "../../usage/assert-series.js";
import type { FinishedHour, Interval } from "../../usage/hour.js";
import type { Provenance } from "../../usage/provenance.js";
import type { Scope, ScopeKind } from "../../usage/scope.js";
import { at, COLUMNS, type Column, columnsOf, type UsageSeries } from "../../usage/series.js";
import { isStatus, type Status } from "../../usage/status.js";
import type { Connection } from "./connection.js";
import { corrupt } from "./failure.js";
import { ProvenanceIds, Provenances } from "./provenance.js";
import { USAGE_COLUMNS } from "./schema.js";
import { RowReader, type SqlRow } from "./text.js";
import type { Sliced } from "./turns.js";

/** Rows between two chances for other work: some five milliseconds. */
const ROWS_PER_SLICE = 2048;
/** Rows in one statement, which halves what each costs. */
const ROWS_AT_ONCE = 16;

const NAMES = COLUMNS.map((column) => USAGE_COLUMNS[column]);
const ROW = `(${Array(NAMES.length + 5)
  .fill("?")
  .join(", ")})`;
const replaceRows = (rows: number): string =>
  `INSERT OR REPLACE INTO ada_carbon_usage (scope_id, hour, status, provenance_id, host_id, ${NAMES.join(", ")})
VALUES ${Array(rows).fill(ROW).join(", ")}`;
const REPLACE_ONE = replaceRows(1);
const REPLACE_MANY = replaceRows(ROWS_AT_ONCE);
const READ = `SELECT hour, status, provenance_id, host_id, ${NAMES.join(", ")}
FROM ada_carbon_usage WHERE scope_id = ? AND hour >= ? AND hour < ? ORDER BY hour`;
const REMOVE = "DELETE FROM ada_carbon_usage WHERE scope_id = ? AND hour >= ? AND hour < ?";
const FIND_SCOPE = "SELECT scope_id AS id FROM ada_carbon_scope WHERE kind = ? AND name = ?";
const READ_SCOPES = `SELECT CAST(name AS BLOB) AS name FROM ada_carbon_scope AS scope
WHERE kind = ? AND EXISTS (SELECT 1 FROM ada_carbon_usage WHERE scope_id = scope.scope_id)`;
const ADD_SCOPE = "INSERT INTO ada_carbon_scope (kind, name) VALUES (?, ?)";

/** Puts every row of every series in place of the one with its scope and hour. */
export function* writeBatch(on: Connection, batch: readonly UsageSeries[]): Sliced<void> {
  const ids = new ProvenanceIds(on);
  let sinceYield = 0;
  for (const series of batch) {
    const length = series.hours.length;
    if (length === 0) continue;
    const scopeId = findScope(on, series.scope) ?? addScope(on, series.scope);
    for (let row = 0; row < length; ) {
      const rows = length - row >= ROWS_AT_ONCE ? ROWS_AT_ONCE : 1;
      const values: Values = [];
      for (const end = row + rows; row < end; row++) pushRow(values, scopeId, series, row, ids);
      on.prepare(rows === 1 ? REPLACE_ONE : REPLACE_MANY).run(...values);
      sinceYield += rows;
      if (sinceYield >= ROWS_PER_SLICE) {
        sinceYield = 0;
        yield;
      }
    }
  }
}

type Values = (number | string | null)[];

/** NaN, which is missing, becomes NULL by SQLite's own rule. */
function pushRow(
  values: Values,
  scopeId: number,
  series: UsageSeries,
  row: number,
  ids: ProvenanceIds,
): void {
  const { hours, status, provenance } = series;
  const behind = provenance[row];
  const reference = behind && ids.referenceTo(behind);
  values.push(scopeId, hours[row] ?? Number.NaN, status[row] ?? "");
  values.push(reference?.provenance ?? null, reference?.host ?? null);
  for (const column of COLUMNS) values.push(at(series[column], row));
}

/** Deletes the rows of the scopes in [from, to). */
export function* removeRows(on: Connection, scopes: readonly Scope[], interval: Interval): Sliced<void> {
  for (const scope of scopes) {
    const scopeId = findScope(on, scope);
    if (scopeId !== undefined) on.prepare(REMOVE).run(scopeId, interval.from, interval.to);
    yield;
  }
}

/** The rows of a scope in [from, to). `store-corrupt` for a row of another program that makes no sense. */
export function* readSeries(
  on: Connection,
  where: string,
  scope: Scope,
  interval: Interval,
): Sliced<UsageSeries> {
  const { kind, name } = scope;
  const rows = new Rows(on, where);
  const scopeId = findScope(on, scope);
  if (scopeId !== undefined) {
    for (const row of on.prepare(READ).iterate(scopeId, interval.from, interval.to)) {
      if (rows.push(row) % ROWS_PER_SLICE === 0) yield;
    }
  }
  const series = rows.toSeries({ kind, name });
  try {
    assertSeries(series);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw corrupt(where, `it holds what no store accepts: ${reason}`, cause);
  }
  return series;
}

/** Collects rows into columns. */
class Rows {
  readonly #provenances: Provenances;
  readonly #where: string;
  readonly #hours: FinishedHour[] = [];
  readonly #status: Status[] = [];
  readonly #provenance: Provenance[] = [];
  readonly #columns: ReadonlyMap<Column, number[]> = new Map(COLUMNS.map((column) => [column, []]));

  constructor(on: Connection, where: string) {
    this.#provenances = new Provenances(on, where);
    this.#where = where;
  }

  /** Gives how many there are now. */
  push(row: SqlRow): number {
    const { hour, status, provenance_id: id, host_id: host } = row;
    if (
      typeof hour !== "number" ||
      typeof status !== "string" ||
      !isStatus(status) ||
      typeof id !== "number"
    ) {
      throw corrupt(this.#where, `it holds a row of hour ${hour}, status ${status} and provenance ${id}`);
    }
    if (typeof host !== "number" && host !== null)
      throw corrupt(this.#where, `it holds a row of host ${host}`);
    this.#status.push(status);
    this.#provenance.push(this.#provenances.behind(id, host));
    for (const [column, values] of this.#columns) {
      const value = row[USAGE_COLUMNS[column]];
      if (typeof value === "number") values.push(value);
      else if (value === null) values.push(Number.NaN);
      else throw corrupt(this.#where, `${USAGE_COLUMNS[column]} at ${hour} is not a number`);
    }
    // What was stored was finished then; that it is an hour at all, assertSeries sees.
    return this.#hours.push(hour as FinishedHour);
  }

  toSeries(scope: Scope): UsageSeries {
    return {
      scope,
      hours: this.#hours,
      ...columnsOf((name) => Float64Array.from(this.#columns.get(name) ?? [])),
      status: this.#status,
      provenance: this.#provenance,
    };
  }
}

/** The scopes of a kind that have rows, sorted by name. */
export function* readScopes(on: Connection, where: string, kind: ScopeKind): Sliced<Scope[]> {
  const scopes: Scope[] = [];
  for (const row of on.prepare(READ_SCOPES).iterate(kind)) {
    const name = new RowReader(row, where).text("name");
    if (scopes.push({ kind, name }) % ROWS_PER_SLICE === 0) yield;
  }
  // SQLite sorts by code point, JavaScript by code unit.
  return scopes.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function findScope(on: Connection, { kind, name }: Scope): number | undefined {
  const id = on.prepare(FIND_SCOPE).get(kind, name)?.id;
  return id === undefined ? undefined : Number(id);
}

function addScope(on: Connection, { kind, name }: Scope): number {
  return Number(on.prepare(ADD_SCOPE).run(kind, name).lastInsertRowid);
}
