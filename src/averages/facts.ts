import { sumOfShares, timeShare } from "../rows/time-share.js";
import type { AverageStore, MachineAverages } from "../stores/average-store.js";
import type { CallOptions } from "../stores/call-options.js";
import type { UsageStore } from "../stores/usage-store.js";
import type { Scope } from "../usage/scope.js";
import { at, type UsageSeries } from "../usage/series.js";
import { Sum } from "../usage/sum.js";
import { type MachineHour, noAverages, withHour } from "./machine-averages.js";
import { MACHINE_AVERAGE } from "./model.js";
import { total } from "./running-sum.js";

const EVER = { from: 0, to: Number.MAX_SAFE_INTEGER };

/**
 * The machine-hours in rows of kind `host`. Rows without energy are none, and neither are those whose energy
 * came from averages: they would confirm themselves.
 */
export function machineHours(hosts: readonly UsageSeries[]): MachineHour[] {
  return hosts.flatMap((series) =>
    series.hours.flatMap((_, i): MachineHour[] => {
      const { host, model } = series.provenance[i] ?? {};
      const { spread = 0 } = series.provenance[i] ?? {};
      // What was spread over a gap is energy of the hour, too.
      const coverage = at(series.coverage, i) + spread;
      if (host === undefined || !counts(series, i, model)) return [];
      const byMachine = Map.groupBy(host.owners, ({ machine }) => machine);
      return [...byMachine].map(([machine, owners]) => {
        const shares = sumOfShares(owners);
        const { busyShare: busy, idleShare: idle } = shares;
        const [busyCpuSeconds, idleCpuSeconds] = [at(series.busyCpuSeconds, i), at(series.idleCpuSeconds, i)];
        return {
          machine,
          weight: coverage * timeShare({ busyCpuSeconds, idleCpuSeconds }, shares),
          busyCpuSeconds: busyCpuSeconds * busy,
          idleCpuSeconds: idleCpuSeconds * idle,
          busyKwh: at(series.busyKwh, i) * busy,
          idleKwh: at(series.idleKwh, i) * idle,
          busyGco2eq: at(series.busyGco2eq, i) * busy,
          idleGco2eq: at(series.idleGco2eq, i) * idle,
        };
      });
    }),
  );
}

function counts(series: UsageSeries, i: number, model: string | null | undefined): boolean {
  if (Number.isNaN(at(series.busyKwh, i)) || model?.startsWith(MACHINE_AVERAGE) === true) return false;
  return at(series.busyCpuSeconds, i) + at(series.idleCpuSeconds, i) > 0;
}

/** Brings averages up to date after rows of kind `host` have been replaced: `before` out, `after` in. */
export async function replaceInAverages(
  store: AverageStore,
  before: readonly UsageSeries[],
  after: readonly UsageSeries[],
  options: CallOptions = {},
): Promise<void> {
  const changed = new Map<string, MachineAverages>();
  const apply = async (hours: readonly MachineHour[], times: 1 | -1): Promise<void> => {
    for (const hour of hours) {
      const known =
        changed.get(hour.machine) ?? (await store.get(hour.machine, options)) ?? noAverages(hour.machine);
      changed.set(hour.machine, withHour(known, hour, times));
    }
  };
  await apply(machineHours(after), 1);
  await apply(machineHours(before), -1);
  await putOrRemove(store, changed, options);
}

async function putOrRemove(
  store: AverageStore,
  changed: ReadonlyMap<string, MachineAverages>,
  options: CallOptions,
): Promise<void> {
  const [some, none] = [
    [...changed.values()].filter(({ hours }) => hours > 0),
    [...changed.values()].filter(({ hours }) => hours <= 0),
  ];
  if (some.length > 0) await store.put(some, options);
  if (none.length > 0)
    await store.remove(
      none.map(({ machine }) => machine),
      options,
    );
}

/** Averages that differ from the facts by more than this (relative) have missed something. */
const DRIFT = 1e-9;

/**
 * Holds averages against the stored hours of their machines, and makes those that differ anew from the rows
 * of kind `host`: after a crash between the two, or when averages are kept for the first time. Says which.
 */
export async function repairAverages(
  usage: UsageStore,
  averages: AverageStore,
  options: CallOptions = {},
): Promise<string[]> {
  const machines = await usage.scopes("machine", options);
  const names = new Set([...machines.map(({ name }) => name), ...(await averages.list(options))]);
  const wrong: string[] = [];
  for (const name of names) {
    const known = await averages.get(name, options);
    const series = await usage.read({ kind: "machine", name }, EVER, options);
    const facts = new Sum();
    series.hours.forEach((_, i) => {
      if (counts(series, i, series.provenance[i]?.model))
        facts.add(at(series.busyKwh, i) + at(series.idleKwh, i));
    });
    const kept = known === undefined ? 0 : total(known.busyKwh) + total(known.idleKwh);
    if (Math.abs(kept - facts.value) > DRIFT * Math.max(kept, facts.value)) wrong.push(name);
  }
  if (wrong.length > 0) await rebuildAverages(usage, averages, wrong, options);
  return wrong;
}

/** Makes the averages of these machines anew from all stored rows of kind `host`. */
export async function rebuildAverages(
  usage: UsageStore,
  averages: AverageStore,
  machines: readonly string[],
  options: CallOptions = {},
): Promise<void> {
  const fresh = new Map(machines.map((machine) => [machine, noAverages(machine)]));
  for (const scope of await usage.scopes("host", options)) {
    for (const hour of machineHours([await usage.read(scope satisfies Scope, EVER, options)])) {
      const known = fresh.get(hour.machine);
      if (known !== undefined) fresh.set(hour.machine, withHour(known, hour));
    }
  }
  await putOrRemove(averages, fresh, options);
}
