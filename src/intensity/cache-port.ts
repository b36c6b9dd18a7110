import type { Interval } from "../usage/hour.js";
import { remembered } from "../usage/remembered.js";
import { byStart, overlaps } from "./periods.js";
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

/** Keeps periods as long as the object lives: about 17,500 of them for a year of half hours. */
export function memoryIntensityCache(): IntensityCache {
  const kept = new Map<string, Map<number, IntensityPeriod>>();
  return {
    async load(sourceId, interval) {
      const periods = [...(kept.get(sourceId)?.values() ?? [])];
      return periods.filter((period) => overlaps(period, interval)).sort(byStart);
    },
    async save(sourceId, periods) {
      const byFrom = remembered(kept, sourceId, () => new Map());
      for (const period of periods) byFrom.set(period.from, period);
    },
  };
}
