import type { Attribution } from "../attribution/attribution.js";
import type { CpuHours, Host } from "../usage/cpu.js";
import type { OwnerShare } from "../usage/provenance.js";
import { ADA, type Scope, type ScopeKind } from "../usage/scope.js";
import { type EnergyRules, HostHours } from "./host-hours.js";
import { hostProvenances } from "./host-rows.js";
import { type ScopeSums, ScopeTally } from "./scope-tally.js";

export interface AttributeOptions extends EnergyRules {
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
  const scopesOf = (owner: OwnerShare): ScopeTally[] => [
    table.of({ kind: "project", name: owner.project }),
    table.of({ kind: "machine", name: owner.machine }),
    table.of({ kind: "user", name: owner.user }),
    table.of({ kind: "group", name: owner.group }),
    ...(options.experiments ? [table.of({ kind: "experiment", name: owner.experiment })] : []),
  ];
  // Owners are shared objects: their scopes are looked up once, not every hour.
  const looked = new Map<OwnerShare, ScopeTally[]>();
  const ada = table.of(ADA);
  const provenances = options.hosts ? hostProvenances(cpu, options.attribution) : undefined;
  const hours = new HostHours(cpu, options);
  for (const row of sortedRows(cpu.hosts)) {
    const host = cpu.hosts[row];
    if (host === undefined) continue;
    hours.load(row, host);
    ada.add(hours, 0, count, WHOLE);
    if (provenances !== undefined) {
      const scope: Scope = { kind: "host", name: host.instance };
      table.of(scope, provenances(host.instance)).add(hours, 0, count, WHOLE);
    }
    for (let from = 0, to = 0; from < count; from = to) {
      const owners = options.attribution.ownersOf(row, from);
      do to++;
      while (to < count && options.attribution.ownersOf(row, to) === owners);
      for (const owner of owners) {
        const scopes = looked.get(owner) ?? scopesOf(owner);
        looked.set(owner, scopes);
        for (const sums of scopes) sums.add(hours, from, to, owner);
      }
    }
  }
  return table.all();
}

const WHOLE = { busyShare: 1, idleShare: 1 };

/** The sums of each scope, made when first asked for. */
class SumTable {
  // By kind and then by name: a key of both would be a new string each time.
  readonly #sums = new Map<ScopeKind, Map<string, ScopeTally>>();
  readonly #all: ScopeTally[] = [];
  readonly #count: number;

  constructor(count: number) {
    this.#count = count;
  }

  of(scope: Scope, host?: ScopeSums["host"]): ScopeTally {
    const ofKind = this.#sums.get(scope.kind) ?? new Map<string, ScopeTally>();
    this.#sums.set(scope.kind, ofKind);
    let sums = ofKind.get(scope.name);
    if (sums === undefined) {
      sums = new ScopeTally(scope, this.#count);
      ofKind.set(scope.name, sums);
      this.#all.push(sums);
    }
    sums.host ??= host;
    return sums;
  }

  all(): ScopeSums[] {
    return this.#all.map((tally) => tally.sums());
  }
}

function sortedRows(hosts: readonly Host[]): number[] {
  return [...hosts.keys()].sort((i, k) => {
    const [a, b] = [hosts[i], hosts[k]];
    if (a === undefined || b === undefined) return 0;
    return (
      compare(a.project, b.project) ||
      compare(a.machine, b.machine) ||
      compare(a.user, b.user) ||
      compare(a.instance, b.instance)
    );
  });
}

/** By code units, whatever the language here; no label comes first. */
function compare(a: string | null, b: string | null): number {
  if (a === b) return 0;
  return a === null || (b !== null && a < b) ? -1 : 1;
}
