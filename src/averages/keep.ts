import { rowsIn } from "../rows/batch.js";
import type { AverageStore, MachineAverages } from "../stores/average-store.js";
import type { CallOptions } from "../stores/call-options.js";
import type { UsageStore } from "../stores/usage-store.js";
import type { Hour } from "../usage/hour.js";
import type { UsageSeries } from "../usage/series.js";
import { type DatedMachineHour, machineHours } from "./facts.js";
import {
  isLearnt,
  learntFrom,
  marked,
  nothingLearnt,
  prunedAverages,
  withHour,
  withPruned,
} from "./machine-averages.js";

const EVER = { from: 0, to: Number.MAX_SAFE_INTEGER };

/**
 * Stores rows, and has the averages follow: hours that were replaced go out, the new ones come in. The averages
 * concerned are marked as stale before, and are right again afterwards, so that a crash in between is seen by
 * {@link repairAverages}. Averages that somebody gave stay as they are.
 *
 * @param hostsBefore The stored rows of kind `host` of the same hours; those whose place new ones take go out.
 */
export async function replaceRows(
  usage: UsageStore,
  averages: AverageStore | undefined,
  series: readonly UsageSeries[],
  hostsBefore: readonly UsageSeries[],
  options: CallOptions = {},
): Promise<void> {
  if (averages === undefined) return usage.replace(series, options);
  const hosts = series.filter(({ scope }) => scope.kind === "host");
  const after = machineHours(hosts);
  const before = machineHours(rowsIn(hostsBefore, hosts));
  const learnt = await learntAverages(averages, [...after, ...before], options);
  await putSome(
    averages,
    learnt.map((each) => marked(each, true)),
    options,
  );
  await usage.replace(series, options);
  const changed = new Map(learnt.map((each) => [each.machine, each]));
  apply(changed, after, 1);
  apply(changed, before, -1);
  await putSome(averages, [...changed.values()], options);
}

/** What is kept of the machines of these hours, without what somebody gave. */
async function learntAverages(
  averages: AverageStore,
  hours: readonly DatedMachineHour[],
  options: CallOptions,
): Promise<MachineAverages[]> {
  const machines = new Set(hours.map(({ machine }) => machine));
  const kept: MachineAverages[] = [];
  for (const machine of machines) kept.push((await averages.get(machine, options)) ?? nothingLearnt(machine));
  return kept.filter(isLearnt);
}

function apply(
  changed: Map<string, MachineAverages>,
  hours: readonly DatedMachineHour[],
  times: 1 | -1,
): void {
  for (const hour of hours) {
    const known = changed.get(hour.machine);
    if (known !== undefined && hour.hour >= learntFrom(known))
      changed.set(hour.machine, withHour(known, hour, times));
  }
}

async function putSome(
  store: AverageStore,
  averages: readonly MachineAverages[],
  options: CallOptions,
): Promise<void> {
  if (averages.length > 0) await store.put(averages, options);
}

/**
 * Makes anew the averages that a run left behind when it was cut off, and those of machines of which none are kept yet.
 * Says which.
 */
export async function repairAverages(
  usage: UsageStore,
  averages: AverageStore,
  options: CallOptions = {},
): Promise<string[]> {
  const machines = await usage.scopes("machine", options);
  const kept = await averages.list(options);
  const behind = machines.map(({ name }) => name).filter((name) => !kept.includes(name));
  for (const machine of kept) {
    const known = await averages.get(machine, options);
    if (known?.learnt?.isStale === true) behind.push(machine);
  }
  if (behind.length > 0) await rebuildAverages(usage, averages, behind, options);
  return behind;
}

/**
 * Makes the averages of these machines anew from all stored rows of kind `host`. What pruned hours have taught stays,
 * and so do averages that somebody gave.
 */
export async function rebuildAverages(
  usage: UsageStore,
  averages: AverageStore,
  machines: readonly string[],
  options: CallOptions = {},
): Promise<void> {
  const fresh = new Map<string, MachineAverages>();
  for (const machine of machines) {
    const known = (await averages.get(machine, options)) ?? nothingLearnt(machine);
    if (isLearnt(known)) fresh.set(machine, prunedAverages(known));
  }
  if (fresh.size === 0) return;
  for (const scope of await usage.scopes("host", options))
    apply(fresh, machineHours([await usage.read(scope, EVER, options)]), 1);
  await putSome(averages, [...fresh.values()], options);
}

/** Keeps what hours that are about to be pruned have taught; to be called before their rows are removed. */
export async function keepPruned(
  usage: UsageStore,
  averages: AverageStore,
  before: Hour,
  options: CallOptions = {},
): Promise<void> {
  await repairAverages(usage, averages, options);
  const going = new Map<string, DatedMachineHour[]>();
  for (const scope of await usage.scopes("host", options)) {
    for (const hour of machineHours([await usage.read(scope, { from: 0, to: before }, options)])) {
      const ofMachine = going.get(hour.machine) ?? [];
      ofMachine.push(hour);
      going.set(hour.machine, ofMachine);
    }
  }
  const kept: MachineAverages[] = [];
  for (const machine of await averages.list(options)) {
    const known = await averages.get(machine, options);
    if (known === undefined || !isLearnt(known) || learntFrom(known) >= before) continue;
    const hours = (going.get(machine) ?? []).filter(({ hour }) => hour >= learntFrom(known));
    kept.push(withPruned(known, hours, before));
  }
  await putSome(averages, kept, options);
}
