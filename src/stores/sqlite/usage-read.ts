import { assertSeries } from "../../usage/assert-series.js";
import { messageOf } from "../../usage/errors.js";
import type { FinishedHour, Interval } from "../../usage/hour.js";
import type { Provenance } from "../../usage/provenance.js";
import type { Scope, ScopeKind } from "../../usage/scope.js";
import { COLUMNS, type Column, columnsOf, type UsageSeries } from "../../usage/series.js";
import { type Status, statusOf } from "../../usage/status.js";
import { QUANTITY_COLUMN_NAMES, QUANTITY_COLUMNS } from "../kit/quantity-columns.js";
import type { Connection } from "./connection.js";
import { corrupt } from "./failure.js";
import { Provenances } from "./provenance.js";
import { ROWS_PER_SLICE, type Sliced } from "./slices.js";
import { readAll, type SqlRow } from "./text.js";
import { findScope } from "./usage-write.js";

const READ = `SELECT hour, status, provenance_id, host_id, ${QUANTITY_COLUMN_NAMES.join(", ")}
FROM ada_carbon_usage WHERE scope_id = ? AND hour >= ? AND hour < ? ORDER BY hour`;
const READ_NAMES = `SELECT CAST(name AS BLOB) AS name FROM ada_carbon_scope AS scope
WHERE kind = ? AND EXISTS (SELECT 1 FROM ada_carbon_usage WHERE scope_id = scope.scope_id)`;

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
    throw corrupt(where, `it holds what no store accepts: ${messageOf(cause)}`, cause);
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
    const { hour, provenance_id: id, host_id: host } = row;
    const status = typeof row.status === "string" ? statusOf(row.status) : undefined;
    if (typeof hour !== "number" || status === undefined || typeof id !== "number") {
      throw corrupt(this.#where, `it holds a row of hour ${hour}, status ${row.status} and provenance ${id}`);
    }
    if (typeof host !== "number" && host !== null)
      throw corrupt(this.#where, `it holds a row of host ${host}`);
    this.#status.push(status);
    this.#provenance.push(this.#provenances.behind(id, host));
    for (const [column, values] of this.#columns) {
      const value = row[QUANTITY_COLUMNS[column]];
      if (typeof value === "number") values.push(value);
      else if (value === null) values.push(Number.NaN);
      else throw corrupt(this.#where, `${QUANTITY_COLUMNS[column]} at ${hour} is not a number`);
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

/** Names of the scopes of a kind that have rows. */
export function readNames(on: Connection, where: string, kind: ScopeKind): Sliced<string[]> {
  return readAll(on.prepare(READ_NAMES).iterate(kind), where, (row) => row.text("name"));
}
