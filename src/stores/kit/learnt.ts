import * as z from "zod";
import { AVERAGE_SUMS, averageSums } from "../assert-averages.js";
import type { Learnt } from "../average-store.js";

// How averages that were learnt stand to the stored hours, as the one JSON value that adapters keep beside the sums.
// Averages that somebody gave have none.

const runningSum = z.object({ sum: z.number(), lost: z.number() });
const sums = z
  .object({
    hours: z.number(),
    hoursWithCarbon: z.number(),
    ...Object.fromEntries(AVERAGE_SUMS.map((name) => [name, runningSum])),
  })
  .catchall(runningSum);

/** The JSON value, read. */
export const learntSchema: z.ZodType<Learnt> = z.object({
  isStale: z.boolean(),
  pruned: z
    .object({ before: z.number(), sums })
    .transform(({ before, sums: found }) => ({
      before,
      sums: averageSums(found, (name) => found[name] ?? { sum: Number.NaN, lost: 0 }),
    }))
    .optional(),
});

/** Of averages that an ada-carbon wrote which did not say so: all of them were learnt, and are made anew. */
export const LEARNT_LONG_AGO: Learnt = { isStale: true };

/** The JSON text for a column; `null` for averages that somebody gave. */
export function learntText(learnt: Learnt | undefined): string | null {
  return learnt === undefined ? null : JSON.stringify(learnt);
}

/** Reads {@link learntText}; throws for anything else. */
export function learntFromText(text: string): Learnt {
  return learntSchema.parse(JSON.parse(text));
}
