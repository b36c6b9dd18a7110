import { type AVERAGE_COUNTS, type AVERAGE_SUMS, averageSums } from "../assert-averages.js";
import type { MachineAverages, RunningSum } from "../average-store.js";
import { learntFromText } from "./learnt.js";

/** Averages of a machine from numbers that are read by name, and the text that `learntText` made. */
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
    ...(learnt === null ? {} : { learnt: learntFromText(learnt) }),
  };
}
