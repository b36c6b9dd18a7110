import { busyAndIdle, type Sums } from "../timeseries/rollup/bin.js";
import type { Estimate } from "../timeseries/rollup/bounds.js";
import { tallyOf } from "../timeseries/rollup/tally.js";
import type { Interval } from "../usage/hour.js";
import { numberAt, sliceSeries, type UsageSeries } from "../usage/series.js";
import { Sum } from "../usage/sum.js";
import { boundsOfTotal } from "./bounds.js";

/** kWh or grams with their bounds; each `null` where it is not known. */
export type Bounded<Unit extends string> = {
  readonly [Name in Unit | "low" | "high"]: number | null;
};

/** What a scope used in an interval, how sure that is, and what is not known of it. */
export interface KnownTotals extends Sums {
  readonly kwh: Bounded<"kwh">;
  readonly gco2eq: Bounded<"gco2eq">;
  /** Idle part of the kWh, 0 to 1. */
  readonly idleShare: number | null;
  /** Mean intensity of the kWh that have carbon. */
  readonly gco2eqPerKwh: number | null;
  /** Part of the kWh with carbon whose intensity was measured, and not predicted or assumed. */
  readonly actualShare: number | null;
  readonly hoursKnown: number;
}

/**
 * The hours of one scope are of one power model, whose error is the same in all of them: bounds of a sum are the sums
 * of the bounds.
 */
const CORRELATION = 1;

export function knownTotals(series: UsageSeries, interval: Interval): KnownTotals {
  const { perHour, ...sums } = tallyOf(series, interval);
  const bounds = boundsOfTotal([{ series, power: {} }], interval, CORRELATION);
  const kwh = busyAndIdle(sums, "energy").total;
  const gco2eq = knownGrams(sums);
  const { withCarbon, withActual } = kwhByIntensity(sliceSeries(series, interval));
  return {
    ...sums,
    ...(gco2eq === null ? { busyGco2eq: null, idleGco2eq: null } : {}),
    kwh: { kwh, ...rangeOf(bounds.kwh) },
    gco2eq: { gco2eq, ...rangeOf(gco2eq === null ? null : bounds.gco2eq) },
    idleShare: ratio(sums.idleKwh, kwh),
    gco2eqPerKwh: ratio(gco2eq, withCarbon),
    actualShare: ratio(withActual, withCarbon),
    hoursKnown: sums.hours - sums.hoursMissing,
  };
}

/** Grams by the grid; `null` also where only hours that used nothing have any, and others have none. */
export function knownGrams(sums: Sums): number | null {
  const { total } = busyAndIdle(sums, "carbon");
  return total === 0 && sums.hoursWithoutCarbon > 0 ? null : total;
}

/** Rounding may put a bound of nothing a hair below it. */
export function rangeOf(estimate: Estimate | null): {
  readonly low: number | null;
  readonly high: number | null;
} {
  if (estimate === null) return { low: null, high: null };
  return { low: Math.max(0, estimate.low), high: estimate.high };
}

function kwhByIntensity(series: UsageSeries): { withCarbon: number; withActual: number } {
  const [withCarbon, withActual] = [new Sum(), new Sum()];
  series.hours.forEach((_, i) => {
    if (Number.isNaN(numberAt(series.busyGco2eq, i))) return;
    const kwh = numberAt(series.busyKwh, i) + numberAt(series.idleKwh, i);
    withCarbon.add(kwh);
    if (series.provenance[i]?.intensity?.kind === "actual") withActual.add(kwh);
  });
  return { withCarbon: withCarbon.value, withActual: withActual.value };
}

/** `null` where one of the two is not known, or the whole is nothing. */
export function ratio(part: number | null, whole: number | null): number | null {
  return part === null || whole === null || !(whole > 0) ? null : part / whole;
}
