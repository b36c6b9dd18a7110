import { combineBounds, type Estimate } from "../timeseries/rollup/bounds.js";
import { boundsOf } from "../uncertainty/bounds.js";
import type { Interval } from "../usage/hour.js";
import { at, sliceSeries, type UsageSeries } from "../usage/series.js";

/** Energy and carbon of a report with how far off they may be; `null` where nothing is known. */
export interface TotalBounds {
  readonly correlation: number;
  readonly kwh: Estimate | null;
  readonly gco2eq: Estimate | null;
}

/** The bounds of a sum over hours whose errors go together as much as `correlation` says. */
export function boundsOfTotal(all: UsageSeries, interval: Interval, correlation: number): TotalBounds {
  const series = sliceSeries(all, interval);
  const bounds = boundsOf(series);
  const combined = (unit: "Kwh" | "Gco2eq"): Estimate | null => {
    const estimates = series.hours.flatMap((_, i): Estimate[] => {
      const value = at(series[`busy${unit}`], i) + at(series[`idle${unit}`], i);
      if (Number.isNaN(value)) return [];
      // An idle hour has no intensity to be wrong about.
      if (value === 0) return [{ value, low: 0, high: 0 }];
      // Rounding may put a bound that is the estimate itself a hair on its wrong side.
      const low = Math.min(value, at(bounds[`low${unit}`], i));
      const high = Math.max(value, at(bounds[`high${unit}`], i));
      return [{ value, low, high }];
    });
    return estimates.length === 0 ? null : combineBounds(estimates, correlation);
  };
  return { correlation, kwh: combined("Kwh"), gco2eq: combined("Gco2eq") };
}

export function boundsText({ kwh, gco2eq, correlation }: TotalBounds): string {
  const range = (estimate: Estimate | null, digits: number): string =>
    estimate === null ? "-" : `${estimate.low.toFixed(digits)} to ${estimate.high.toFixed(digits)}`;
  return `bounds: ${range(kwh, 2)} kWh, ${range(gco2eq, 0)} gCO2eq, errors of hours correlated ${correlation}`;
}
