import type { StepGrid } from "./matrix.js";

/**
 * How the times of a grid look at the start of a sample: `[1757462400,` is twelve bytes, so three words.
 * A reply repeats them in every series, and comparing three words is faster than reading ten digits.
 */
export interface TimeWords {
  /** How many times are known so: all of them or none. */
  readonly count: number;
  /** Three words for each time. */
  readonly words: Int32Array;
}

const TIME_BYTES = 12;
/** More times than any server gives in one reply are not worth preparing. */
const MOST_TIMES = 100_000;
const NONE: TimeWords = { count: 0, words: new Int32Array(0) };

export function timeWords(grid: StepGrid): TimeWords {
  if (grid.count > MOST_TIMES) return NONE;
  const bytes = new Uint8Array(grid.count * TIME_BYTES);
  const view = new DataView(bytes.buffer);
  const words = new Int32Array(grid.count * 3);
  for (let step = 0; step < grid.count; step++) {
    const start = `[${(grid.from + step * grid.stepMs) / 1000},`;
    if (!/^\[\d{10},$/.test(start)) return NONE;
    for (let i = 0; i < TIME_BYTES; i++) bytes[step * TIME_BYTES + i] = start.charCodeAt(i);
    for (let k = 0; k < 3; k++) words[step * 3 + k] = view.getInt32(step * TIME_BYTES + 4 * k, true);
  }
  return { count: grid.count, words };
}

/** The step at which the grid has `time` (UTC milliseconds), if it has. */
export function stepAt(grid: StepGrid, time: number): number | undefined {
  const step = (time - grid.from) / grid.stepMs;
  return Number.isInteger(step) && step >= 0 && step < grid.count ? step : undefined;
}
