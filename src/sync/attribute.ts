import type { Attribution } from "../attribution/attribution.js";
import type { Energy, PowerModel } from "../power/model.js";
import type { CpuHours, Host } from "../usage/cpu.js";
import type { HostProvenance, OwnerShare } from "../usage/provenance.js";
import { ADA, formatScope, type Scope } from "../usage/scope.js";
import { at } from "../usage/series.js";
import { hostProvenances } from "./host-rows.js";

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
  /** Of a scope of kind `host`: what is known of it in hour `t`, if it was up. */
  readonly host?: (t: number) => HostProvenance | undefined;
}

/** Energy of host `row` in hour `t`, where it is known already; `undefined` leaves it to the power model. */
export type KnownEnergy = (row: number, t: number) => Energy | undefined;

export interface AttributeOptions {
  readonly power: PowerModel;
  readonly energy?: KnownEnergy | undefined;
  readonly attribution: Attribution;
  /** Scopes that get sums even if no host belongs to them. */
  readonly always: readonly Scope[];
  /** Whether there are experiments to tell apart, and whether hosts are scopes of their own. */
  readonly experiments: boolean;
  readonly hosts: boolean;
}

/**
 * CPU-seconds of hosts to energy, and both to the sums of every scope. Each kind of scope takes every host-hour
 * exactly once, whole or in shares, so that every kind sums to `ada`. Hosts are taken in the order of their
 * labels: the same hours give the same bits whatever order they came in.
 */
export function attribute(cpu: CpuHours, options: AttributeOptions): ScopeSums[] {
  const count = cpu.hours.length;
  const table = new SumTable(count);
  for (const scope of options.always) table.of(scope);
  const scopesOf = (owner: OwnerShare): ScopeSums[] => [
    table.of({ kind: "project", name: owner.project }),
    table.of({ kind: "machine", name: owner.machine }),
    table.of({ kind: "user", name: owner.user }),
    table.of({ kind: "group", name: owner.group }),
    ...(options.experiments ? [table.of({ kind: "experiment", name: owner.experiment })] : []),
  ];
  // Owners are shared objects: their scopes are looked up once, not every hour.
  const looked = new Map<OwnerShare, ScopeSums[]>();
  const ada = table.of(ADA);
  const provenances = hostProvenances(cpu, options.attribution);
  for (const row of sortedRows(cpu.hosts)) {
    const host = cpu.hosts[row];
    if (host === undefined) continue;
    const whole = options.hosts
      ? [ada, table.of({ kind: "host", name: host.instance }, provenances(host.instance))]
      : [ada];
    for (let t = 0; t < count; t++) {
      const hour = hostHour(cpu, row, t, host, options);
      if (hour === undefined) continue;
      for (const sums of whole) addHour(sums, t, hour, 1, 1);
      for (const owner of options.attribution.ownersOf(row, t)) {
        const scopes = looked.get(owner) ?? scopesOf(owner);
        looked.set(owner, scopes);
        for (const sums of scopes) addHour(sums, t, hour, owner.busyShare, owner.idleShare);
      }
    }
  }
  return table.all();
}

interface HostHour {
  readonly busyCpuSeconds: number;
  readonly idleCpuSeconds: number;
  readonly busyKwh: number;
  readonly idleKwh: number;
  readonly expected: number;
  readonly covered: number;
}

/** One host's hour with its energy, or `undefined` if it was not there. */
function hostHour(
  cpu: CpuHours,
  row: number,
  t: number,
  host: Host,
  options: AttributeOptions,
): HostHour | undefined {
  const cell = row * cpu.hours.length + t;
  const expected = at(cpu.expectedCpuSeconds, cell);
  const observed = orZero(at(cpu.observedCpuSeconds, cell));
  if (expected === 0 && observed === 0) return undefined;
  const seconds = {
    busyCpuSeconds: orZero(at(cpu.busyCpuSeconds, cell)),
    idleCpuSeconds: orZero(at(cpu.idleCpuSeconds, cell)),
  };
  const energy =
    options.energy?.(row, t) ??
    options.power.energy(seconds, { machine: host.machine, hour: cpu.hours[t] ?? Number.NaN });
  return { ...seconds, ...energy, expected, covered: Math.min(observed, expected) };
}

function addHour(sums: ScopeSums, t: number, hour: HostHour, busyShare: number, idleShare: number): void {
  // What is expected and covered is time, which was held in proportion to what was used of it.
  const used = hour.busyCpuSeconds + hour.idleCpuSeconds;
  const share =
    used > 0
      ? (hour.busyCpuSeconds * busyShare + hour.idleCpuSeconds * idleShare) / used
      : (busyShare + idleShare) / 2;
  sums.busyCpuSeconds[t] = at(sums.busyCpuSeconds, t) + hour.busyCpuSeconds * busyShare;
  sums.idleCpuSeconds[t] = at(sums.idleCpuSeconds, t) + hour.idleCpuSeconds * idleShare;
  sums.busyKwh[t] = at(sums.busyKwh, t) + hour.busyKwh * busyShare;
  sums.idleKwh[t] = at(sums.idleKwh, t) + hour.idleKwh * idleShare;
  sums.expected[t] = at(sums.expected, t) + hour.expected * share;
  sums.covered[t] = at(sums.covered, t) + hour.covered * share;
}

/** The sums of each scope, made when first asked for. */
class SumTable {
  readonly #sums = new Map<string, ScopeSums>();
  readonly #count: number;

  constructor(count: number) {
    this.#count = count;
  }

  of(scope: Scope, host?: ScopeSums["host"]): ScopeSums {
    const key = formatScope(scope);
    const known = this.#sums.get(key);
    if (known !== undefined && (host === undefined || known.host !== undefined)) return known;
    const sums = { ...(known ?? zeroSums(scope, this.#count)), ...(host === undefined ? {} : { host }) };
    this.#sums.set(key, sums);
    return sums;
  }

  all(): ScopeSums[] {
    return [...this.#sums.values()];
  }
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

function sortedRows(hosts: readonly Host[]): number[] {
  const keys = hosts.map((host) => JSON.stringify([host.project, host.machine, host.user, host.instance]));
  return hosts.map((_, row) => row).sort((a, b) => ((keys[a] ?? "") < (keys[b] ?? "") ? -1 : 1));
}

function orZero(value: number): number {
  return Number.isNaN(value) ? 0 : value;
}
