import type { Labels } from "./labels.js";
import type { Matcher } from "./matchers.js";

/** Consecutive samples of a series, oldest first. */
export interface Window {
  readonly length: number;
  /** UTC milliseconds. */
  time(i: number): number;
  value(i: number): number;
  /**
   * The only indices i at which value(i) may be lower than value(i - 1), where the storage knows them.
   * It spares `increase` from looking at every sample.
   */
  readonly drops?: readonly number[];
}

/** One series of a storage. */
export interface Series {
  readonly labels: Labels;
  /** The samples in [from, to], both inclusive, UTC milliseconds. */
  window(from: number, to: number): Window;
  /** The time of the latest sample at or before an instant, and its value when asked for. */
  latest(at: number): { readonly time: number; value(): number } | undefined;
}

/** What the evaluator reads from. */
export interface Storage {
  select(matchers: readonly Matcher[]): readonly Series[];
}
