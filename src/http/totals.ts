import * as z from "zod";
import type { Tally } from "../timeseries/rollup/bin.js";
import { rollup } from "../timeseries/rollup/rollup.js";
import { totalOf } from "../timeseries/rollup/total.js";
import type { Interval } from "../usage/hour.js";
import type { UsageSeries } from "../usage/series.js";

/** Sums over an interval. What is not known is `null`, never 0; what is known in part lowers the coverage. */
export interface Totals {
  readonly busyCpuSeconds: number | null;
  readonly idleCpuSeconds: number | null;
  readonly busyKwh: number | null;
  readonly idleKwh: number | null;
  readonly busyGco2eq: number | null;
  readonly idleGco2eq: number | null;
  /** 0 to 1. */
  readonly coverage: number;
  readonly hours: number;
  readonly hoursMissing: number;
  /** Hours with energy whose carbon is not known. */
  readonly hoursWithoutCarbon: number;
  /** Hours whose carbon a later run may replace by a better value. */
  readonly hoursProvisional: number;
}

const amount = z.number().min(0).nullable();
const count = z.int().min(0);

export const totalsSchema: z.ZodType<Totals> = z.strictObject({
  busyCpuSeconds: amount,
  idleCpuSeconds: amount,
  busyKwh: amount,
  idleKwh: amount,
  busyGco2eq: amount,
  idleGco2eq: amount,
  coverage: z.number().min(0).max(1),
  hours: count,
  hoursMissing: count,
  hoursWithoutCarbon: count,
  hoursProvisional: count,
});

/** The whole interval as one. `known`: the series of everything, where absent rows may mean that nothing ran. */
export function totalsOf(series: UsageSeries, interval: Interval, known?: UsageSeries): Totals {
  return shownTotals(totalOf(rollup(series, interval, "year", { known })));
}

function shownTotals(tally: Tally): Totals {
  const withEnergy = tally.hours - tally.hoursMissing;
  const energy = (value: number): number | null => (withEnergy > 0 ? value : null);
  const carbon = (value: number): number | null => (withEnergy > tally.hoursWithoutCarbon ? value : null);
  return {
    busyCpuSeconds: energy(tally.busyCpuSeconds),
    idleCpuSeconds: energy(tally.idleCpuSeconds),
    busyKwh: energy(tally.busyKwh),
    idleKwh: energy(tally.idleKwh),
    busyGco2eq: carbon(tally.busyGco2eq),
    idleGco2eq: carbon(tally.idleGco2eq),
    coverage: Math.min(1, tally.coverage),
    hours: tally.hours,
    hoursMissing: tally.hoursMissing,
    hoursWithoutCarbon: tally.hoursWithoutCarbon,
    hoursProvisional: tally.hoursProvisional,
  };
}
