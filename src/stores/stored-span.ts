import type { Hour } from "../usage/hour.js";
import type { Scope } from "../usage/scope.js";

/** What is stored of a scope, in short. */
export interface StoredSpan {
  readonly scope: Scope;
  /** Start of the first and of the last stored hour. */
  readonly first: Hour;
  readonly last: Hour;
  /** How many stored hours have CPU-seconds. */
  readonly hoursKnown: number;
}
