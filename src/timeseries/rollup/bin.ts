import type { Quantity } from "../../usage/series.js";
import type { BinSpan } from "./bin-table.js";

/** Sums over hours, and what is known of those hours. What is missing is in no sum, and lowers the coverage. */
export interface Tally extends Readonly<Record<Quantity, number>> {
  /** All hours, known or not. */
  readonly hours: number;
  /** Hours without CPU-seconds. Where it equals `hours`, the sums of 0 say nothing. */
  readonly hoursMissing: number;
  /** Hours with energy but without carbon. */
  readonly hoursWithoutCarbon: number;
  /** Hours whose carbon is of an intensity that a later run may replace by a better one. */
  readonly hoursProvisional: number;
  /** Mean coverage of the hours, 0 to 1; an hour that is missing counts as 0. */
  readonly coverage: number;
  /** Mean of an hour, over the hours in which the quantity is known; `null` where there is none. */
  readonly perHour: Readonly<Record<Quantity, number | null>>;
}

/** The {@link Tally} of one bin. */
export interface Bin extends BinSpan, Tally {}
