import { badInput } from "../../usage/errors.js";

/** The column with the intensities, and what its name says of their unit. */
export interface ValueColumn {
  readonly name: string;
  /** What a number of it is multiplied with to have grams per kWh. */
  readonly gramsPerKwh: number;
  readonly gas: "co2" | "co2e";
}

const GRAMS: Readonly<Record<string, number>> = { g: 1, kg: 1000, lb: 453.59237, lbs: 453.59237, t: 1e6 };
const KWH: Readonly<Record<string, number>> = { kwh: 1, mwh: 1000 };
/** `gco2eq_per_kwh`, `carbon_intensity_kgco2e_kwh`, `lbs_co2_per_mwh`: once all but letters and digits is `_`. */
const UNIT = /(?:^|_)(kg|g|lbs|lb|t)_?co2(eq|e)?_(?:per_)?([km]wh)(?:_|$)/;

/** Reads the unit out of a column's name; `undefined` where it has none. */
export function valueColumn(name: string): ValueColumn | undefined {
  const [, mass, equivalent, energy] = UNIT.exec(plainName(name)) ?? [];
  if (mass === undefined || energy === undefined) return undefined;
  const gramsPerKwh = (GRAMS[mass] ?? 1) / (KWH[energy] ?? 1);
  return { name, gramsPerKwh, gas: equivalent === undefined ? "co2" : "co2e" };
}

/** `Carbon intensity - gCO2/kWh` as `carbon_intensity_gco2_kwh`. */
export function plainName(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^_|_$/g, "");
}

/** Coal alone is under 1,000 g; no grid has been over 2,000, and none of a country under 2. */
const HIGHEST = 2000;
const LEAST_TYPICAL = 2;
/** No grid changes so much from one time to the next, other than to or from nothing. */
const MOST_TIMES = 300;
/** Under it, factors say little: a grid of water and wind goes from 0.1 to 20 when one small plant starts. */
const LEAST_BESIDE = 30;

/**
 * Why intensities, in order of time, can only be of another unit than grams per kWh: one is over 2,000, or more than half
 * of them are between 0 and 2, as kilograms read as grams are, or one is over 300 times the one beside it. `undefined` where
 * they can be.
 */
export function otherUnit(gco2eqPerKwh: readonly number[]): string | undefined {
  const highest = gco2eqPerKwh.reduce((most, value) => Math.max(most, value), 0);
  if (highest > HIGHEST) return `the highest is ${format(highest)}, and no grid is over ${HIGHEST}`;
  const tiny = gco2eqPerKwh.filter((value) => value > 0 && value < LEAST_TYPICAL).length;
  if (tiny * 2 > gco2eqPerKwh.length)
    return `most are under ${LEAST_TYPICAL}, as kilograms are that are read as grams`;
  const at = gco2eqPerKwh.findIndex((value, i) => isFarOff(value, gco2eqPerKwh[i - 1] ?? value));
  if (at < 0) return undefined;
  const [low = 0, high = 0] = gco2eqPerKwh.slice(at - 1, at + 1).sort((a, b) => a - b);
  return `${format(low)} stands beside ${format(high)}, which is over ${MOST_TIMES} times as much`;
}

function isFarOff(value: number, before: number): boolean {
  const [low, high] = [Math.min(value, before), Math.max(value, before)];
  return low > 0 && high >= LEAST_BESIDE && high > MOST_TIMES * low;
}

/** Refuses (code `bad-input`) intensities that can only be of another unit, as {@link otherUnit} has it. */
export function assertUnit(gco2eqPerKwh: readonly number[], { name }: ValueColumn, where: string): void {
  const why = otherUnit(gco2eqPerKwh);
  if (why === undefined) return;
  throw badInput(
    `${where}: ${JSON.stringify(name)} is not in the unit that it says, in gCO2 per kWh ${why}; ` +
      "name the column by its unit: gco2e_per_kwh, kgco2e_per_kwh, lbco2_per_mwh",
  );
}

function format(value: number): string {
  return String(Number(value.toPrecision(6)));
}
