import { HOUR_MS, type Hour } from "../usage/hour.js";
import {
  AMOUNT,
  assertArgument,
  assertOptions,
  LIST,
  numberFrom,
  optional,
  type Rules,
} from "../usage/options.js";
import { JOULES_PER_KWH } from "../usage/physical.js";

/** How readings become energy. */
export interface ReadingRules {
  /**
   * Two readings further apart than this, in milliseconds, say nothing of the time between. Those of a counter do, if
   * both lie in one hour: how much it was is known, and when in the hour does not matter. Default 10 minutes.
   */
  readonly maxGapMs?: number | undefined;
  /** The least share of an hour that readings must cover; else the hour is missing. Default 0.9. */
  readonly leastShare?: number | undefined;
}

export const READING_RULES: Rules<ReadingRules> = {
  maxGapMs: optional(AMOUNT),
  leastShare: optional(numberFrom(0, 1)),
};

/** The options of a source of meters that say how readings become energy. */
export function readingRulesOf({ maxGapMs, leastShare }: ReadingRules): ReadingRules {
  return { maxGapMs, leastShare };
}

/**
 * The readings of one sensor, in order of time, as energy by hour. Between two readings a gauge goes straight from one
 * to the other, and a counter counts evenly: so a reading need not be on the full hour. A counter that falls was reset;
 * what it counted in that step is not known, and the step is not covered. An hour that is covered by less than all of
 * its time, but enough, is what was covered scaled up to the hour.
 */
export class SensorHours {
  /** How often a counter fell. */
  resets = 0;
  readonly #from: number;
  readonly #joules: Float64Array;
  readonly #coveredMs: Float64Array;
  readonly #maxGapMs: number;
  readonly #leastShare: number;
  #last: { readonly time: number; readonly value: number } | undefined;

  constructor(hours: readonly Hour[], rules: ReadingRules = {}) {
    assertArgument("SensorHours", "hours", hours, LIST);
    assertOptions("SensorHours", rules, READING_RULES);
    const { maxGapMs = 600_000, leastShare = 0.9 } = rules;
    this.#from = hours[0] ?? Number.NaN;
    this.#joules = new Float64Array(hours.length);
    this.#coveredMs = new Float64Array(hours.length);
    this.#maxGapMs = maxGapMs;
    this.#leastShare = leastShare;
  }

  /** A reading of a gauge in watts. */
  addWatts(time: number, watts: number): void {
    const last = this.#next(time, watts);
    if (last === undefined || time - last.time > this.#maxGapMs) return;
    this.addEnergy(last.time, time, ((last.value + watts) / 2) * ((time - last.time) / 1000));
  }

  /** A reading of a counter in joules. */
  addCounted(time: number, joules: number): void {
    const last = this.#next(time, joules);
    if (last === undefined) return;
    if (joules < last.value) {
      this.resets++;
      return;
    }
    const inOneHour = Math.floor(last.time / HOUR_MS) === Math.floor((time - 1) / HOUR_MS);
    if (inOneHour || time - last.time <= this.#maxGapMs) this.addEnergy(last.time, time, joules - last.value);
  }

  /** Energy that was taken evenly from one time to another, UTC milliseconds. */
  addEnergy(from: number, to: number, joules: number): void {
    const first = Math.max(0, Math.floor((from - this.#from) / HOUR_MS));
    for (let hour = first; hour < this.#joules.length; hour++) {
      const start = this.#from + hour * HOUR_MS;
      const overlapMs = Math.min(to, start + HOUR_MS) - Math.max(from, start);
      if (overlapMs <= 0) return;
      this.#joules[hour] = (this.#joules[hour] as number) + (joules * overlapMs) / (to - from);
      this.#coveredMs[hour] = (this.#coveredMs[hour] as number) + overlapMs;
    }
  }

  /** Whether anything is known of an hour. */
  isThere(hour: number): boolean {
    return (this.#coveredMs[hour] as number) > 0;
  }

  /** kWh of an hour; NaN where too little of it is covered. */
  kwh(hour: number): number {
    const share = (this.#coveredMs[hour] as number) / HOUR_MS;
    if (share < this.#leastShare) return Number.NaN;
    return (this.#joules[hour] as number) / share / JOULES_PER_KWH;
  }

  #next(time: number, value: number): { readonly time: number; readonly value: number } | undefined {
    const last = this.#last;
    // A reading that is there twice, as at the seam of two requests, says nothing new.
    if (last !== undefined && time <= last.time) return undefined;
    this.#last = { time, value };
    return last;
  }
}
