// Amounts as people read them: three significant figures, a unit by size, and no line break before the unit.

const NO_BREAK_SPACE = "\u00a0";

/** What is written where nothing is known. */
const MISSING = "missing";

/** Units from the smallest to the greatest, each with how many of the amount's own unit it is. */
type Units = readonly (readonly [unit: string, size: number])[];

const ENERGY: Units = [
  ["Wh", 0.001],
  ["kWh", 1],
  ["MWh", 1000],
  ["GWh", 1_000_000],
];
const CARBON: Units = [
  ["gCO₂e", 1],
  ["kgCO₂e", 1000],
  ["tCO₂e", 1_000_000],
];
const POWER: Units = [
  ["W", 1],
  ["kW", 1000],
  ["MW", 1_000_000],
];

export type Amount = number | null | undefined;

export function energyText(kwh: Amount): string {
  return withUnit(kwh, ENERGY);
}

export function carbonText(grams: Amount): string {
  return withUnit(grams, CARBON);
}

export function powerText(watts: Amount): string {
  return withUnit(watts, POWER);
}

export function intensityText(gramsPerKwh: Amount): string {
  return isKnown(gramsPerKwh) ? `${Math.round(gramsPerKwh)}${NO_BREAK_SPACE}gCO₂e/kWh` : MISSING;
}

/** A share of 1 as a whole number of per cent; small shares that are not zero read "under 1 %". */
export function percentText(share: Amount): string {
  if (!isKnown(share)) return MISSING;
  if (share > 0 && share < 0.005) return `under 1${NO_BREAK_SPACE}%`;
  return `${Math.round(share * 100)}${NO_BREAK_SPACE}%`;
}

/** "2.20 to 2.98 kWh": both ends in the unit of the greater; empty where one of them is not known. */
export function rangeText(low: Amount, high: Amount, kind: "energy" | "carbon"): string {
  if (!isKnown(low) || !isKnown(high)) return "";
  const units = kind === "energy" ? ENERGY : CARBON;
  const [unit, size] = unitFor(high, units);
  return `${threeFigures(low / size)} to ${threeFigures(high / size)}${NO_BREAK_SPACE}${unit}`;
}

/** How much more or less than before, with an arrow that is not the only sign; below 5 % it is about the same. */
export function changeText(now: Amount, before: Amount): string {
  const change = relativeChange(now, before);
  if (change === null) return "";
  if (Math.abs(change) < 0.05) return "about the same";
  const size = Math.abs(change) >= 10 ? `${threeFigures(change + 1)} times` : percentText(Math.abs(change));
  return `${change > 0 ? "▲ " : "▼ "}${size}`;
}

export function relativeChange(now: Amount, before: Amount): number | null {
  return isKnown(now) && isKnown(before) && before > 0 ? now / before - 1 : null;
}

export function isKnown(amount: Amount): amount is number {
  return typeof amount === "number" && Number.isFinite(amount);
}

/** The sum of what is known; `null` where nothing is. */
export function sumOf(amounts: readonly Amount[]): number | null {
  const known = amounts.filter(isKnown);
  return known.length === 0 ? null : known.reduce((sum, amount) => sum + amount, 0);
}

function withUnit(amount: Amount, units: Units): string {
  if (!isKnown(amount)) return MISSING;
  const [unit, size] = unitFor(amount, units);
  return `${threeFigures(amount / size)}${NO_BREAK_SPACE}${unit}`;
}

/** The greatest unit of which there is one at least, as it will be written: 999.7 Wh is 1.00 kWh. */
function unitFor(amount: number, units: Units): readonly [string, number] {
  const fitting = units.filter(([, size]) => Number(Math.abs(amount / size).toPrecision(3)) >= 1);
  const [smallest = ["", 1] as const] = units;
  return amount === 0 ? (units[1] ?? smallest) : (fitting.at(-1) ?? smallest);
}

function threeFigures(value: number): string {
  if (value === 0) return "0";
  if (Math.abs(value) < 0.001) return value < 0 ? "about 0" : "under 0.001";
  const rounded = Number(value.toPrecision(3));
  return Math.abs(rounded) >= 1000 ? rounded.toLocaleString("en-GB") : value.toPrecision(3);
}
