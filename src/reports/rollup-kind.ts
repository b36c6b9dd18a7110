import { type GramBases, summedBases, withoutMixedGrams } from "../intensity/gram-bases.js";
import { readKind } from "../stores/read-kind.js";
import type { UsageStore } from "../stores/usage-store.js";
import { type Bin, type MarketSums, type Quantities, SummedBin } from "../timeseries/rollup/bin.js";
import type { BinSize, BinSpan } from "../timeseries/rollup/bin-table.js";
import { cachedBins } from "../timeseries/rollup/cached-bins.js";
import { rollup } from "../timeseries/rollup/rollup.js";
import { HOUR_MS, type Interval } from "../usage/hour.js";
import { NO_PROVENANCE } from "../usage/provenance.js";
import { ADA, type Scope, type ScopeKind } from "../usage/scope.js";
import { emptySeries, QUANTITIES } from "../usage/series.js";
import { withIdleHours } from "./idle-hours.js";
import { windowsOf } from "./windows.js";

/** What every scope of a kind is asked for. */
export interface KindRollup {
  readonly kind: ScopeKind;
  readonly interval: Interval;
  readonly by: BinSize;
  readonly zone: string;
}

/** The bins of one scope. */
export interface ScopeBins {
  readonly scope: Scope;
  readonly bins: readonly Bin[];
}

/**
 * The sums of every scope of a kind that has rows in the interval, by name; the same as `report` has of each. Rows of
 * all scopes are read together, some days at a time, so that a store of tables reads each table as seldom as it can.
 */
export async function rollupKind(
  store: UsageStore,
  { kind, interval, by, zone }: KindRollup,
  signal: AbortSignal,
): Promise<ScopeBins[]> {
  const spans = cachedBins(interval, by, zone);
  const place = new Map(spans.map(({ label }, i) => [label, i]));
  const bins = (): RunningBin[] => spans.map((span) => new RunningBin(span));
  /** Of a scope that has no rows so far. */
  const idle = bins();
  const found = new Map<string, RunningBin[]>();
  const { length } = await store.scopes(kind, { signal });
  for (const window of windowsOf(interval, length)) {
    const ada = await store.read(ADA, window, { signal });
    const add = (to: readonly RunningBin[], part: readonly Bin[]): void => {
      for (const bin of part) to[place.get(bin.label) ?? 0]?.add(bin);
    };
    const binsOf = (series: Parameters<typeof withIdleHours>[0]): Bin[] =>
      rollup(withIdleHours(series, ada), window, by, { zone });
    const seen = new Set<string>();
    for (const series of await readKind(store, kind, window, { signal })) {
      const { name } = series.scope;
      const known = found.get(name) ?? idle.map((bin) => bin.copy());
      found.set(name, known);
      seen.add(name);
      add(known, binsOf(series));
    }
    const unseen = binsOf(emptySeries({ kind, name: "none" }, [], NO_PROVENANCE));
    for (const [name, known] of found) if (!seen.has(name)) add(known, unseen);
    add(idle, unseen);
  }
  const names = [...found.keys()].sort();
  return names.map((name) => ({
    scope: { kind, name },
    bins: (found.get(name) ?? []).map((bin) => bin.done()),
  }));
}

const NO_BASES: GramBases = { bases: [], hoursOfUnknownBasis: 0 };

/** A bin while parts of it are added. */
class RunningBin {
  readonly #span: BinSpan;
  #sums: Quantities = { ...NOTHING };
  #market: Omit<MarketSums, "hoursWithoutCarbon"> | undefined;
  #bases = NO_BASES;
  #counts = {
    hoursMissing: 0,
    hoursWithoutCarbon: 0,
    hoursProvisional: 0,
    hoursWithoutMarket: 0,
    covered: 0,
  };

  constructor(span: BinSpan) {
    this.#span = span;
  }

  copy(): RunningBin {
    const copy = new RunningBin(this.#span);
    copy.#sums = this.#sums;
    copy.#market = this.#market;
    copy.#bases = this.#bases;
    copy.#counts = { ...this.#counts };
    return copy;
  }

  add(part: Bin): void {
    const sums: Record<string, number | null> = {};
    for (const name of QUANTITIES) {
      sums[name] = sumOfKnown(this.#sums[name], part[name]);
    }
    this.#sums = { ...NOTHING, ...sums };
    this.#counts.hoursMissing += part.hoursMissing;
    this.#counts.hoursWithoutCarbon += part.hoursWithoutCarbon;
    this.#counts.hoursProvisional += part.hoursProvisional;
    this.#bases = summedBases([this.#bases, part]);
    this.#addMarket(part);
    this.#counts.covered += part.coverage * part.hours;
  }

  /** A part in which nobody said what was bought may stand beside one in which somebody did. */
  #addMarket({ market, hours, hoursMissing }: Bin): void {
    this.#counts.hoursWithoutMarket += market?.hoursWithoutCarbon ?? hours - hoursMissing;
    if (market === undefined) return;
    this.#market = {
      ...summedBases([market, this.#market ?? NO_BASES]),
      busyGco2eq: sumOfKnown(this.#market?.busyGco2eq ?? null, market.busyGco2eq),
      idleGco2eq: sumOfKnown(this.#market?.idleGco2eq ?? null, market.idleGco2eq),
    };
  }

  done(): Bin {
    const hours = (this.#span.to - this.#span.from) / HOUR_MS;
    const { covered, hoursWithoutMarket, ...counts } = this.#counts;
    const market =
      this.#market && withoutMixedGrams({ ...this.#market, hoursWithoutCarbon: hoursWithoutMarket });
    const coverage = hours === 0 ? 0 : covered / hours;
    const sums = { ...this.#sums, ...counts, hours, coverage, ...this.#bases, market };
    return new SummedBin(this.#span, withoutMixedGrams(sums));
  }
}

function sumOfKnown(before: number | null, more: number | null): number | null {
  return before === null || more === null ? (before ?? more) : before + more;
}

const NOTHING: Quantities = {
  busyCpuSeconds: null,
  idleCpuSeconds: null,
  busyKwh: null,
  idleKwh: null,
  busyGco2eq: null,
  idleGco2eq: null,
};
