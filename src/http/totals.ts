import * as z from "zod";
import type { Bounded, KnownTotals } from "../reports/known-totals.js";
import type { MarketSums, Sums, Tally } from "../timeseries/rollup/bin.js";

const amount = z.number().min(0).nullable();
const count = z.int().min(0);
const share = z.number().min(0).max(1).nullable();

const market: z.ZodType<MarketSums> = z.strictObject({
  busyGco2eq: amount,
  idleGco2eq: amount,
  hoursWithoutCarbon: count,
  bases: z.array(z.string()),
  hoursOfUnknownBasis: count,
});

/** Sums over an interval. What is not known is `null`, never 0; what is known in part lowers the coverage. */
const sumsShape: { readonly [Name in keyof Sums]-?: z.ZodType<Sums[Name]> } = {
  busyCpuSeconds: amount,
  idleCpuSeconds: amount,
  busyKwh: amount,
  idleKwh: amount,
  busyGco2eq: amount,
  idleGco2eq: amount,
  hours: count,
  hoursMissing: count,
  hoursWithoutCarbon: count,
  hoursProvisional: count,
  coverage: z.number().min(0).max(1),
  market: market.optional(),
  bases: z.array(z.string()),
  hoursOfUnknownBasis: count,
};
/** Checks the sums in a reply: kWh, grams and CPU-seconds, `null` where nothing is known. */
export const totalsSchema: z.ZodType<Sums> = z.strictObject(sumsShape);

export const boundedKwh: z.ZodType<Bounded<"kwh">> = z.strictObject({
  kwh: amount,
  low: amount,
  high: amount,
});
export const boundedGrams: z.ZodType<Bounded<"gco2eq">> = z.strictObject({
  gco2eq: amount,
  low: amount,
  high: amount,
});

/** The sums with their bounds, and what follows from them. */
export const knownTotalsSchema: z.ZodType<KnownTotals> = z.strictObject({
  ...sumsShape,
  kwh: boundedKwh,
  gco2eq: boundedGrams,
  idleShare: share,
  gco2eqPerKwh: amount,
  actualShare: share,
  hoursKnown: count,
});

/** Totals as a reply has them: without the means, which whoever wants them can work out. */
export function shownTotals({ perHour, ...sums }: Tally): Sums {
  return sums;
}
