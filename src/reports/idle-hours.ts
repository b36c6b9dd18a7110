import { SPARSE_KINDS } from "../rows/kinds.js";
import type { FinishedHour } from "../usage/hour.js";
import { NO_PROVENANCE } from "../usage/provenance.js";
import type { ScopeKind } from "../usage/scope.js";
import { emptySeries, mergeSeries, numberAt, QUANTITIES, type UsageSeries } from "../usage/series.js";

export function isSparse(kind: ScopeKind): boolean {
  return SPARSE_KINDS.includes(kind);
}

/**
 * The series with a row of zeros for every hour in which `ada` has numbers and the scope has no row: nothing of the
 * scope ran then. An hour in which `ada` has no numbers either stays as it is, not known. An idle hour is covered as
 * well as `ada`, since a host that was not seen may have been the scope's.
 *
 * Rows of `ada` and of projects are complete: their series are given back as they are.
 */
export function withIdleHours(series: UsageSeries, ada: UsageSeries): UsageSeries {
  return isSparse(series.scope.kind) ? partWithIdleHours(series, ada) : series;
}

/** The same of what somebody, or a project, had in a part of the cloud: it has rows only for the hours in which it had. */
export function partWithIdleHours(series: UsageSeries, ada: UsageSeries): UsageSeries {
  const rows = idleRows(series.hours, ada);
  if (rows.length === 0) return series;
  const hours = rows.map((row) => ada.hours[row] as FinishedHour);
  const idle = emptySeries(series.scope, hours, NO_PROVENANCE);
  for (const name of QUANTITIES) idle[name].fill(0);
  rows.forEach((row, i) => {
    idle.coverage[i] = numberAt(ada.coverage, row);
    const market = ada.provenance[row]?.market;
    if (market !== undefined) idle.provenance[i] = { ...NO_PROVENANCE, market };
    const status = ada.status[row];
    // Without energy there is no carbon to be processed.
    idle.status[i] = status === "fake" || status === "download incomplete" ? status : "processed";
  });
  return series.hours.length === 0 ? idle : mergeSeries(series, idle);
}

/** The rows of `ada` that have numbers and whose hour is none of `hours`, which are ascending. */
function idleRows(hours: readonly FinishedHour[], ada: UsageSeries): number[] {
  const rows: number[] = [];
  let next = 0;
  ada.hours.forEach((hour, row) => {
    while ((hours[next] ?? Number.POSITIVE_INFINITY) < hour) next++;
    if (hours[next] !== hour && !Number.isNaN(numberAt(ada.busyCpuSeconds, row))) rows.push(row);
  });
  return rows;
}
