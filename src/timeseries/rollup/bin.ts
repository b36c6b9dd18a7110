import type { GramBases } from "../../intensity/gram-bases.js";
import { assertArgument, OBJECT } from "../../usage/options.js";
import { eachQuantity, type Quantity } from "../../usage/series.js";
import type { BinSpan } from "./bin-table.js";

/** A number for each of the six quantities; `null` where it is not known. */
export type Quantities = Readonly<Record<Quantity, number | null>>;

/**
 * Market-based grams: what was bought as the electricity that was used, and of how many hours that is not known. Those of
 * two bases have no sum.
 */
export interface MarketSums extends GramBases {
  readonly busyGco2eq: number | null;
  readonly idleGco2eq: number | null;
  /** Hours with energy but without market-based grams. */
  readonly hoursWithoutCarbon: number;
}

/**
 * Sums over hours, `null` where no hour has the number. What is known in part is summed, and lowers the coverage. Grams of
 * two bases have no sum.
 */
export interface Sums extends Quantities, GramBases {
  /** All hours, known or not. */
  readonly hours: number;
  /** Hours without CPU-seconds. */
  readonly hoursMissing: number;
  /**
   * Hours of status `download incomplete`: more was used in them than was seen, such as at a server that was away. What is
   * not known of is in no coverage.
   */
  readonly hoursIncomplete: number;
  /** Hours with energy but without carbon. */
  readonly hoursWithoutCarbon: number;
  /** Hours whose carbon is of an intensity that a later run may replace by a better one. */
  readonly hoursProvisional: number;
  /** Mean coverage of the hours, 0 to 1; an hour that is missing counts as 0. */
  readonly coverage: number;
  /** There where any of the hours has market-based grams; all other grams are location-based. */
  readonly market?: MarketSums | undefined;
}

/** {@link Sums} and means. */
export interface Tally extends Sums {
  /** Mean of an hour, over the hours in which the quantity is known; `null` where there is none. */
  readonly perHour: Quantities;
}

/** The {@link Tally} of one bin. */
export interface Bin extends BinSpan, Tally {}

/**
 * A bin of a rollup. Its means are worked out when they are asked for, and are no property of its own: bins of an hour
 * are as many as rows, and making them is most of what a rollup by hour costs.
 */
export class SummedBin implements Bin {
  readonly from: number;
  readonly to: number;
  readonly label: string;
  readonly busyCpuSeconds: number | null;
  readonly idleCpuSeconds: number | null;
  readonly busyKwh: number | null;
  readonly idleKwh: number | null;
  readonly busyGco2eq: number | null;
  readonly idleGco2eq: number | null;
  readonly hours: number;
  readonly hoursMissing: number;
  readonly hoursIncomplete: number;
  readonly hoursWithoutCarbon: number;
  readonly hoursProvisional: number;
  readonly coverage: number;
  readonly bases: readonly string[];
  readonly hoursOfUnknownBasis: number;
  // Only of bins that have it, so that others are as small as they were.
  declare readonly market?: MarketSums | undefined;

  constructor(span: BinSpan, sums: Sums) {
    this.from = span.from;
    this.to = span.to;
    this.label = span.label;
    this.busyCpuSeconds = sums.busyCpuSeconds;
    this.idleCpuSeconds = sums.idleCpuSeconds;
    this.busyKwh = sums.busyKwh;
    this.idleKwh = sums.idleKwh;
    this.busyGco2eq = sums.busyGco2eq;
    this.idleGco2eq = sums.idleGco2eq;
    this.hours = sums.hours;
    this.hoursMissing = sums.hoursMissing;
    this.hoursIncomplete = sums.hoursIncomplete;
    this.hoursWithoutCarbon = sums.hoursWithoutCarbon;
    this.hoursProvisional = sums.hoursProvisional;
    this.coverage = sums.coverage;
    if (sums.market !== undefined) this.market = sums.market;
    this.bases = sums.bases;
    this.hoursOfUnknownBasis = sums.hoursOfUnknownBasis;
  }

  get perHour(): Quantities {
    return meansOf(this);
  }

  /** For `JSON.stringify`, with the means. */
  toJSON(): Bin {
    return { ...this, perHour: this.perHour };
  }
}

/** What sums are in an hour. */
export function meansOf(sums: Sums): Quantities {
  const withEnergy = sums.hours - sums.hoursMissing;
  const withCarbon = withEnergy - sums.hoursWithoutCarbon;
  return eachQuantity((name) => {
    const sum = sums[name];
    return sum === null ? null : sum / (name.endsWith("Gco2eq") ? withCarbon : withEnergy);
  });
}

/** What is shown of usage: `energy` in kWh, `carbon` in grams of CO2 equivalent. */
export type Metric = "energy" | "carbon";

/** Busy, idle and both together, in kWh or grams; `null` where it is not known. */
export interface BusyAndIdle {
  readonly busy: number | null;
  readonly idle: number | null;
  readonly total: number | null;
}

/** What was used in the metric. */
export function busyAndIdle(of: Quantities, metric: Metric): BusyAndIdle {
  assertArgument("busyAndIdle", "of", of, OBJECT);
  const [busy, idle] = metric === "energy" ? [of.busyKwh, of.idleKwh] : [of.busyGco2eq, of.idleGco2eq];
  return { busy, idle, total: busy === null || idle === null ? null : busy + idle };
}

/** Busy and idle market-based grams together; `null` where they are not known. */
export function marketTotal(market: MarketSums | undefined): number | null {
  const { busyGco2eq = null, idleGco2eq = null } = market ?? {};
  return busyGco2eq === null || idleGco2eq === null ? null : busyGco2eq + idleGco2eq;
}
