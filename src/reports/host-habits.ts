import { eachScope } from "../stores/read-kind.js";
import type { UsageStore } from "../stores/usage-store.js";
import type { Interval } from "../usage/hour.js";
import { remembered } from "../usage/remembered.js";
import { formatScope } from "../usage/scope.js";
import type { UsageSeries } from "../usage/series.js";
import { type IdleHabit, type IdleSpell, idleHabit, idleSpell, usedTimes } from "./idle-spell.js";

/** What is kept of a host of the last weeks: a line, whatever the number of its hours. */
interface HostHabit extends IdleHabit, IdleSpell {
  readonly instance: string;
  readonly project: string;
  readonly machine: string | null;
  /** Whoever had the most of its last hour. */
  readonly user: string;
  readonly group: string;
}

/** Quartiles over the machines of a type. */
export interface Quartiles {
  readonly p25: number;
  readonly median: number;
  readonly p75: number;
  readonly machines: number;
}

/** How the machines of a type are used. */
interface MachineHabit {
  readonly idleShare: Quartiles;
  readonly idleKwhADay: number | null;
}

export interface HostHabits {
  readonly hosts: ReadonlyMap<string, HostHabit>;
  readonly machines: ReadonlyMap<string, MachineHabit>;
  /** Who had machines of each project, type of machine, group and experiment, by `formatScope`. */
  readonly users: ReadonlyMap<string, ReadonlySet<string>>;
}

/** Of fewer machines, what is usual would tell of single ones. */
const LEAST_MACHINES = 5;

/** How all hosts were used in an interval. Of each, the rows are read, a line is kept, and the rows are let go. */
export async function readHostHabits(
  store: UsageStore,
  interval: Interval,
  signal: AbortSignal | undefined,
): Promise<HostHabits> {
  const scopes = await store.scopes("host", { signal });
  const hosts = new Map<string, HostHabit>();
  const users = new Map<string, Set<string>>();
  await eachScope(scopes, async (scope) => {
    const series = await store.read(scope, interval, { signal });
    const habit = habitOf(series, interval.to);
    if (habit !== undefined) hosts.set(habit.instance, habit);
    noteUsers(series, users);
  });
  return { hosts, machines: machineHabits([...hosts.values()]), users };
}

function noteUsers({ provenance }: UsageSeries, users: Map<string, Set<string>>): void {
  const owners = new Set(provenance.map(({ host }) => host?.owners));
  for (const owner of [...owners].flatMap((some) => some ?? []))
    for (const kind of ["project", "machine", "group", "experiment"] as const) {
      const key = formatScope({ kind, name: owner[kind] });
      remembered(users, key, () => new Set()).add(owner.user);
    }
}

function habitOf(series: UsageSeries, now: number): HostHabit | undefined {
  const host = series.provenance.findLast((provenance) => provenance.host !== undefined)?.host;
  if (host === undefined) return undefined;
  const [first, ...others] = host.owners;
  const owner = others.reduce((most, one) => (most && one.idleShare > most.idleShare ? one : most), first);
  if (owner === undefined) return undefined;
  return {
    instance: series.scope.name,
    project: owner.project,
    machine: host.machine,
    user: owner.user,
    group: owner.group,
    ...idleHabit(series),
    ...idleSpell(usedTimes(series), now),
  };
}

function machineHabits(hosts: readonly HostHabit[]): Map<string, MachineHabit> {
  const habits = new Map<string, MachineHabit>();
  for (const [machine, ofMachine] of Map.groupBy(hosts, ({ machine }) => machine)) {
    const shares = ofMachine.flatMap(({ idleShare }) => idleShare ?? []).sort((a, b) => a - b);
    if (machine === null || shares.length < LEAST_MACHINES) continue;
    const kwh = ofMachine.flatMap(({ idleKwhADay }) => idleKwhADay ?? []).sort((a, b) => a - b);
    habits.set(machine, {
      idleShare: {
        p25: quantile(shares, 0.25),
        median: quantile(shares, 0.5),
        p75: quantile(shares, 0.75),
        machines: shares.length,
      },
      idleKwhADay: kwh.length === 0 ? null : quantile(kwh, 0.5),
    });
  }
  return habits;
}

/** Between the two values around it, as most tools do. */
function quantile(ascending: readonly number[], share: number): number {
  const place = (ascending.length - 1) * share;
  const [below, above] = [ascending[Math.floor(place)] ?? 0, ascending[Math.ceil(place)] ?? 0];
  return below + (above - below) * (place - Math.floor(place));
}
