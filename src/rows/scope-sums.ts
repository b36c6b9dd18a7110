import { byCodeUnit } from "../usage/code-units.js";
import type { Host } from "../usage/cpu.js";
import type { HostProvenance, OwnerShare } from "../usage/provenance.js";
import { remembered } from "../usage/remembered.js";
import { ADA, formatScope, type Scope } from "../usage/scope.js";
import { HostColumns } from "./host-columns.js";
import type { HostHours } from "./host-hours.js";
import { hostProvenances } from "./host-provenance.js";
import { type ScopeSums, ScopeTally } from "./scope-tally.js";

/** Which scopes take a host's hours. Those of one kind must take every host-hour once, whole or in shares. */
export interface ScopeChoice {
  /** The scopes that take all of it. */
  readonly ofHost: (host: Host) => readonly Scope[];
  /** The scopes that take an owner's share of it. */
  readonly ofOwner: (owner: OwnerShare) => readonly Scope[];
}

const OWNER_KINDS = ["project", "machine", "user", "group", "experiment"] as const;

/** Every scope there is: what the jobs store. Each kind sums to `ada`. */
export function everyScope(which: { readonly experiments: boolean; readonly hosts: boolean }): ScopeChoice {
  const kinds = which.experiments ? OWNER_KINDS : OWNER_KINDS.filter((kind) => kind !== "experiment");
  return {
    ofHost: ({ instance }) => (which.hosts ? [ADA, { kind: "host", name: instance }] : [ADA]),
    ofOwner: (owner) => kinds.map((kind) => ({ kind, name: owner[kind] })),
  };
}

/**
 * The sums of every scope. Hosts are taken in the order of their labels:
 * the same hours give the same bits whatever order they came in.
 *
 * @param always Scopes that get sums even if no host belongs to them.
 */
export function* sumsOfScopes(
  hosts: HostHours,
  choice: ScopeChoice,
  always: readonly Scope[],
): Generator<ScopeSums, void> {
  const { cpu, attribution } = hosts;
  const count = cpu.hours.length;
  const tallies = new TallyTable(count, hostProvenances(hosts));
  for (const scope of always) tallies.of(scope);
  // Owners are shared objects: their scopes are looked up once, not every hour.
  const talliesOf = new Map<OwnerShare, ScopeTally[]>();
  const host = new HostColumns(hosts);
  for (const row of sortedRows(cpu.hosts)) {
    const labels = cpu.hosts[row];
    if (labels === undefined) continue;
    host.load(row);
    for (const scope of choice.ofHost(labels)) tallies.of(scope).add(host, 0, count, WHOLE);
    for (let from = 0, to = 0; from < count; from = to) {
      const owners = attribution.ownersOf(row, from);
      do to++;
      while (to < count && attribution.ownersOf(row, to) === owners);
      for (const owner of owners) {
        const known = remembered(talliesOf, owner, () =>
          choice.ofOwner(owner).map((scope) => tallies.of(scope)),
        );
        for (const tally of known) tally.add(host, from, to, owner);
      }
    }
  }
  yield* tallies.takeAll();
}

const WHOLE = { busyShare: 1, idleShare: 1 };

/** The tally of each scope, made when first asked for. */
class TallyTable {
  readonly #tallies = new Map<string, ScopeTally>();
  readonly #count: number;
  readonly #hostOf: (instance: string) => (t: number) => HostProvenance | undefined;

  constructor(count: number, hostOf: (instance: string) => (t: number) => HostProvenance | undefined) {
    this.#count = count;
    this.#hostOf = hostOf;
  }

  of(scope: Scope): ScopeTally {
    return remembered(this.#tallies, formatScope(scope), () => {
      const host = scope.kind === "host" ? this.#hostOf(scope.name) : undefined;
      return new ScopeTally(scope, this.#count, host);
    });
  }

  /** Each is given away: of ten thousand hosts, those that are done need not be kept until the last one is. */
  *takeAll(): Generator<ScopeSums, void> {
    for (const [key, tally] of this.#tallies) {
      this.#tallies.delete(key);
      yield tally.sums();
    }
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
  return a === null || b === null ? Number(b === null) - Number(a === null) : byCodeUnit(a, b);
}
