import { badInput } from "../usage/errors.js";
import { assertArgument, OBJECT } from "../usage/options.js";
import { recordOf } from "../usage/record-of.js";
import { QUANTITIES } from "../usage/series.js";
import type { AverageSums, MachineAverages, RunningSum } from "./average-store.js";
import { assertName } from "./names.js";

/** The sums of {@link MachineAverages}. */
export const AVERAGE_SUMS = ["weight", "weightWithCarbon", ...QUANTITIES] as const;

/** The counts of {@link MachineAverages}. */
export const AVERAGE_COUNTS = ["hours", "hoursWithCarbon"] as const;

/**
 * Refuses (code `bad-input`) averages that no store may accept: counts that are not whole or negative, sums
 * that are not finite, a machine without a name. A sum may be a little below zero, by rounding.
 */
export function assertAverages(averages: MachineAverages): void {
  assertArgument("a store", "averages", averages, OBJECT);
  const { machine, learnt } = averages;
  assertName(machine, "the name of a machine");
  const where = `averages of ${JSON.stringify(machine)}`;
  assertSums(averages, where);
  if (learnt === undefined) return;
  if (typeof learnt.isStale !== "boolean") refuse(where, "learnt.isStale", learnt.isStale, "true or false");
  if (learnt.pruned === undefined) return;
  const { from = 0, before, sums } = learnt.pruned;
  for (const [what, instant] of Object.entries({ from, before }))
    if (!Number.isSafeInteger(instant)) refuse(where, `learnt.pruned.${what}`, instant, "UTC milliseconds");
  assertSums(sums, `${where}, of pruned hours`);
}

function assertSums(sums: AverageSums, where: string): void {
  for (const count of AVERAGE_COUNTS) {
    const value = sums[count];
    if (!Number.isSafeInteger(value) || value < 0)
      refuse(where, count, value, "a whole number, not negative");
  }
  for (const name of AVERAGE_SUMS) {
    const { sum, lost } = sums[name];
    if (!Number.isFinite(sum)) refuse(where, `${name}.sum`, sum, "finite");
    if (!Number.isFinite(lost)) refuse(where, `${name}.lost`, lost, "finite");
  }
}

function refuse(where: string, what: string, value: unknown, must: string): never {
  throw badInput(`${where}: ${what} is ${value}; it must be ${must}`);
}

/** Counts, and what is made for each of the sums. */
export function averageSums(
  counts: Pick<AverageSums, (typeof AVERAGE_COUNTS)[number]>,
  sum: (name: (typeof AVERAGE_SUMS)[number]) => RunningSum,
): AverageSums {
  const { hours, hoursWithCarbon } = counts;
  return { hours, hoursWithCarbon, ...recordOf(AVERAGE_SUMS, sum) };
}
