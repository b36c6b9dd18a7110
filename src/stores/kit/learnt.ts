import * as z from "zod";
import { recordOf } from "../../usage/record-of.js";
import { type AVERAGE_COUNTS, AVERAGE_SUMS, averageSums } from "../assert-averages.js";
import type { AverageSums, Learnt, MachineAverages, RunningSum } from "../average-store.js";

export const runningSumSchema: z.ZodType<RunningSum> = z.object({ sum: z.number(), lost: z.number() });

/** Sums under the library's own names. */
export const averageSumsSchema: z.ZodType<AverageSums> = z.object({
  hours: z.number(),
  hoursWithCarbon: z.number(),
  ...recordOf(AVERAGE_SUMS, () => runningSumSchema),
});

const hoursByBasisSchema = z.record(z.string(), z.number());

/**
 * How averages that were learnt stand to the stored hours, as the one JSON value that adapters keep beside the sums.
 * Averages that somebody gave have none.
 */
export const learntSchema: z.ZodType<Learnt> = z.object({
  isStale: z.boolean(),
  hoursByBasis: hoursByBasisSchema.exactOptional(),
  pruned: z
    .object({
      from: z.number().exactOptional(),
      before: z.number(),
      sums: averageSumsSchema,
      hoursByBasis: hoursByBasisSchema.exactOptional(),
    })
    .optional(),
});

/** Of averages that an ada-carbon wrote which did not say so: all of them were learnt, and are made anew. */
export const LEARNT_LONG_AGO: Learnt = { isStale: true };

/** The JSON text for a column; `null` for averages that somebody gave. */
export function learntText(learnt: Learnt | undefined): string | null {
  return learnt === undefined ? null : JSON.stringify(learnt);
}

/** Averages of a machine from numbers that are read by name, and a {@link learntText}; throws for any other text. */
export function makeAverages(
  machine: string,
  count: (name: (typeof AVERAGE_COUNTS)[number]) => number,
  sum: (name: (typeof AVERAGE_SUMS)[number]) => RunningSum,
  learnt: string | null,
): MachineAverages {
  const counts = { hours: count("hours"), hoursWithCarbon: count("hoursWithCarbon") };
  return {
    machine,
    ...averageSums(counts, sum),
    ...(learnt === null ? {} : { learnt: learntSchema.parse(JSON.parse(learnt)) }),
  };
}
