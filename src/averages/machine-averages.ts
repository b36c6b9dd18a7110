import type { MachineAverages, RunningSum } from "../stores/average-store.js";
import { merged, plus, total, ZERO } from "./running-sum.js";

/** One machine-hour as it counts in the averages: an hour of one host, weighted by how much of it was seen. */
export interface MachineHour {
  readonly machine: string;
  /** Coverage, times the part of the host's hour that the machine name had. */
  readonly weight: number;
  readonly busyCpuSeconds: number;
  readonly idleCpuSeconds: number;
  readonly busyKwh: number;
  readonly idleKwh: number;
  /** Grams; NaN where the hour has no carbon. */
  readonly busyGco2eq: number;
  readonly idleGco2eq: number;
}

/** Averages of a machine that nothing is known of. */
export function noAverages(machine: string): MachineAverages {
  return {
    machine,
    hours: 0,
    weight: ZERO,
    hoursWithCarbon: 0,
    weightWithCarbon: ZERO,
    busyCpuSeconds: ZERO,
    idleCpuSeconds: ZERO,
    busyKwh: ZERO,
    idleKwh: ZERO,
    busyGco2eq: ZERO,
    idleGco2eq: ZERO,
  };
}

/** The averages with one more machine-hour, or (`times` -1) one less. */
export function withHour(averages: MachineAverages, hour: MachineHour, times: 1 | -1 = 1): MachineAverages {
  const add = (sum: RunningSum, value: number): RunningSum => plus(sum, times * value);
  const hasCarbon = !Number.isNaN(hour.busyGco2eq);
  return {
    machine: averages.machine,
    hours: averages.hours + times,
    weight: add(averages.weight, hour.weight),
    hoursWithCarbon: averages.hoursWithCarbon + (hasCarbon ? times : 0),
    weightWithCarbon: hasCarbon ? add(averages.weightWithCarbon, hour.weight) : averages.weightWithCarbon,
    busyCpuSeconds: add(averages.busyCpuSeconds, hour.busyCpuSeconds),
    idleCpuSeconds: add(averages.idleCpuSeconds, hour.idleCpuSeconds),
    busyKwh: add(averages.busyKwh, hour.busyKwh),
    idleKwh: add(averages.idleKwh, hour.idleKwh),
    busyGco2eq: hasCarbon ? add(averages.busyGco2eq, hour.busyGco2eq) : averages.busyGco2eq,
    idleGco2eq: hasCarbon ? add(averages.idleGco2eq, hour.idleGco2eq) : averages.idleGco2eq,
  };
}

/** Two averages of one machine from different hours, together. */
export function mergeAverages(a: MachineAverages, b: MachineAverages): MachineAverages {
  return {
    machine: a.machine,
    hours: a.hours + b.hours,
    weight: merged(a.weight, b.weight),
    hoursWithCarbon: a.hoursWithCarbon + b.hoursWithCarbon,
    weightWithCarbon: merged(a.weightWithCarbon, b.weightWithCarbon),
    busyCpuSeconds: merged(a.busyCpuSeconds, b.busyCpuSeconds),
    idleCpuSeconds: merged(a.idleCpuSeconds, b.idleCpuSeconds),
    busyKwh: merged(a.busyKwh, b.busyKwh),
    idleKwh: merged(a.idleKwh, b.idleKwh),
    busyGco2eq: merged(a.busyGco2eq, b.busyGco2eq),
    idleGco2eq: merged(a.idleGco2eq, b.idleGco2eq),
  };
}

/** What is normal for a machine: means over its machine-hours. `null` where there is nothing to average. */
export interface MachineMeans {
  readonly machine: string;
  readonly hours: number;
  /** kWh a machine-hour. */
  readonly busyKwh: number | null;
  readonly idleKwh: number | null;
  /** Grams a machine-hour, of the hours that have carbon. */
  readonly busyGco2eq: number | null;
  readonly idleGco2eq: number | null;
  /** kW of a busy and of an idle CPU. */
  readonly busyKwPerCpu: number | null;
  readonly idleKwPerCpu: number | null;
}

/**
 * The means behind running averages.
 *
 * @example
 * import { machineMeans, noAverages, withHour } from "ada-carbon/averages";
 *
 * const hour = {
 *   machine: "Muon", weight: 1, busyCpuSeconds: 3600, idleCpuSeconds: 10_800,
 *   busyKwh: 0.012, idleKwh: 0.003, busyGco2eq: 2.4, idleGco2eq: 0.6,
 * };
 * const means = machineMeans(withHour(noAverages("Muon"), hour));
 * assert.equal(means.busyKwPerCpu, 0.012); // 12 W a busy core
 * assert.equal(means.idleKwh, 0.003);
 */
export function machineMeans(averages: MachineAverages): MachineMeans {
  const over = (sum: RunningSum, by: RunningSum, scale = 1): number | null =>
    total(by) > 0 ? total(sum) / (total(by) / scale) : null;
  return {
    machine: averages.machine,
    hours: averages.hours,
    busyKwh: over(averages.busyKwh, averages.weight),
    idleKwh: over(averages.idleKwh, averages.weight),
    busyGco2eq: over(averages.busyGco2eq, averages.weightWithCarbon),
    idleGco2eq: over(averages.idleGco2eq, averages.weightWithCarbon),
    busyKwPerCpu: over(averages.busyKwh, averages.busyCpuSeconds, 3600),
    idleKwPerCpu: over(averages.idleKwh, averages.idleCpuSeconds, 3600),
  };
}
