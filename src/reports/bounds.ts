import { isOfTwoBases, mergedBases } from "../intensity/gram-bases.js";
import type { PowerFactors } from "../machines/power-factors.js";
import type { Bin } from "../timeseries/rollup/bin.js";
import { combineBounds, type Estimate } from "../timeseries/rollup/bounds.js";
import { tallyOf } from "../timeseries/rollup/tally.js";
import { boundsOf } from "../uncertainty/bounds.js";
import type { Interval } from "../usage/hour.js";
import { lowestAtLeast } from "../usage/search.js";
import { numberAt, sliceSeries, type UsageSeries } from "../usage/series.js";

/** Energy and carbon with how far off they may be; `null` where nothing is known, or nothing of how far off. */
export interface TotalBounds {
  readonly correlation: number;
  readonly kwh: Estimate | null;
  readonly gco2eq: Estimate | null;
}

/** A part of what is reported, and how far off its power may be where that is known. */
export interface BoundedPart {
  readonly series: UsageSeries;
  readonly power: PowerFactors;
}

/** The bounds of a sum over hours whose errors go together as much as `correlation` says. */
export function boundsOfTotal(
  parts: readonly BoundedPart[],
  interval: Interval,
  correlation: number,
): TotalBounds {
  const combined = (unit: "Kwh" | "Gco2eq"): Estimate | null => {
    const estimates = parts.flatMap(({ series, power }) =>
      hourEstimates(sliceSeries(series, interval), power, unit).flat(),
    );
    return combinedOrNull(estimates, correlation);
  };
  const bases = mergedBases(parts.map(({ series }) => tallyOf(series, interval)));
  return { correlation, kwh: combined("Kwh"), gco2eq: isOfTwoBases(bases) ? null : combined("Gco2eq") };
}

/** Hours of another tool do not say how their intensity was known: then nothing is said of the sum. */
function combinedOrNull(estimates: readonly Estimate[], correlation: number): Estimate | null {
  if (estimates.length === 0 || estimates.some(({ low }) => Number.isNaN(low))) return null;
  return combineBounds(estimates, correlation);
}

/**
 * The bounds of each bin of a scope, whose hours are of one power model with the same error in all of them; the bins are
 * ascending. All rows are looked at once.
 */
export function boundsOfBins(series: UsageSeries, bins: readonly Bin[]): Omit<TotalBounds, "correlation">[] {
  const [kwh, gco2eq] = [hourEstimates(series, {}, "Kwh"), hourEstimates(series, {}, "Gco2eq")];
  let first = lowestAtLeast(series.hours, bins[0]?.from ?? 0);
  return bins.map((bin) => {
    const end = lowestAtLeast(series.hours, bin.to, first);
    const combined = (estimates: readonly Estimate[][]): Estimate | null =>
      combinedOrNull(estimates.slice(first, end).flat(), 1);
    const bounds = { kwh: combined(kwh), gco2eq: isOfTwoBases(bin) ? null : combined(gco2eq) };
    first = end;
    return bounds;
  });
}

/** Of each row one estimate, or none where nothing is known. */
function hourEstimates(series: UsageSeries, power: PowerFactors, unit: "Kwh" | "Gco2eq"): Estimate[][] {
  const bounds = boundsOf(series, power);
  return series.hours.map((_, i): Estimate[] => {
    const value = numberAt(series[`busy${unit}`], i) + numberAt(series[`idle${unit}`], i);
    if (Number.isNaN(value)) return [];
    // An idle hour has no intensity to be wrong about.
    if (value === 0) return [{ value, low: 0, high: 0 }];
    // Rounding may put a bound that is the estimate itself a hair on its wrong side.
    const low = Math.min(value, numberAt(bounds[`low${unit}`], i));
    const high = Math.max(value, numberAt(bounds[`high${unit}`], i));
    return [{ value, low, high }];
  });
}
