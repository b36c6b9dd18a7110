import { remembered } from "../../usage/remembered.js";
import type { Gain } from "./gains.js";

/** Equal stretches of time, one after the other: hours, or minutes of one. UTC milliseconds. */
export interface TimeBins {
  readonly from: number;
  readonly stepMs: number;
  readonly count: number;
}

/**
 * What each row of hosts used in each bin. What lies between two scrapes is divided by time where an edge lies between
 * them. If they are far apart, that is a guess at how work lay in between, and counts as spread.
 */
export class BinnedUse {
  readonly bins: TimeBins;
  readonly #rows = new Map<number, RowUse>();

  constructor(bins: TimeBins) {
    this.bins = bins;
  }

  get rows(): IterableIterator<[number, RowUse]> {
    return this.#rows.entries();
  }

  /** The use of a row, made when it is first asked for. */
  of(row: number): RowUse {
    return remembered(this.#rows, row, () => emptyRow(this.bins.count));
  }

  /** @param isFar Whether its scrapes are so far apart that they say nothing of how work lay in between. */
  addGain(gain: Gain, isFar: boolean): void {
    const { from, to } = gain;
    const inOneBin = this.#binOf(from) === this.#binOf(Math.max(from, to - 1));
    const isSpread = gain.isEstimated || (!inOneBin && isFar);
    if (gain.rowFrom === gain.rowTo) this.#divide(gain, gain.rowTo, from, to, isSpread);
    else {
      // Labels changed at some time in between: nobody knows when, so each has half.
      const middle = (from + to) / 2;
      this.#divide(gain, gain.rowFrom, from, middle, isSpread);
      this.#divide(gain, gain.rowTo, middle, to, isSpread);
    }
  }

  /** Time in which a row was up and nothing says what it did. */
  addUnknown(row: number, from: number, to: number, cpus: number): void {
    this.#eachBin(from, to, (bin, milliseconds, start, end) => {
      const use = this.of(row);
      use.expected[bin] = (use.expected[bin] as number) + (milliseconds / 1000) * cpus;
      widen(use, bin, start, end);
    });
  }

  /** The part of `gain` that lies in [from, to). */
  #divide(gain: Gain, row: number, from: number, to: number, isSpread: boolean): void {
    const whole = gain.to - gain.from;
    const { busyCpuSeconds: busy, idleCpuSeconds: idle } = gain;
    const all = busy + idle + gain.ignoredCpuSeconds;
    this.#eachBin(from, to, (bin, milliseconds, start, end) => {
      const use = this.of(row);
      const share = milliseconds / whole;
      use.busy[bin] = (use.busy[bin] || 0) + busy * share;
      use.idle[bin] = (use.idle[bin] || 0) + idle * share;
      use.expected[bin] = (use.expected[bin] as number) + all * share;
      const column = isSpread ? use.spread : use.observed;
      column[bin] = (column[bin] as number) + all * share;
      widen(use, bin, start, end);
    });
  }

  #binOf(time: number): number {
    return Math.floor((time - this.bins.from) / this.bins.stepMs);
  }

  #eachBin(
    from: number,
    to: number,
    visit: (bin: number, milliseconds: number, start: number, end: number) => void,
  ): void {
    const { from: origin, stepMs, count } = this.bins;
    const last = Math.min(count - 1, this.#binOf(to));
    for (let bin = Math.max(0, this.#binOf(from)); bin <= last; bin++) {
      const start = Math.max(from, origin + bin * stepMs);
      const end = Math.min(to, origin + (bin + 1) * stepMs);
      if (end > start) visit(bin, end - start, start, end);
    }
  }
}

/** One number a bin; CPU-seconds, NaN in busy and idle where nothing is known. */
interface RowUse {
  readonly busy: Float64Array;
  readonly idle: Float64Array;
  readonly observed: Float64Array;
  readonly spread: Float64Array;
  readonly expected: Float64Array;
  /** From when to when it was up within the bin, UTC milliseconds; NaN where it was not. */
  readonly upFrom: Float64Array;
  readonly upTo: Float64Array;
}

function emptyRow(count: number): RowUse {
  const missing = (): Float64Array => new Float64Array(count).fill(Number.NaN);
  const zeros = (): Float64Array => new Float64Array(count);
  return {
    busy: missing(),
    idle: missing(),
    observed: zeros(),
    spread: zeros(),
    expected: zeros(),
    upFrom: missing(),
    upTo: missing(),
  };
}

/** Widens the time in which something was up at an index of the columns, so that it holds [start, end). */
export function widen(
  { upFrom, upTo }: Pick<RowUse, "upFrom" | "upTo">,
  index: number,
  start: number,
  end: number,
): void {
  if (!((upFrom[index] as number) <= start)) upFrom[index] = start;
  if (!((upTo[index] as number) >= end)) upTo[index] = end;
}
