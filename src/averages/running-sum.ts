import type { RunningSum } from "../stores/average-store.js";

export const ZERO: RunningSum = { sum: 0, lost: 0 };

/**
 * Neumaier's step: `sum` and what rounding lost, kept apart so that values can be added, merged and taken out
 * again in any order and still agree with a fresh sum.
 */
export function plus({ sum, lost }: RunningSum, value: number): RunningSum {
  const next = sum + value;
  const error = Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum;
  return { sum: next, lost: lost + error };
}

export function total({ sum, lost }: RunningSum): number {
  return sum + lost;
}
