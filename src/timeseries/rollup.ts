import { DAY_MS, HOUR_MS, type Interval } from "../usage/hour.js";
import { at, QUANTITIES, type Quantity, type UsageSeries } from "../usage/series.js";
import { Sum } from "../usage/sum.js";

/** Lengths of time that hours are gathered into, in UTC. */
export const BIN_SIZES = ["hour", "day", "month", "year"] as const;
export type BinSize = (typeof BIN_SIZES)[number];

/** Sums of a scope over one bin. What is missing is in no sum, and lowers the coverage. */
export interface Bin extends Interval, Readonly<Record<Quantity, number>> {
  /** Hours of the bin, within the interval asked for. */
  readonly hours: number;
  /** Hours that have no CPU-seconds, and hours with energy but without carbon. */
  readonly hoursMissing: number;
  readonly hoursWithoutCarbon: number;
  /** Mean coverage of the bin's hours; an hour that is missing counts as 0. */
  readonly coverage: number;
}

/** The hours of `series` gathered into UTC bins that together cover the interval, ascending. */
export function rollup(series: UsageSeries, interval: Interval, by: BinSize): Bin[] {
  const bins = binsIn(interval, by);
  const tallies = bins.map(() => ({
    sums: QUANTITIES.map(() => new Sum()),
    coverage: new Sum(),
    known: 0,
    carbon: 0,
  }));
  let b = 0;
  series.hours.forEach((hour, i) => {
    if (hour < interval.from || hour >= interval.to) return;
    while (hour >= (bins[b]?.to ?? Number.POSITIVE_INFINITY)) b++;
    const tally = tallies[b];
    if (tally === undefined || Number.isNaN(at(series.busyCpuSeconds, i))) return;
    tally.known += 1;
    if (!Number.isNaN(at(series.busyGco2eq, i))) tally.carbon += 1;
    QUANTITIES.forEach((name, q) => {
      if (!Number.isNaN(at(series[name], i))) tally.sums[q]?.add(at(series[name], i));
    });
    // An hour that another tool wrote has no coverage of its own; what is there is taken as whole.
    tally.coverage.add(Number.isNaN(at(series.coverage, i)) ? 1 : at(series.coverage, i));
  });
  return bins.map((bin, n) => {
    const { sums = [], coverage, known = 0, carbon = 0 } = tallies[n] ?? {};
    const hours = (bin.to - bin.from) / HOUR_MS;
    const total = (q: number): number => sums[q]?.value ?? 0;
    return {
      ...bin,
      busyCpuSeconds: total(0),
      idleCpuSeconds: total(1),
      busyKwh: total(2),
      idleKwh: total(3),
      busyGco2eq: total(4),
      idleGco2eq: total(5),
      hours,
      hoursMissing: hours - known,
      hoursWithoutCarbon: known - carbon,
      coverage: (coverage?.value ?? 0) / hours,
    };
  });
}

function binsIn(interval: Interval, by: BinSize): Interval[] {
  const bins: Interval[] = [];
  for (let from = interval.from; from < interval.to; ) {
    const to = Math.min(interval.to, endOfBin(from, by));
    bins.push({ from, to });
    from = to;
  }
  return bins;
}

function endOfBin(from: number, by: BinSize): number {
  if (by === "hour") return (Math.floor(from / HOUR_MS) + 1) * HOUR_MS;
  if (by === "day") return (Math.floor(from / DAY_MS) + 1) * DAY_MS;
  const date = new Date(from);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
  return by === "month" ? Date.UTC(year, month + 1) : Date.UTC(year + 1, 0);
}
