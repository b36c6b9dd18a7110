import { sayTheSame } from "../../intensity/basis-of-source.js";
import { basesOfRows, isOfTwoBases } from "../../intensity/gram-bases.js";
import { HOUR_MS } from "../../usage/hour.js";
import { assertArgument } from "../../usage/options.js";
import type { IntensityProvenance } from "../../usage/provenance.js";
import { lowestAtLeast } from "../../usage/search.js";
import { SERIES, type UsageSeries } from "../../usage/series.js";
import { type Bin, SummedBin } from "./bin.js";
import { type BinSize, type BinSpan, type ZoneOptions, zoneOf } from "./bin-table.js";
import { cachedBins } from "./cached-bins.js";
import { type GivenPeriod, periodOf } from "./given-period.js";
import { INCOMPLETE, sumRows } from "./tally.js";

/**
 * The hours of a series gathered into bins that together cover the interval, ascending. An hour without a row is
 * missing, which is right for `ada` and projects. Machines, users, groups, experiments and hosts have no row for an
 * hour in which nothing of theirs ran: take their series from `UsageReader` of `ada-carbon/reports`, which knows these
 * hours from those that nobody looked at.
 *
 * Sums are compensated: those of the bins add up to those of the hours to 1e-12, whatever the size and zone.
 *
 * @throws {AdaCarbonError} `bad-input` for a zone that does not exist, or an interval over 200 years.
 *
 * @example
 * import assert from "node:assert/strict";
 * import { ADA, emptySeries, finishedHours } from "ada-carbon";
 * import { rollup } from "ada-carbon/timeseries";
 *
 * const day = { from: Date.UTC(2025, 8, 10), to: Date.UTC(2025, 8, 11) };
 * const hours = finishedHours({ ...day, to: day.from + 3_600_000 }, Date.now());
 * const series = emptySeries(ADA, hours, { library: "0.1.0", model: null, intensity: null });
 * series.busyCpuSeconds[0] = 3600;
 * const [bin] = rollup(series, day, "day");
 * assert.deepEqual([bin?.label, bin?.busyCpuSeconds, bin?.hoursMissing], ["2025-09-10", 3600, 23]);
 * assert.equal(bin?.busyKwh, null); // nothing is known of it, which is not nothing
 */
export function rollup(
  series: UsageSeries,
  interval: GivenPeriod,
  by: BinSize,
  options: ZoneOptions = {},
): Bin[] {
  assertArgument("rollup", "series", series, SERIES);
  const zone = zoneOf("rollup", by, options);
  const bins = cachedBins(periodOf(interval, options.zone), by, zone);
  return by === "hour" ? binsOfHours(series, bins) : binsOfRows(series, bins);
}

function binsOfRows(series: UsageSeries, spans: readonly BinSpan[]): Bin[] {
  let first = lowestAtLeast(series.hours, spans[0]?.from ?? 0);
  return spans.map((span) => {
    const end = lowestAtLeast(series.hours, span.to, first);
    const sums = sumRows(series, first, end, (span.to - span.from) / HOUR_MS);
    first = end;
    return new SummedBin(span, sums);
  });
}

/** Bins of an hour have one row, or none. Where nothing of a row is missing, its numbers are the sums. */
function binsOfHours(series: UsageSeries, spans: readonly BinSpan[]): Bin[] {
  const { busyCpuSeconds, idleCpuSeconds, busyKwh, idleKwh, busyGco2eq, idleGco2eq } = series;
  const { hours, coverage, provenance, status } = series;
  const bins: Bin[] = [];
  let row = lowestAtLeast(hours, spans[0]?.from ?? 0);
  let { bases } = basesOfRows(series, row, row);
  let before: IntensityProvenance | null = null;
  for (const span of spans) {
    if (hours[row] !== span.from) {
      bins.push(new SummedBin(span, sumRows(series, row, row, 1)));
      continue;
    }
    const intensity = provenance[row]?.intensity ?? null;
    if (intensity !== before && !sayTheSame(intensity, before))
      ({ bases } = basesOfRows(series, row, row + 1));
    before = intensity;
    const grams = (busyGco2eq[row] as number) + (idleGco2eq[row] as number);
    const sums = {
      busyCpuSeconds: busyCpuSeconds[row] as number,
      idleCpuSeconds: idleCpuSeconds[row] as number,
      busyKwh: busyKwh[row] as number,
      idleKwh: idleKwh[row] as number,
      busyGco2eq: busyGco2eq[row] as number,
      idleGco2eq: idleGco2eq[row] as number,
      hours: 1,
      hoursMissing: 0,
      hoursIncomplete: status[row] === INCOMPLETE ? 1 : 0,
      hoursWithoutCarbon: 0,
      hoursProvisional: intensity?.settled === false ? 1 : 0,
      coverage: coverage[row] as number,
      bases,
      hoursOfUnknownBasis: bases.length === 0 && grams > 0 ? 1 : 0,
    };
    const kwh = sums.busyKwh + sums.idleKwh;
    const isMissing = Number.isNaN(sums.busyCpuSeconds + sums.idleCpuSeconds + kwh + grams + sums.coverage);
    if (isMissing || isOfTwoBases(sums) || provenance[row]?.market !== undefined)
      bins.push(new SummedBin(span, sumRows(series, row, row + 1, 1)));
    else bins.push(new SummedBin(span, sums));
    row++;
  }
  return bins;
}
