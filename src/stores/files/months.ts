import type { ScopeKind } from "../../usage/scope.js";
import { columnsOf, mergeAll, type UsageSeries } from "../../usage/series.js";
import type { SeriesOfScope } from "../by-scope.js";
import { intervalOfMonth, monthOf } from "./layout.js";

/** What a batch has of the rows of one table: a series a scope, sorted by name. */
export interface MonthOfKind {
  readonly kind: ScopeKind;
  readonly month: string;
  readonly series: readonly UsageSeries[];
}

/** A batch by kind and month. */
export function byMonth(batch: readonly SeriesOfScope[]): MonthOfKind[] {
  const months = new Map<string, { kind: ScopeKind; month: string; series: UsageSeries[] }>();
  for (const parts of batch) {
    const series = mergeAll(parts);
    const { kind } = series.scope;
    for (const { month, rows } of monthsIn(series)) {
      const key = `${kind} ${month}`;
      const known = months.get(key);
      if (known === undefined) months.set(key, { kind, month, series: [rows] });
      else known.series.push(rows);
    }
  }
  for (const { series } of months.values()) {
    series.sort((a, b) => (a.scope.name < b.scope.name ? -1 : 1));
  }
  return [...months.values()];
}

/** The series cut at the ends of months; it shares its columns with them. */
function monthsIn(series: UsageSeries): { month: string; rows: UsageSeries }[] {
  const { hours } = series;
  const months: { month: string; rows: UsageSeries }[] = [];
  for (let from = 0, to = 0; from < hours.length; from = to) {
    const month = monthOf(hours[from] ?? 0);
    const end = intervalOfMonth(month).to;
    while (to < hours.length && (hours[to] ?? end) < end) to++;
    months.push({ month, rows: rowsBetween(series, from, to) });
  }
  return months;
}

function rowsBetween(series: UsageSeries, from: number, to: number): UsageSeries {
  return {
    scope: series.scope,
    hours: series.hours.slice(from, to),
    ...columnsOf((name) => series[name].subarray(from, to)),
    status: series.status.slice(from, to),
    provenance: series.provenance.slice(from, to),
  };
}
