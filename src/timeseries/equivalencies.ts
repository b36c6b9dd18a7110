import type { BestWindow } from "../intensity/best-window.js";
import { badInput } from "../usage/errors.js";
import { assertArgument, OBJECT } from "../usage/options.js";

/** An amount of carbon or electricity as something that people know. */
export interface Equivalency {
  /** `car`, `phone`, `tree`, `streaming`, `kettle` or `home`. */
  readonly name: string;
  readonly amount: number;
  /** What the amount is of: `miles in a petrol car`. */
  readonly unit: string;
  /** `as much as 25 miles in a petrol car`. */
  readonly sentence: string;
  /** Who says how much one unit is, and in which year. */
  readonly source: string;
  readonly year: number;
}

interface Comparison {
  readonly name: string;
  /** Grams or kWh of one unit. */
  readonly each: number;
  readonly unit: string;
  /** `#` is the amount. */
  readonly phrase: string;
  readonly source: string;
  readonly year: number;
}

const EPA_PHONE = "US EPA, Greenhouse Gas Equivalencies Calculator";
const USDA_TREE = "US Department of Agriculture: 48 lb (21.77 kg) of CO2 a year, over 365 days";

/** Grams of CO2 equivalent; of equally easy ones, the first. Longer units of the same thing keep large amounts within reach of the mind. */
const CARBON: readonly Comparison[] = [
  {
    name: "car",
    each: 400,
    unit: "miles in a petrol car",
    phrase: "as much as # miles in a petrol car",
    source: "US EPA, Greenhouse Gas Emissions from a Typical Passenger Vehicle",
    year: 2023,
  },
  {
    name: "phone",
    each: 8.22,
    unit: "phone charges",
    phrase: "as much as # phone charges",
    source: EPA_PHONE,
    year: 2022,
  },
  {
    name: "tree",
    each: 59.6,
    unit: "tree-days",
    phrase: "what a mature tree takes up in # days",
    source: USDA_TREE,
    year: 2015,
  },
  {
    name: "tree",
    each: 59.6 * 365,
    unit: "tree-years",
    phrase: "what a mature tree takes up in # years",
    source: USDA_TREE,
    year: 2015,
  },
  {
    name: "streaming",
    each: 55,
    unit: "hours of video streaming",
    phrase: "as much as # hours of video streaming",
    source: "Carbon Trust, Carbon impact of video streaming (European mean; the IEA's figure is lower)",
    year: 2021,
  },
  {
    name: "kettle",
    each: 55 / 3,
    unit: "boils of an electric kettle",
    phrase: "as much as # boils of an electric kettle",
    source: "Carbon Trust, Carbon impact of video streaming: three boils are one hour of it",
    year: 2021,
  },
];

/** kWh. */
const ENERGY: readonly Comparison[] = [
  {
    name: "phone",
    each: 0.012,
    unit: "phone charges",
    phrase: "as much as # phone charges",
    source: EPA_PHONE,
    year: 2022,
  },
  {
    name: "home",
    each: 2500 / 365,
    unit: "days of a British home",
    phrase: "as much as # days of a British home",
    source: "Ofgem, typical domestic consumption values from July 2026: 2,500 kWh a year",
    year: 2026,
  },
  {
    name: "home",
    each: 2500,
    unit: "years of a British home",
    phrase: "as much as # years of a British home",
    source: "Ofgem, typical domestic consumption values from July 2026: 2,500 kWh a year",
    year: 2026,
  },
];

/** What people can picture: neither a thousandth of something nor a million of it. */
const LEAST = 0.5;
const MOST = 5000;
/** Amounts from 2 to 200 are equally easy; the more decades away from these, the harder. */
const hardness = (amount: number): number => Math.floor(Math.abs(Math.log10(amount / 20)));

/**
 * Grams of CO2 equivalent as things that people know, the easiest to picture first: those whose amount is
 * between a half and some thousands, at most one of each name. An amount so small or large that none is gives
 * the nearest one; 0 gives none. These are comparisons and not measurements: each is as rough as its source.
 *
 * @throws {AdaCarbonError} `bad-input` for an amount that is negative or not finite.
 *
 * @example
 * import assert from "node:assert/strict";
 * import { equivalencies } from "ada-carbon/timeseries";
 *
 * const [first] = equivalencies(10_000);
 * assert.equal(first?.sentence, "as much as 25 miles in a petrol car");
 */
export function equivalencies(gco2eq: number): Equivalency[] {
  return compare(gco2eq, CARBON);
}

/** Like {@link equivalencies}, for kWh of electricity. */
export function energyEquivalencies(kwh: number): Equivalency[] {
  return compare(kwh, ENERGY);
}

/**
 * Grams of CO2 equivalent that a job of so many kWh saves by waiting for the best window instead of starting
 * at once. `null` where the intensity of now is not known; `bad-input` for kWh that are negative or not finite.
 */
export function bestWindowSaving(best: Pick<BestWindow, "savedGco2eqPerKwh">, kwh: number): number | null {
  assertArgument("bestWindowSaving", "best", best, OBJECT);
  requireAmount(kwh);
  return best.savedGco2eqPerKwh === null ? null : best.savedGco2eqPerKwh * kwh;
}

function compare(total: number, comparisons: readonly Comparison[]): Equivalency[] {
  requireAmount(total);
  if (total === 0) return [];
  const ranked = comparisons
    .map((comparison) => ({ ...comparison, amount: total / comparison.each }))
    .sort((a, b) => hardness(a.amount) - hardness(b.amount))
    .filter(({ name }, i, all) => all.findIndex((other) => other.name === name) === i);
  const easy = ranked.filter(({ amount }) => amount >= LEAST && amount <= MOST);
  return (easy.length > 0 ? easy : ranked.slice(0, 1)).map(
    ({ name, amount, unit, phrase, source, year }) => ({
      name,
      amount,
      unit,
      sentence: phrase.replace("#", formatAmount(amount)),
      source,
      year,
    }),
  );
}

function requireAmount(amount: number): void {
  if (!(Number.isFinite(amount) && amount >= 0))
    throw badInput(`${amount} is not an amount; it must be finite and at least 0`);
}

function formatAmount(amount: number): string {
  return new Intl.NumberFormat("en-GB", { maximumSignificantDigits: amount < 100 ? 2 : 3 }).format(amount);
}
