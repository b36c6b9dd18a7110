import * as z from "zod";
import type { Sums, Tally } from "../timeseries/rollup/bin.js";

const amount = z.number().min(0).nullable();
const count = z.int().min(0);

/** Sums over an interval. What is not known is `null`, never 0; what is known in part lowers the coverage. */
export const totalsSchema: z.ZodType<Sums> = z.strictObject({
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
});

/** Totals as a reply has them: without the means, which whoever wants them can work out. */
export function shownTotals({ perHour, ...sums }: Tally): Sums {
  return sums;
}
