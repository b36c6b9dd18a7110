import { readKind } from "../stores/read-kind.js";
import type { UsageStore } from "../stores/usage-store.js";
import type { Bin } from "../timeseries/rollup/bin.js";
import type { BinSize } from "../timeseries/rollup/bin-table.js";
import { cachedBins } from "../timeseries/rollup/cached-bins.js";
import { rollup } from "../timeseries/rollup/rollup.js";
import { HOUR_MS, type Interval } from "../usage/hour.js";
import { NO_PROVENANCE } from "../usage/provenance.js";
import { remembered } from "../usage/remembered.js";
import { ADA, type Scope, type ScopeKind } from "../usage/scope.js";
import { emptySeries } from "../usage/series.js";
import { withIdleHours } from "./idle-hours.js";
import { joinedBin } from "./joined-bin.js";
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
 * `progress` is told how many hours have been added up, each time that some have and more are to come.
 */
export async function rollupKind(
  store: UsageStore,
  { kind, interval, by, zone }: KindRollup,
  signal: AbortSignal,
  progress: (hoursDone: number) => void = () => {},
): Promise<ScopeBins[]> {
  const spans = cachedBins(interval, by, zone);
  const place = new Map(spans.map(({ label }, i) => [label, i]));
  /** The parts of each bin of a scope that has no rows so far: all its hours are idle. */
  const idle: Bin[][] = spans.map(() => []);
  const found = new Map<string, Bin[][]>();
  const { length } = await store.scopes(kind, { signal });
  for (const window of windowsOf(interval, length)) {
    const ada = await store.read(ADA, window, { signal });
    const add = (to: readonly Bin[][], part: readonly Bin[]): void => {
      for (const bin of part) to[place.get(bin.label) ?? 0]?.push(bin);
    };
    const binsOf = (series: Parameters<typeof withIdleHours>[0]): Bin[] =>
      rollup(withIdleHours(series, ada), window, by, { zone });
    const seen = new Set<string>();
    for (const series of await readKind(store, kind, window, { signal, intensitiesOnly: true })) {
      const { name } = series.scope;
      const known = remembered(found, name, () => idle.map((parts) => [...parts]));
      seen.add(name);
      add(known, binsOf(series));
    }
    const unseen = binsOf(emptySeries({ kind, name: "none" }, [], NO_PROVENANCE));
    for (const [name, known] of found) if (!seen.has(name)) add(known, unseen);
    add(idle, unseen);
    if (window.to < interval.to) progress((window.to - interval.from) / HOUR_MS);
  }
  const names = [...found.keys()].sort();
  return names.map((name) => ({
    scope: { kind, name },
    bins: spans.map((span, i) => joinedBin(span, found.get(name)?.[i] ?? [])),
  }));
}
