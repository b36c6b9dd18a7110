import { INTERVAL, type Interval, overlaps } from "../usage/hour.js";
import { type ArgumentRules, checkedCalls, LIST, TEXT } from "../usage/options.js";
import { remembered } from "../usage/remembered.js";
import { byStart } from "./periods.js";
import type { IntensityPeriod } from "./port.js";

/**
 * Somewhere to keep periods between runs. It decides nothing: what is still good, and which of two values is
 * better, is `cachedIntensity`'s to say.
 */
export interface IntensityCache {
  /** The kept periods of that source that overlap [from, to), ascending. Rejects when it cannot be read. */
  load(sourceId: string, interval: Interval): Promise<IntensityPeriod[]>;
  /** Keeps periods, each in place of what was kept with the same start. Rejects when it cannot be written. */
  save(sourceId: string, periods: readonly IntensityPeriod[]): Promise<void>;
}

/** What the calls of an {@link IntensityCache} take. */
export const CACHE_CALLS: Readonly<Record<"load" | "save", ArgumentRules>> = {
  load: { sourceId: TEXT, interval: INTERVAL },
  save: { sourceId: TEXT, periods: LIST },
};

/** Keeps periods as long as the object lives: about 17,500 of them for a year of half hours. */
export function memoryIntensityCache(): IntensityCache {
  const kept = new Map<string, Map<number, IntensityPeriod>>();
  const cache: IntensityCache = {
    async load(sourceId, interval) {
      const periods = [...(kept.get(sourceId)?.values() ?? [])];
      return periods.filter((period) => overlaps(period, interval)).sort(byStart);
    },
    async save(sourceId, periods) {
      const byFrom = remembered(kept, sourceId, () => new Map());
      for (const period of periods) byFrom.set(period.from, period);
    },
  };
  return checkedCalls("an IntensityCache", cache, CACHE_CALLS);
}
