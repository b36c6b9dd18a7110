import type { AVERAGE_COUNTS, AVERAGE_SUMS } from "../assert-averages.js";
import type { MachineAverages, RunningSum } from "../average-store.js";

/** Averages of a machine from numbers that are read by name. */
export function makeAverages(
  machine: string,
  count: (name: (typeof AVERAGE_COUNTS)[number]) => number,
  sum: (name: (typeof AVERAGE_SUMS)[number]) => RunningSum,
): MachineAverages {
  return {
    machine,
    hours: count("hours"),
    hoursWithCarbon: count("hoursWithCarbon"),
    weight: sum("weight"),
    weightWithCarbon: sum("weightWithCarbon"),
    busyCpuSeconds: sum("busyCpuSeconds"),
    idleCpuSeconds: sum("idleCpuSeconds"),
    busyKwh: sum("busyKwh"),
    idleKwh: sum("idleKwh"),
    busyGco2eq: sum("busyGco2eq"),
    idleGco2eq: sum("idleGco2eq"),
  };
}
