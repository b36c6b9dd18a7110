import type { Interval } from "../../usage/hour.js";
import type { Scope } from "../../usage/scope.js";
import { COLUMNS, numberAt, type UsageSeries } from "../../usage/series.js";
import { QUANTITY_COLUMN_NAMES } from "../kit/quantity-columns.js";
import type { Connection } from "./connection.js";
import { ProvenanceIds } from "./provenance.js";
import { ROWS_PER_SLICE, type Sliced } from "./slices.js";

/** Rows in one statement, which halves what each costs. */
const ROWS_AT_ONCE = 16;

const WRITTEN = ["scope_id", "hour", "status", "provenance_id", "host_id", ...QUANTITY_COLUMN_NAMES];
const ROW = `(${WRITTEN.map(() => "?").join(", ")})`;
const replaceRows = (rows: number): string =>
  `INSERT OR REPLACE INTO ada_carbon_usage (${WRITTEN.join(", ")}) VALUES ${Array(rows).fill(ROW).join(", ")}`;
const REPLACE_ONE = replaceRows(1);
const REPLACE_MANY = replaceRows(ROWS_AT_ONCE);
const REMOVE = "DELETE FROM ada_carbon_usage WHERE scope_id = ? AND hour >= ? AND hour < ?";
/** What no row refers to any more, and might name people. */
const ORPHANS = [
  "DELETE FROM ada_carbon_host WHERE host_id NOT IN (SELECT host_id FROM ada_carbon_usage WHERE host_id IS NOT NULL)",
  "DELETE FROM ada_carbon_scope AS scope WHERE NOT EXISTS (SELECT 1 FROM ada_carbon_usage WHERE scope_id = scope.scope_id)",
];
const FIND_SCOPE = "SELECT scope_id AS id FROM ada_carbon_scope WHERE kind = ? AND name = ?";
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
  for (const column of COLUMNS) values.push(numberAt(series[column], row));
}

/** Deletes the rows of the scopes in [from, to). */
export function* removeRows(on: Connection, scopes: readonly Scope[], interval: Interval): Sliced<void> {
  for (const scope of scopes) {
    const scopeId = findScope(on, scope);
    if (scopeId !== undefined) on.prepare(REMOVE).run(scopeId, interval.from, interval.to);
    yield;
  }
}

/** Deletes names of scopes without rows, and what is known of hosts in no row: retention goes for these, too. */
export function* removeOrphans(on: Connection): Sliced<void> {
  for (const statement of ORPHANS) {
    on.prepare(statement).run();
    yield;
  }
}

/** The id of a scope, if it is stored. */
export function findScope(on: Connection, { kind, name }: Scope): number | undefined {
  const id = on.prepare(FIND_SCOPE).get(kind, name)?.id;
  return id === undefined ? undefined : Number(id);
}

function addScope(on: Connection, { kind, name }: Scope): number {
  return Number(on.prepare(ADD_SCOPE).run(kind, name).lastInsertRowid);
}
