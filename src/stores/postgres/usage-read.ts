import { assertSeries } from "../../usage/assert-series.js";
import { AdaCarbonError, isAdaCarbonError } from "../../usage/errors.js";
import { type FinishedHour, formatInstant, type Interval, isHour } from "../../usage/hour.js";
import { UNKNOWN_PROVENANCE } from "../../usage/provenance.js";
import { formatScope, type Scope, type ScopeKind } from "../../usage/scope.js";
import { emptySeries, type MutableSeries, type UsageSeries } from "../../usage/series.js";
import { statusOf } from "../../usage/status.js";
import type { StoredIntensities } from "../stored-intensities.js";
import type { Session } from "./connection.js";
import type { Row } from "./options.js";
import { intensitiesOfIds, readProvenances } from "./provenance.js";
import { FACT_COLUMNS, FACT_VALUES, tablesOf } from "./tables.js";
import { bound, fromText, milliseconds, toText } from "./text.js";
import { selectHours } from "./views.js";

/** The stored rows of a scope in [from, to). One statement, so that it sees one state. */
export async function readSeries(
  session: Session,
  scope: Scope,
  { from, to }: Interval,
): Promise<UsageSeries> {
  const table = (name: string): string => session.table(name);
  const rows = await session.rows(
    `SELECT ${milliseconds("timestamp_utc")}, status, provenance_id, coverage, ${FACT_COLUMNS.join(", ")}
     FROM (${selectHours(tablesOf(scope.kind), table)}) AS hours
     WHERE name = $1 AND timestamp_utc >= $2::timestamptz AND timestamp_utc < $3::timestamptz
     ORDER BY timestamp_utc`,
    [toText(scope.name), bound(from), bound(to)],
  );
  const ids = new Set(rows.flatMap(([, , id]) => (id === null || id === undefined ? [] : [id])));
  const provenances = await readProvenances(session, ids);
  const hours = rows.map(([ms]) => toHour(Number(ms), scope));
  const series = emptySeries(scope, hours, UNKNOWN_PROVENANCE);
  rows.forEach((row, i) => {
    putRow(series, i, row);
    series.provenance[i] = provenances.get(row[2] ?? "") ?? UNKNOWN_PROVENANCE;
  });
  try {
    assertSeries(series);
  } catch (cause) {
    if (!isAdaCarbonError(cause)) throw cause;
    throw corrupt(scope, cause.message, cause);
  }
  return series;
}

function putRow(series: MutableSeries, i: number, row: Row): void {
  const [, text, , coverage, ...numbers] = row;
  const status = statusOf(text ?? "");
  if (status === undefined) throw corrupt(series.scope, `${JSON.stringify(text)} is no status`);
  series.status[i] = status;
  series.coverage[i] = numberOrNaN(coverage);
  for (const [column, name] of FACT_VALUES.entries()) series[name][i] = numberOrNaN(numbers[column]);
}

function numberOrNaN(text: string | null | undefined): number {
  return text === null || text === undefined ? Number.NaN : Number(text);
}

function toHour(ms: number, scope: Scope): FinishedHour {
  // Only finished hours are ever stored.
  if (isHour(ms)) return ms as FinishedHour;
  throw corrupt(scope, `${formatInstant(ms)} is not the start of a UTC hour`);
}

/** @throws {AdaCarbonError} `store-corrupt` for rows that cannot be usage. */
function corrupt(scope: Scope, what: string, cause?: unknown): AdaCarbonError {
  const { fact } = tablesOf(scope.kind);
  return new AdaCarbonError(
    "store-corrupt",
    `a row of ${formatScope(scope)} in ${fact} cannot be usage: ${what}; correct or delete it`,
    { cause },
  );
}

/** By which intensities the rows of a scope are. */
export function readIntensities(session: Session, scope: Scope): Promise<StoredIntensities> {
  const hours = selectHours(tablesOf(scope.kind), (name) => session.table(name));
  const ids = `SELECT provenance_id FROM (${hours}) AS hours WHERE name = $1`;
  return intensitiesOfIds(session, ids, [toText(scope.name)]);
}

/** Names of the scopes of a kind with a row in the fact table, or an hour that the fact table cannot hold. */
export async function readNames(session: Session, kind: ScopeKind): Promise<string[]> {
  const { dimension, fact, hours } = tablesOf(kind);
  const stored = (owner: string): string =>
    `EXISTS (SELECT 1 FROM ${session.table(fact)} AS f WHERE ${owner})
     OR EXISTS (SELECT 1 FROM ${session.table(hours)} AS f WHERE ${owner} AND NOT f.in_fact_table)`;
  if (dimension === null) {
    const rows = await session.rows(`SELECT WHERE ${stored("true")}`);
    return rows.map(() => kind);
  }
  const { table, id, name } = dimension;
  const rows = await session.rows(
    `SELECT ${name} FROM ${session.table(table)} AS owner
     WHERE ${name} IS NOT NULL AND (${stored(`f.${id} = owner.${id}`)})`,
  );
  return rows.map(([text]) => fromText(text ?? ""));
}
