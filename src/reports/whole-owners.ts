import type { Hour } from "../usage/hour.js";
import { CPU_TIME_ERROR } from "../usage/physical.js";
import type { HostProvenance } from "../usage/provenance.js";
import { remembered } from "../usage/remembered.js";
import { numberAt, type UsageSeries } from "../usage/series.js";
import { isInPlace, type PartKind, type Place } from "./place.js";

/** What an owner of a kind had of hosts that were read. */
export interface OwnerFound {
  readonly name: string;
  /** The hosts of which it had something. */
  readonly hosts: ReadonlySet<string>;
  /** Whether a stored series of it holds just what was found: nothing of it lies elsewhere, seen or unseen. */
  isAllOf(stored: UsageSeries): boolean;
}

/**
 * Finds out who had something in a place by one look at the rows of hosts, without making rows of their parts: most
 * owners have all they have in one place, and then their stored rows are the answer.
 */
export class WholeOwners {
  readonly #place: Place;
  readonly #kind: PartKind;
  readonly #rowOf: ReadonlyMap<Hour, number>;
  readonly #uses = new Map<string, OwnerUse>();

  /** @param hours Those that are looked at, ascending. */
  constructor(place: Place, kind: PartKind, hours: readonly Hour[]) {
    this.#place = place;
    this.#kind = kind;
    this.#rowOf = new Map(hours.map((hour, row) => [hour, row]));
  }

  add(host: UsageSeries): void {
    let known: HostProvenance | undefined;
    let use: OwnerUse | undefined;
    host.hours.forEach((hour, i) => {
      const row = this.#rowOf.get(hour);
      const now = host.provenance[i]?.host;
      if (row === undefined || now === undefined) return;
      // Neighbouring hours mostly share their provenance.
      if (now !== known) use = this.#onlyOwner(host.scope.name, now);
      known = now;
      use?.add(row, host, i, now);
    });
  }

  /** Whoever had something in the place. */
  get found(): OwnerFound[] {
    return [...this.#uses.values()].filter((use) => use.isInside);
  }

  /** The one who had the whole host, in the place. Of several owners, all are noted as owners of parts. */
  #onlyOwner(host: string, { owners }: HostProvenance): OwnerUse | undefined {
    const [only] = owners;
    const isShared = owners.length !== 1;
    for (const owner of owners) {
      const name = this.#kind === "host" ? host : owner[this.#kind];
      const use = remembered(this.#uses, name, () => new OwnerUse(name, this.#rowOf));
      use.note(host, isInPlace(this.#place, owner), isShared);
      if (owner === only && !isShared) return use;
    }
    return undefined;
  }
}

/** Less than this (relative) is rounding. */
const ROUNDING = 1e-9;

/** Sums by hour of the hosts that an owner had. */
class OwnerUse implements OwnerFound {
  readonly name: string;
  readonly hosts = new Set<string>();
  isInside = false;
  #isElsewhere = false;
  readonly #rowOf: ReadonlyMap<Hour, number>;
  readonly #cpuSeconds: Float64Array;
  readonly #observed: Float64Array;
  readonly #expected: Float64Array;

  constructor(name: string, rowOf: ReadonlyMap<Hour, number>) {
    this.name = name;
    this.#rowOf = rowOf;
    this.#cpuSeconds = new Float64Array(rowOf.size);
    this.#observed = new Float64Array(rowOf.size);
    this.#expected = new Float64Array(rowOf.size);
  }

  note(host: string, isInside: boolean, isShared: boolean): void {
    this.hosts.add(host);
    if (isInside) this.isInside = true;
    if (!isInside || isShared) this.#isElsewhere = true;
  }

  add(row: number, series: UsageSeries, i: number, { expectedCpuSeconds }: HostProvenance): void {
    const cpuSeconds = numberAt(series.busyCpuSeconds, i) + numberAt(series.idleCpuSeconds, i);
    this.#expected[row] = numberAt(this.#expected, row) + expectedCpuSeconds;
    if (Number.isNaN(cpuSeconds)) return;
    const covered = numberAt(series.coverage, i) * expectedCpuSeconds;
    const isSpread = (series.provenance[i]?.spread ?? 0) > 0;
    this.#cpuSeconds[row] = numberAt(this.#cpuSeconds, row) + cpuSeconds;
    this.#observed[row] = numberAt(this.#observed, row) + (covered > 0 || isSpread ? covered : cpuSeconds);
  }

  isAllOf(stored: UsageSeries): boolean {
    if (this.#isElsewhere) return false;
    return stored.hours.every((hour, i) => {
      const row = this.#rowOf.get(hour);
      if (row === undefined) return false;
      const used = numberAt(stored.busyCpuSeconds, i) + numberAt(stored.idleCpuSeconds, i);
      const found = numberAt(this.#cpuSeconds, row);
      if (!(Math.abs(found - used) <= ROUNDING * Math.max(found, used))) return false;
      const coverage = Math.min(1, numberAt(this.#observed, row) / numberAt(this.#expected, row));
      // In an hour in which nothing of the owner ran, there is nothing to cover.
      return found === 0 || Math.abs(coverage - numberAt(stored.coverage, i)) <= CPU_TIME_ERROR;
    });
  }
}
