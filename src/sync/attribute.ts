import type { PowerModel } from "../power/model.js";
import type { CpuHours, Host } from "../usage/cpu.js";
import { ADA, formatScope, type Scope, UNATTRIBUTED } from "../usage/scope.js";
import { at } from "../usage/series.js";

/** The sums of one scope over the hosts that belong to it, hour by hour. Additive: scopes can be compared. */
export interface ScopeSums {
  readonly scope: Scope;
  readonly busyCpuSeconds: Float64Array;
  readonly idleCpuSeconds: Float64Array;
  readonly busyKwh: Float64Array;
  readonly idleKwh: Float64Array;
  /** CPU-seconds expected of the hosts known in the hour, and how many of those were observed. */
  readonly expected: Float64Array;
  readonly covered: Float64Array;
}

/** To whom the labels of a host say that it belongs: each kind exactly once, so that every kind sums to `ada`. */
export function scopesByLabels(host: Host, groupOf: (host: Host) => string): Scope[] {
  return [
    ADA,
    { kind: "project", name: host.project },
    { kind: "machine", name: host.machine ?? UNATTRIBUTED },
    { kind: "user", name: host.user ?? UNATTRIBUTED },
    { kind: "group", name: groupOf(host) || UNATTRIBUTED },
  ];
}

/**
 * CPU-seconds of hosts to energy, and both to the sums of every scope. `always` are scopes that get sums
 * even if no host belongs to them. Hosts are taken in the order of their labels, so that the same hours
 * give the same bits whatever order they came in.
 */
export function attribute(
  cpu: CpuHours,
  power: PowerModel,
  groupOf: (host: Host) => string,
  always: readonly Scope[],
): ScopeSums[] {
  const count = cpu.hours.length;
  const sums = new Map<string, ScopeSums>();
  const sumsOf = (scope: Scope): ScopeSums => {
    const key = formatScope(scope);
    const known = sums.get(key) ?? zeroSums(scope, count);
    sums.set(key, known);
    return known;
  };
  for (const scope of always) sumsOf(scope);
  for (const row of sortedRows(cpu.hosts)) {
    const host = cpu.hosts[row];
    if (host === undefined) continue;
    const owners = scopesByLabels(host, groupOf).map(sumsOf);
    for (let t = 0; t < count; t++) addHostHour(cpu, row, t, host, power, owners);
  }
  return [...sums.values()];
}

function addHostHour(
  cpu: CpuHours,
  row: number,
  t: number,
  host: Host,
  power: PowerModel,
  owners: readonly ScopeSums[],
): void {
  const cell = row * cpu.hours.length + t;
  const expected = at(cpu.expectedCpuSeconds, cell);
  const observed = orZero(at(cpu.observedCpuSeconds, cell));
  if (expected === 0 && observed === 0) return;
  const seconds = {
    busyCpuSeconds: orZero(at(cpu.busyCpuSeconds, cell)),
    idleCpuSeconds: orZero(at(cpu.idleCpuSeconds, cell)),
  };
  const energy = power.energy(seconds, { machine: host.machine, hour: cpu.hours[t] ?? Number.NaN });
  const covered = Math.min(observed, expected);
  for (const owner of owners) {
    owner.busyCpuSeconds[t] = at(owner.busyCpuSeconds, t) + seconds.busyCpuSeconds;
    owner.idleCpuSeconds[t] = at(owner.idleCpuSeconds, t) + seconds.idleCpuSeconds;
    owner.busyKwh[t] = at(owner.busyKwh, t) + energy.busyKwh;
    owner.idleKwh[t] = at(owner.idleKwh, t) + energy.idleKwh;
    owner.expected[t] = at(owner.expected, t) + expected;
    owner.covered[t] = at(owner.covered, t) + covered;
  }
}

function sortedRows(hosts: readonly Host[]): number[] {
  const keys = hosts.map((host) => JSON.stringify([host.project, host.machine, host.user, host.instance]));
  return hosts.map((_, row) => row).sort((a, b) => ((keys[a] ?? "") < (keys[b] ?? "") ? -1 : 1));
}

function zeroSums(scope: Scope, count: number): ScopeSums {
  const column = (): Float64Array => new Float64Array(count);
  return {
    scope,
    busyCpuSeconds: column(),
    idleCpuSeconds: column(),
    busyKwh: column(),
    idleKwh: column(),
    expected: column(),
    covered: column(),
  };
}

function orZero(value: number): number {
  return Number.isNaN(value) ? 0 : value;
}
