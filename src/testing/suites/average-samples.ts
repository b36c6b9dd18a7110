import { averageSums } from "../../stores/assert-averages.js";
import type { MachineAverages, RunningSum } from "../../stores/average-store.js";
import { assertArgument, NUMBER, TEXT } from "../../usage/options.js";
import { mix } from "../random.js";

/** Valid averages of a machine. The same arguments always give the same numbers. */
export function sampleAverages(machine: string, seed: number): MachineAverages {
  assertArgument("sampleAverages", "machine", machine, TEXT);
  assertArgument("sampleAverages", "seed", seed, NUMBER);
  const draw = (part: number): number => mix(mix(seed, 31), part) / 0x1_0000_0000;
  const sum = (part: number, size: number): RunningSum => ({
    sum: draw(part) * size,
    // What rounding loses is far smaller than the sum, and of either sign.
    lost: (draw(part + 100) - 0.5) * size * 1e-13,
  });
  const hours = 1 + (mix(seed, 1) % 10_000);
  return {
    machine,
    hours,
    weight: sum(2, hours),
    hoursWithCarbon: Math.floor(hours * 0.9),
    weightWithCarbon: sum(3, hours * 0.9),
    busyCpuSeconds: sum(4, hours * 14_400),
    idleCpuSeconds: sum(5, hours * 14_400),
    busyKwh: sum(6, hours * 0.05),
    idleKwh: sum(7, hours * 0.005),
    busyGco2eq: sum(8, hours * 10),
    idleGco2eq: sum(9, hours),
  };
}

/** Averages in which every number says `value`, so that a mixture of two shows. */
export function markedAverages(machine: string, value: number): MachineAverages {
  assertArgument("markedAverages", "machine", machine, TEXT);
  assertArgument("markedAverages", "value", value, NUMBER);
  const same: RunningSum = { sum: value, lost: value };
  return { machine, ...averageSums({ hours: value, hoursWithCarbon: value }, () => same) };
}
