import { isOfTwoBases, mergedBases } from "../intensity/gram-bases.js";
import type { Bin } from "../timeseries/rollup/bin.js";
import type { BinSize } from "../timeseries/rollup/bin-table.js";
import { rollup } from "../timeseries/rollup/rollup.js";
import { tallyOf } from "../timeseries/rollup/tally.js";
import { finishedHours, HOUR_MS, hourOf, hoursIn, type Interval } from "../usage/hour.js";
import { numberAt, type UsageSeries } from "../usage/series.js";
import { Sum } from "../usage/sum.js";
import { type KnownTotals, knownTotals } from "./known-totals.js";

/** A scope over an interval: bin by bin, and in all. */
export interface History {
  readonly interval: Interval;
  readonly bins: readonly Bin[];
  readonly totals: KnownTotals;
}

export function historyOf(series: UsageSeries, interval: Interval, by: BinSize, zone: string): History {
  return {
    interval,
    bins: rollup(series, interval, by, { zone }),
    totals: knownTotals(series, interval),
  };
}

/** Why nothing is known of a time. */
type GapReason =
  /** The hour is not over, or not yet to come. */
  | "not-over"
  /** No row is stored: nobody asked for the hour. */
  | "not-stored"
  /** It was asked for, and nothing was got. */
  | "not-downloaded";

export interface Gap extends Interval {
  readonly reason: GapReason;
}

/** The times of which nothing is known, ascending; neighbouring hours of one reason are one gap. */
export function gapsOf(series: UsageSeries, interval: Interval, now: number): Gap[] {
  const known = new Map(series.hours.map((hour, i) => [hour as number, numberAt(series.busyCpuSeconds, i)]));
  const over = new Set<number>(finishedHours(interval, now));
  const gaps: Gap[] = [];
  for (const hour of hoursIn(interval)) {
    const value = known.get(hour);
    if (value !== undefined && !Number.isNaN(value)) continue;
    const stored: GapReason = value === undefined ? "not-stored" : "not-downloaded";
    const reason = over.has(hour) ? stored : "not-over";
    const last = gaps.at(-1);
    if (last?.to === hour && last.reason === reason) gaps[gaps.length - 1] = { ...last, to: hour + HOUR_MS };
    else gaps.push({ from: hour, to: hour + HOUR_MS, reason });
  }
  return gaps;
}

/** Two numbers that are of equally many hours: of now, and of before. */
type Pair = readonly [now: number, before: number];

/** Two times held against each other, over the hours that are known in both. */
export interface Comparison {
  readonly hours: number;
  readonly kwh: Pair;
  readonly idleShare: readonly [now: number | null, before: number | null];
  /** Over the hours that have carbon in both; `null` where none has, or where the grams count different things. */
  readonly gco2eq: Pair | null;
  readonly hoursWithCarbon: number;
}

/**
 * Hours are paired by how long after its beginning they are, so that a time that is longer, or has a hole, is no more
 * and no less for it. `null` where no hour is known in both.
 */
export function compared(
  now: { readonly series: UsageSeries; readonly interval: Interval },
  before: { readonly series: UsageSeries; readonly interval: Interval },
): Comparison | null {
  const shift = hourOf(now.interval.from) - hourOf(before.interval.from);
  const rowBefore = new Map(before.series.hours.map((hour, i) => [hour + shift, i]));
  const sides = [new SideSums(), new SideSums()] as const;
  now.series.hours.forEach((hour, i) => {
    const k = rowBefore.get(hour) ?? -1;
    const isWithin = hour >= now.interval.from && hour < now.interval.to;
    const wasWithin = hour - shift >= before.interval.from && hour - shift < before.interval.to;
    if (!isWithin || !wasWithin) return;
    if (Number.isNaN(numberAt(now.series.busyKwh, i) + numberAt(before.series.busyKwh, k))) return;
    const hasCarbon = !Number.isNaN(
      numberAt(now.series.busyGco2eq, i) + numberAt(before.series.busyGco2eq, k),
    );
    sides[0].add(now.series, i, hasCarbon);
    sides[1].add(before.series, k, hasCarbon);
  });
  const [a, b] = sides;
  if (a.hours === 0) return null;
  const bases = mergedBases([now, before].map(({ series, interval }) => tallyOf(series, interval)));
  return {
    hours: a.hours,
    kwh: [a.kwh, b.kwh],
    idleShare: [a.idleShare, b.idleShare],
    gco2eq: a.hoursWithCarbon === 0 || isOfTwoBases(bases) ? null : [a.gco2eq.value, b.gco2eq.value],
    hoursWithCarbon: a.hoursWithCarbon,
  };
}

class SideSums {
  hours = 0;
  hoursWithCarbon = 0;
  readonly #busyKwh = new Sum();
  readonly #idleKwh = new Sum();
  readonly gco2eq: Sum = new Sum();

  add(series: UsageSeries, i: number, hasCarbon: boolean): void {
    this.hours++;
    this.#busyKwh.add(numberAt(series.busyKwh, i));
    this.#idleKwh.add(numberAt(series.idleKwh, i));
    if (!hasCarbon) return;
    this.hoursWithCarbon++;
    this.gco2eq.add(numberAt(series.busyGco2eq, i) + numberAt(series.idleGco2eq, i));
  }

  get kwh(): number {
    return this.#busyKwh.value + this.#idleKwh.value;
  }

  get idleShare(): number | null {
    return this.kwh > 0 ? this.#idleKwh.value / this.kwh : null;
  }
}
