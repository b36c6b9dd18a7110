import { HOUR_MS, type Interval } from "../../usage/hour.js";
import type { ScopeKind } from "../../usage/scope.js";
import { at, type UsageSeries } from "../../usage/series.js";
import type { Bin } from "./bin.js";
import { type BinSize, type BinTable, binTable, type ZoneOptions } from "./bin-table.js";
import { Tallies } from "./tallies.js";

export interface RollupOptions extends ZoneOptions {
  /**
   * A series that has a row for every hour that was looked at: that of `ada`. The kinds in
   * {@link SPARSE_KINDS} have no row for an hour in which none of their hosts was up. With `known`, such an
   * hour counts as zero, and covered as well as `known` says; without it, as missing. For `ada` and projects,
   * whose rows are complete, it changes nothing.
   */
  readonly known?: UsageSeries | undefined;
}

/** Kinds of scope whose absent rows may mean that nothing ran. */
export const SPARSE_KINDS: readonly ScopeKind[] = ["machine", "user", "group", "experiment", "host"];

/**
 * The hours of a series gathered into bins that together cover the interval, ascending. Sums are
 * compensated: those of the bins are those of the hours to 1e-12, whatever the size and zone.
 *
 * @throws {AdaCarbonError} `bad-input` for a zone that does not exist, or an interval over 200 years.
 *
 * @example
 * import { ADA, emptySeries, finishedHours } from "ada-carbon";
 * import { rollup } from "ada-carbon/timeseries";
 *
 * const day = { from: Date.UTC(2025, 8, 10), to: Date.UTC(2025, 8, 11) };
 * const hours = finishedHours({ ...day, to: day.from + 3_600_000 }, Date.now());
 * const series = emptySeries(ADA, hours, { library: "0.1.0", model: null, intensity: null });
 * series.busyCpuSeconds[0] = 3600;
 * const [bin] = rollup(series, day, "day");
 * assert.deepEqual([bin?.label, bin?.busyCpuSeconds, bin?.hoursMissing], ["2025-09-10", 3600, 23]);
 */
export function rollup(
  series: UsageSeries,
  interval: Interval,
  by: BinSize,
  options: RollupOptions = {},
): Bin[] {
  const table = binTable(interval, by, options);
  const tallies = new Tallies(table.bins.length);
  addRows(tallies, table, series);
  if (options.known !== undefined && SPARSE_KINDS.includes(series.scope.kind)) {
    addIdleHours(tallies, table, series, options.known);
  }
  return table.bins.map((span, bin) => ({ ...span, ...tallies.of(bin, (span.to - span.from) / HOUR_MS) }));
}

function addRows(tallies: Tallies, table: BinTable, series: UsageSeries): void {
  series.hours.forEach((hour, row) => {
    const bin = table.binOfHour[hour / HOUR_MS - table.firstHour];
    if (bin === undefined || Number.isNaN(at(series.busyCpuSeconds, row))) return;
    tallies.add(bin, series, row);
  });
}

/** The hours that `known` has and the series has no row for: nothing of the scope ran in them. */
function addIdleHours(tallies: Tallies, table: BinTable, series: UsageSeries, known: UsageSeries): void {
  let next = 0;
  known.hours.forEach((hour, row) => {
    while ((series.hours[next] ?? Number.POSITIVE_INFINITY) < hour) next++;
    const bin = table.binOfHour[hour / HOUR_MS - table.firstHour];
    if (bin === undefined || series.hours[next] === hour) return;
    if (!Number.isNaN(at(known.busyCpuSeconds, row))) tallies.addZero(bin, at(known.coverage, row));
  });
}
