import { splitBases } from "../intensity/basis-of-source.js";
import { type GramBases, withoutMixedGrams } from "../intensity/gram-bases.js";
import { averageSums } from "../stores/assert-averages.js";
import type {
  AverageSums,
  HoursByBasis,
  Learnt,
  MachineAverages,
  RunningSum,
} from "../stores/average-store.js";
import type { Interval } from "../usage/hour.js";
import { assertArgument, OBJECT, TEXT } from "../usage/options.js";
import { plus, total, ZERO } from "./running-sum.js";

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
  /** What the grams count, as `formatBasis` writes it; absent where that is not known. */
  readonly basis?: string | undefined;
}

const NO_SUMS = averageSums({ hours: 0, hoursWithCarbon: 0 }, () => ZERO);

/**
 * Averages of a machine that nothing is known of, to be added to: somebody's own, which this library never changes.
 * What it learns itself is marked, and begins with nothing known as well.
 */
export function noAverages(machine: string): MachineAverages {
  assertArgument("noAverages", "machine", machine, TEXT);
  return { machine, ...NO_SUMS };
}

/** Averages of a machine of which no stored hour is known. */
export function nothingLearnt(machine: string): MachineAverages {
  return { machine, ...NO_SUMS, learnt: { isStale: false, hoursByBasis: {} } };
}

/** The averages with one more machine-hour, or (`times` -1) one less. */
export function withHour(averages: MachineAverages, hour: MachineHour, times: 1 | -1 = 1): MachineAverages {
  assertArgument("withHour", "averages", averages, OBJECT);
  assertArgument("withHour", "hour", hour, OBJECT);
  const { learnt } = averages;
  const changed = { ...averages, ...sumsWithHour(averages, hour, times) };
  if (learnt?.hoursByBasis === undefined) return changed;
  return { ...changed, learnt: { ...learnt, hoursByBasis: basesWithHour(learnt.hoursByBasis, hour, times) } };
}

function basesWithHour(
  hours: HoursByBasis,
  { basis = "", busyGco2eq }: MachineHour,
  times: 1 | -1,
): HoursByBasis {
  if (Number.isNaN(busyGco2eq)) return hours;
  const { [basis]: before = 0, ...others } = hours;
  return before + times === 0 ? others : { ...others, [basis]: before + times };
}

function sumsWithHour(sums: AverageSums, hour: MachineHour, times: 1 | -1): AverageSums {
  const hasCarbon = !Number.isNaN(hour.busyGco2eq);
  const counts = {
    hours: sums.hours + times,
    hoursWithCarbon: sums.hoursWithCarbon + (hasCarbon ? times : 0),
  };
  const hourOf = { ...hour, weightWithCarbon: hour.weight };
  return averageSums(counts, (name) => {
    const isOfCarbon = name === "weightWithCarbon" || name === "busyGco2eq" || name === "idleGco2eq";
    return isOfCarbon && !hasCarbon ? sums[name] : plus(sums[name], times * hourOf[name]);
  });
}

/** Whether this library may change the averages. */
export function isLearnt({ learnt }: MachineAverages): boolean {
  return learnt !== undefined;
}

/** The time whose hours have been pruned: they are in the sums for good, and are not learnt again if they come back. */
export function prunedTime({ learnt }: MachineAverages): Interval {
  const { from = 0, before } = learnt?.pruned ?? { before: 0 };
  return { from, to: before };
}

/** Only what pruned hours have taught: what averages are made of anew from. */
export function prunedAverages({ machine, learnt }: MachineAverages): MachineAverages {
  const pruned = learnt?.pruned;
  const hoursByBasis = basesOfPruned(pruned);
  return {
    ...{ machine, ...(pruned?.sums ?? NO_SUMS) },
    learnt: { isStale: false, hoursByBasis, ...(pruned && { pruned }) },
  };
}

/** Of what an older version kept nobody knows which basis it was. */
function basesOfPruned(pruned: Learnt["pruned"]): HoursByBasis {
  const unknown = pruned?.sums.hoursWithCarbon ?? 0;
  return pruned?.hoursByBasis ?? (unknown === 0 ? {} : { "": unknown });
}

/** The averages with these machine-hours, which are among its own, as hours of a time that were pruned. */
export function withPruned(
  averages: MachineAverages,
  hours: readonly MachineHour[],
  { from, to }: Interval,
): MachineAverages {
  const { pruned, ...learnt } = averages.learnt ?? { isStale: false };
  const sums = hours.reduce((sum, hour) => sumsWithHour(sum, hour, 1), pruned?.sums ?? NO_SUMS);
  const known = pruned === undefined ? { from, to } : prunedTime(averages);
  const time = { from: Math.min(known.from, from), before: Math.max(known.to, to) };
  const hoursByBasis = hours.reduce((all, hour) => basesWithHour(all, hour, 1), basesOfPruned(pruned));
  return { ...averages, learnt: { ...learnt, pruned: { ...time, sums, hoursByBasis } } };
}

/** The averages marked as behind what is stored, or not. */
export function marked(averages: MachineAverages, isStale: boolean): MachineAverages {
  return { ...averages, learnt: { ...averages.learnt, isStale } };
}

/** What is normal for a machine: means over its machine-hours. `null` where there is nothing to average. */
export interface MachineMeans extends GramBases {
  readonly machine: string;
  readonly hours: number;
  /** kWh a machine-hour. */
  readonly busyKwh: number | null;
  readonly idleKwh: number | null;
  /** Grams a machine-hour, of the hours that have carbon; those of two bases have no mean. */
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
 * import assert from "node:assert/strict";
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
  assertArgument("machineMeans", "averages", averages, OBJECT);
  const over = (sum: RunningSum, by: RunningSum, scale = 1): number | null =>
    total(by) > 0 ? total(sum) / (total(by) / scale) : null;
  const bases = gramBases(averages);
  return withoutMixedGrams({
    machine: averages.machine,
    hours: averages.hours,
    busyKwh: over(averages.busyKwh, averages.weight),
    idleKwh: over(averages.idleKwh, averages.weight),
    busyGco2eq: over(averages.busyGco2eq, averages.weightWithCarbon),
    idleGco2eq: over(averages.idleGco2eq, averages.weightWithCarbon),
    busyKwPerCpu: over(averages.busyKwh, averages.busyCpuSeconds, 3600),
    idleKwPerCpu: over(averages.idleKwh, averages.idleCpuSeconds, 3600),
    ...bases,
  });
}

/** What the grams count. Averages that somebody gave do not say. */
function gramBases({ learnt, hoursWithCarbon }: MachineAverages): GramBases {
  const { "": hoursOfUnknownBasis = 0, ...known } = learnt?.hoursByBasis ?? { "": hoursWithCarbon };
  return { bases: [...new Set(Object.keys(known).sort().flatMap(splitBases))], hoursOfUnknownBasis };
}
