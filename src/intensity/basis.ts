import { assertArgument, OBJECT } from "../usage/options.js";

/** What the grams of a source count. Grams of different bases must never be added. */
export interface IntensityBasis {
  /**
   * `average`: all emissions of the grid over all electricity. `marginal`: what one more kWh would cause, which is
   * about decisions and no account of what was used.
   */
  readonly signal: "average" | "marginal";
  /** `direct`: burning the fuel. `lifecycle`: also building, mining, transport and waste. */
  readonly emissions: "direct" | "lifecycle";
  /** `production`: what is generated in the area. `consumption`: what is used there, with imports. */
  readonly flow: "production" | "consumption";
  /** Whether grams of what the lines lose on the way are in. */
  readonly losses: "included" | "excluded";
  /** `location`: the grid as it is. `market`: what was bought, with certificates and contracts. */
  readonly accounting: "location" | "market";
  readonly gas: "co2" | "co2e";
}

/** A basis by which use may be accounted for. */
export interface AverageBasis extends IntensityBasis {
  readonly signal: "average";
}

/** A basis for decisions only: its grams are never stored nor added to those of an average. */
export interface MarginalBasis extends IntensityBasis {
  readonly signal: "marginal";
}

/**
 * A basis in one line, as it is stored with every hour: `average lifecycle consumption losses-excluded location co2e`.
 *
 * @example
 * import assert from "node:assert/strict";
 * import { formatBasis, GB_BASIS } from "ada-carbon/intensity";
 *
 * assert.equal(formatBasis(GB_BASIS), "average direct consumption losses-included location co2");
 */
export function formatBasis(basis: IntensityBasis): string {
  assertArgument("formatBasis", "basis", basis, OBJECT);
  const { signal, emissions, flow, losses, accounting, gas } = basis;
  return [signal, emissions, flow, `losses-${losses}`, accounting, gas].join(" ");
}

/** Words that people read otherwise than they are stored. */
const SPOKEN: Readonly<Record<string, string>> = {
  "losses-excluded": "losses excluded",
  "losses-included": "losses included",
  location: "location-based",
  market: "market-based",
  co2: "CO2",
  co2e: "CO2e",
};

/**
 * A basis for people to read. The `short` form, for notes under a table, leaves out what stored use is as a rule:
 * average and location-based.
 *
 * @param basis As it is, or as text of {@link formatBasis}.
 *
 * @example
 * import assert from "node:assert/strict";
 * import { describeBasis, GB_BASIS } from "ada-carbon/intensity";
 *
 * assert.equal(describeBasis(GB_BASIS), "average, direct, consumption, losses included, location-based, CO2");
 * assert.equal(describeBasis(GB_BASIS, "short"), "direct, consumption, losses included, CO2");
 */
export function describeBasis(basis: IntensityBasis | string, length: "whole" | "short" = "whole"): string {
  const words = (typeof basis === "string" ? basis : formatBasis(basis)).split(" ");
  const told = words.filter((word) => length === "whole" || (word !== "average" && word !== "location"));
  return told.map((word) => SPOKEN[word] ?? word).join(", ");
}

/** Whether this is a basis by which use may be accounted for. */
export function isAverage(basis: IntensityBasis): basis is AverageBasis {
  assertArgument("isAverage", "basis", basis, OBJECT);
  return basis.signal === "average";
}
