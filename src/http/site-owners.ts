import type { FinishedHour } from "../usage/hour.js";
import type { OwnerShare, Provenance } from "../usage/provenance.js";
import type { ScopeKind } from "../usage/scope.js";
import {
  at,
  emptySeries,
  type MutableSeries,
  pickRows,
  type Quantity,
  type UsageSeries,
} from "../usage/series.js";

/** The kinds of owner that a host's row names. */
export type OwnerKind = Extract<ScopeKind, "machine" | "user" | "group" | "experiment">;

interface Owned {
  readonly series: MutableSeries;
  /** CPU-seconds that were to be expected, by row. */
  readonly expected: Float64Array;
}

const UNKNOWN: Provenance = { library: "", model: null, intensity: null };

/**
 * The owners of a kind at a site. A stored user, group or machine is summed over all projects, so what it has
 * at one site is summed anew, out of the rows of hosts: they say who had which part of them, in which project.
 */
export class SiteOwners {
  readonly #kind: OwnerKind;
  readonly #projects: ReadonlySet<string>;
  readonly #hours: readonly FinishedHour[];
  readonly #rowOf: ReadonlyMap<FinishedHour, number>;
  readonly #owners = new Map<string, Owned>();

  /** @param hours Those of the site that are stored, ascending. */
  constructor(kind: OwnerKind, projects: readonly string[], hours: readonly FinishedHour[]) {
    this.#kind = kind;
    this.#projects = new Set(projects);
    this.#hours = hours;
    this.#rowOf = new Map(hours.map((hour, row) => [hour, row]));
  }

  /** Adds the hours of a host; those that do not say whose they were are passed over. */
  add(host: UsageSeries): void {
    host.hours.forEach((hour, from) => {
      const to = this.#rowOf.get(hour);
      if (to === undefined) return;
      for (const owner of host.provenance[from]?.host?.owners ?? []) {
        if (this.#projects.has(owner.project)) addShare(this.#of(owner[this.#kind]), to, host, from, owner);
      }
    });
  }

  /** One series an owner, with rows for the hours in which it had something. */
  series(): UsageSeries[] {
    return [...this.#owners.values()].map(({ series, expected }) => {
      const rows = [...series.hours.keys()].filter((row) => !Number.isNaN(at(series.busyCpuSeconds, row)));
      for (const row of rows) {
        const observed = at(series.busyCpuSeconds, row) + at(series.idleCpuSeconds, row);
        series.coverage[row] = Math.min(1, observed / at(expected, row));
      }
      return pickRows(series, rows);
    });
  }

  #of(name: string): Owned {
    const known = this.#owners.get(name);
    if (known !== undefined) return known;
    const series = emptySeries({ kind: this.#kind, name }, this.#hours, UNKNOWN);
    const owned = { series, expected: new Float64Array(this.#hours.length) };
    this.#owners.set(name, owned);
    return owned;
  }
}

const PAIRS: readonly (readonly [Quantity, Quantity])[] = [
  ["busyCpuSeconds", "idleCpuSeconds"],
  ["busyKwh", "idleKwh"],
  ["busyGco2eq", "idleGco2eq"],
];

/** Adds an owner's share of the row `from` of a host to the row `to`. */
function addShare(
  { series, expected }: Owned,
  to: number,
  host: UsageSeries,
  from: number,
  { busyShare, idleShare }: OwnerShare,
): void {
  const observed = at(host.busyCpuSeconds, from) * busyShare + at(host.idleCpuSeconds, from) * idleShare;
  if (!(observed > 0)) return;
  const isFirst = Number.isNaN(at(series.busyCpuSeconds, to));
  // Carbon that one host lacks is missing in the sum as well: a part of it would pass for all.
  for (const [busy, idle] of PAIRS) {
    series[busy][to] = (isFirst ? 0 : at(series[busy], to)) + at(host[busy], from) * busyShare;
    series[idle][to] = (isFirst ? 0 : at(series[idle], to)) + at(host[idle], from) * idleShare;
  }
  const coverage = at(host.coverage, from);
  expected[to] = at(expected, to) + (coverage > 0 ? observed / coverage : observed);
  const provenance = host.provenance[from] ?? UNKNOWN;
  if (isFirst || provenance.intensity?.settled === false) series.provenance[to] = provenance;
  if (series.status[to] !== "fake") series.status[to] = host.status[from] ?? "processed";
}
