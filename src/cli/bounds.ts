import { combineBounds, type Estimate } from "../timeseries/rollup/bounds.js";
import { boundsOf } from "../uncertainty/bounds.js";
import type { Interval } from "../usage/hour.js";
import { at, sliceSeries, type UsageSeries } from "../usage/series.js";

/** Energy and carbon of a report with how far off they may be. What is missing is in neither. */
export interface TotalBounds {
  readonly correlation: number;
  readonly kwh: Estimate;
  readonly gco2eq: Estimate;
}

/** The bounds of a sum over hours whose errors go together as much as `correlation` says. */
export function boundsOfTotal(all: UsageSeries, interval: Interval, correlation: number): TotalBounds {
  const series = sliceSeries(all, interval);
  const bounds = boundsOf(series);
  const estimates = (unit: "Kwh" | "Gco2eq"): Estimate[] =>
    series.hours.flatMap((_, i) => {
      const value = at(series[`busy${unit}`], i) + at(series[`idle${unit}`], i);
      // Rounding may put a bound that is the estimate itself a hair on its wrong side.
      const low = Math.min(value, at(bounds[`low${unit}`], i));
      const high = Math.max(value, at(bounds[`high${unit}`], i));
      return Number.isNaN(value) ? [] : [{ value, low, high }];
    });
  return {
    correlation,
    kwh: combineBounds(estimates("Kwh"), correlation),
    gco2eq: combineBounds(estimates("Gco2eq"), correlation),
  };
}

export function boundsText({ kwh, gco2eq, correlation }: TotalBounds): string {
  const range = ({ low, high }: Estimate, digits: number): string =>
    `${low.toFixed(digits)} to ${high.toFixed(digits)}`;
  return `bounds: ${range(kwh, 2)} kWh, ${range(gco2eq, 0)} gCO2eq, errors of hours correlated ${correlation}`;
}
