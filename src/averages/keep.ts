import { rowsIn } from "../rows/batch.js";
import type { AverageStore, MachineAverages } from "../stores/average-store.js";
import { assertCall, type CallOptions } from "../stores/call-options.js";
import { AVERAGE_STORE, USAGE_STORE } from "../stores/port-rules.js";
import { readKind } from "../stores/read-kind.js";
import type { UsageStore } from "../stores/usage-store.js";
import { AdaCarbonError } from "../usage/errors.js";
import { EVER, type Hour, spanOf } from "../usage/hour.js";
import { assertArgument, TEXTS } from "../usage/options.js";
import { remembered } from "../usage/remembered.js";
import { outsideOf, QUANTITIES, type UsageSeries } from "../usage/series.js";
import { type DatedMachineHour, machineHours, machinesIn, sumsOfMachine } from "./facts.js";
import {
  isLearnt,
  marked,
  nothingLearnt,
  prunedAverages,
  prunedTime,
  withHour,
  withPruned,
} from "./machine-averages.js";
import { total } from "./running-sum.js";

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
  const before = rowsIn(hostsBefore, hosts);
  const learnt = await learntAverages(averages, machinesIn([...hosts, ...before]), options);
  await putSome(
    averages,
    learnt.map((machineAverages) => marked(machineAverages, true)),
    options,
  );
  await assertKeepsLearnt(averages, learnt[0], options);
  await usage.replace(series, options);
  const changed = new Map(learnt.map((machineAverages) => [machineAverages.machine, machineAverages]));
  apply(changed, hosts, 1);
  apply(changed, before, -1);
  await putSome(averages, [...changed.values()], options);
}

/** A store that forgets that averages were learnt would have them taken for given, and never changed again. */
async function assertKeepsLearnt(
  averages: AverageStore,
  put: MachineAverages | undefined,
  options: CallOptions,
): Promise<void> {
  if (put === undefined) return;
  const kept = await averages.get(put.machine, options);
  if (kept?.learnt?.isStale === true) return;
  throw new AdaCarbonError(
    "store-unavailable",
    `the averages of ${JSON.stringify(put.machine)} came back without what was put into their member learnt; the store of averages must keep it (averageStoreSuite of ada-carbon/testing tests that)`,
  );
}

/** What is kept of machines, without what somebody gave. */
async function learntAverages(
  averages: AverageStore,
  machines: ReadonlySet<string>,
  options: CallOptions,
): Promise<MachineAverages[]> {
  const kept: MachineAverages[] = [];
  for (const machine of machines) kept.push((await averages.get(machine, options)) ?? nothingLearnt(machine));
  return kept.filter(isLearnt);
}

/** Host by host: machine-hours of a million rows at once would be half a gigabyte. */
function apply(changed: Map<string, MachineAverages>, hosts: readonly UsageSeries[], times: 1 | -1): void {
  for (const host of hosts) {
    for (const hour of machineHours([host])) {
      const known = changed.get(hour.machine);
      if (known !== undefined && !isPruned(known, hour))
        changed.set(hour.machine, withHour(known, hour, times));
    }
  }
}

/** Hours of the time that was pruned are learnt already, also when they come back or are corrected. */
function isPruned(averages: MachineAverages, { hour }: DatedMachineHour): boolean {
  const { from, to } = prunedTime(averages);
  return from <= hour && hour < to;
}

async function putSome(
  store: AverageStore,
  averages: readonly MachineAverages[],
  options: CallOptions,
): Promise<void> {
  if (averages.length > 0) await store.put(averages, options);
}

/**
 * Makes anew the averages that a run left behind when it was cut off, those of machines of which none are kept yet, and
 * those that are not what the stored hours add up to, as after rows were written without them. Says which.
 */
export async function repairAverages(
  usage: UsageStore,
  averages: AverageStore,
  options: CallOptions = {},
): Promise<string[]> {
  assertArgument("repairAverages", "usage", usage, USAGE_STORE);
  assertArgument("repairAverages", "averages", averages, AVERAGE_STORE);
  assertCall("repairAverages", options);
  const rowsOf = new Map<string, UsageSeries>();
  for (const rows of await readKind(usage, "machine", EVER, options)) rowsOf.set(rows.scope.name, rows);
  const behind: string[] = [];
  for (const machine of new Set([...rowsOf.keys(), ...(await averages.list(options))])) {
    const known = await averages.get(machine, options);
    if (known === undefined || (isLearnt(known) && !isAsStored(known, rowsOf.get(machine))))
      behind.push(machine);
  }
  if (behind.length > 0) await rebuildAverages(usage, averages, behind, options);
  return behind;
}

/** Averages that differ from the facts by more than this (relative) have missed something. */
const DRIFT = 1e-9;

/** Whether averages are right for all that can be told from the rows of their machine. */
function isAsStored(averages: MachineAverages, rows: UsageSeries | undefined): boolean {
  const { learnt } = averages;
  if (learnt?.isStale === true || learnt?.hoursByBasis === undefined) return false;
  const stored = sumsOfMachine(rows && outsideOf(rows, prunedTime(averages)));
  return QUANTITIES.every((name) => {
    const kept = total(averages[name]) - (learnt?.pruned === undefined ? 0 : total(learnt.pruned.sums[name]));
    const scale = Math.max(Math.abs(total(averages[name])), stored[name]);
    return Math.abs(kept - stored[name]) <= DRIFT * scale;
  });
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
  assertArgument("rebuildAverages", "machines", machines, TEXTS);
  assertArgument("rebuildAverages", "usage", usage, USAGE_STORE);
  assertArgument("rebuildAverages", "averages", averages, AVERAGE_STORE);
  assertCall("rebuildAverages", options);
  const fresh = new Map<string, MachineAverages>();
  for (const machine of machines) {
    const known = (await averages.get(machine, options)) ?? nothingLearnt(machine);
    if (isLearnt(known)) fresh.set(machine, prunedAverages(known));
  }
  if (fresh.size === 0) return;
  for (const scope of await usage.scopes("host", options))
    apply(fresh, [await usage.read(scope, EVER, options)], 1);
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
    for (const hour of machineHours([await usage.read(scope, { ...EVER, to: before }, options)])) {
      remembered(going, hour.machine, () => []).push(hour);
    }
  }
  const kept: MachineAverages[] = [];
  for (const machine of await averages.list(options)) {
    const known = await averages.get(machine, options);
    if (known === undefined || !isLearnt(known)) continue;
    const hours = (going.get(machine) ?? []).filter((hour) => !isPruned(known, hour));
    if (hours.length > 0)
      kept.push(withPruned(known, hours, spanOf(hours.map(({ hour }) => hour).sort((a, b) => a - b))));
  }
  await putSome(averages, kept, options);
}
