import * as z from "zod";
import type { Bounded, KnownTotals } from "../reports/known-totals.js";
import type { MarketSums, Sums, Tally } from "../timeseries/rollup/bin.js";
import { eachQuantity } from "../usage/series.js";
import { amount, count, share, texts } from "./schemas.js";

const nullableAmount = amount.nullable();

const market: z.ZodType<MarketSums> = z.strictObject({
  busyGco2eq: nullableAmount,
  idleGco2eq: nullableAmount,
  hoursWithoutCarbon: count,
  bases: texts,
  hoursOfUnknownBasis: count,
});

/** Sums over an interval. What is not known is `null`, never 0; what is known in part lowers the coverage. */
const sumsShape: { readonly [Name in keyof Sums]-?: z.ZodType<Sums[Name]> } = {
  ...eachQuantity(() => nullableAmount),
  hours: count,
  hoursMissing: count,
  hoursIncomplete: count,
  hoursWithoutCarbon: count,
  hoursProvisional: count,
  coverage: share,
  market: market.optional(),
  bases: texts,
  hoursOfUnknownBasis: count,
};
/** Checks the sums in a reply: kWh, grams and CPU-seconds, `null` where nothing is known. */
export const totalsSchema: z.ZodType<Sums> = z.strictObject(sumsShape);

export const boundedKwh: z.ZodType<Bounded<"kwh">> = z.strictObject({
  kwh: nullableAmount,
  low: nullableAmount,
  high: nullableAmount,
});
export const boundedGrams: z.ZodType<Bounded<"gco2eq">> = z.strictObject({
  gco2eq: nullableAmount,
  low: nullableAmount,
  high: nullableAmount,
});

/** The sums with their bounds, and what follows from them. */
export const knownTotalsSchema: z.ZodType<KnownTotals> = z.strictObject({
  ...sumsShape,
  kwh: boundedKwh,
  gco2eq: boundedGrams,
  idleShare: share.nullable(),
  gco2eqPerKwh: nullableAmount,
  actualShare: share.nullable(),
  hoursKnown: count,
});

/** Totals as a reply has them: without the means, which whoever wants them can work out. */
export function shownTotals({ perHour, ...sums }: Tally): Sums {
  return sums;
}
