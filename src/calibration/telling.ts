import { remembered } from "../usage/remembered.js";
import type { NormalEquations, Solution } from "./least-squares.js";
import type { Observation, Observations, Wanted } from "./observations.js";
import { ninetyPercent, standardErrors } from "./standard-errors.js";

/** A number that meters and core-hours tell, between what nine of ten such numbers lie. */
export interface Told {
  readonly wanted: Wanted;
  readonly watts: number;
  readonly low: number;
  readonly high: number;
}

/** A number that they do not tell, and why. */
export interface Untold {
  readonly wanted: Wanted;
  readonly reason: string;
}

/**
 * How wide an interval may be, to each side: half of the number, or so many watts if that is more; of a floor, this
 * share of what a meter has on average. Wider ones are no measurement.
 */
const WIDEST = { share: 0.5, coreWatts: 1, floorShare: 0.1 };
/** A part of a number as small as this may be unknown. */
const PART = 1e-6;
/** Fewer blocks of hours than this say nothing of how far a number is off. */
const LEAST_BLOCKS = 6;

/** Which numbers a solution tells. Blocks of hours that may be wrong together are the days of a meter. */
export function tell(
  { wanted, rows }: Observations,
  equations: NormalEquations,
): { readonly told: readonly Told[]; readonly untold: readonly Untold[] } {
  const solution = equations.solve();
  const blockOf = (row: number): string => `${rows[row]?.day} ${rows[row]?.meter}`;
  const blocks = new Set(rows.map((_, row) => blockOf(row))).size;
  const errors = standardErrors(solution, rows, blockOf);
  const width = ninetyPercent(Math.max(blocks - 1, 1));
  const meanKwh = rows.reduce((sum, { kwh }) => sum + kwh, 0) / rows.length;
  const told: Told[] = [];
  const untold: Untold[] = [];
  wanted.forEach((what, column) => {
    const watts = solution.coefficients[column] ?? Number.NaN;
    const half = width * (errors[column] ?? Number.NaN);
    const widest = what.of === "floor" ? WIDEST.floorShare * meanKwh * 1000 : WIDEST.coreWatts;
    const reason =
      inseparable(column, wanted, rows, solution) ??
      (blocks < LEAST_BLOCKS || rows.length <= wanted.length
        ? `${rows.length} hours of ${blocks} days of meters are too few for ${wanted.length} numbers`
        : undefined) ??
      (half <= Math.max(WIDEST.share * watts, widest) ? undefined : tooWide(watts, half));
    if (reason === undefined)
      told.push({ wanted: what, watts, low: Math.max(0, watts - half), high: watts + half });
    else untold.push({ wanted: what, reason });
  });
  return { told, untold };
}

function tooWide(watts: number, half: number): string {
  if (!Number.isFinite(half)) return "it rests on one day of one meter alone";
  const [low, high] = [Math.max(0, watts - half), watts + half].map((value) => value.toFixed(1));
  return `it may be anything from ${low} to ${high} W: too few hours, or too little change in them`;
}

/** With which others a number could be exchanged without any difference to a meter; `undefined` if with none. */
function inseparable(
  column: number,
  wanted: readonly Wanted[],
  rows: readonly Observation[],
  { undetermined }: Solution,
): string | undefined {
  const isTogether = (other: number): boolean => Math.abs(undetermined[column]?.[other] ?? 0) > PART;
  if (!isTogether(column)) return undefined;
  const others = wanted.filter((_, other) => other !== column && isTogether(other));
  const what = wanted[column];
  if (what !== undefined && what.of !== "floor" && isConstant(column, rows))
    return "it is as much load in every hour of each meter, so nothing tells it from the floor";
  const names = others.slice(0, 3).map(describeWanted).join(", ");
  const more = others.length > 3 ? ` and ${others.length - 3} more` : "";
  return `it cannot be told from ${names}${more}: they always came together`;
}

function isConstant(column: number, rows: readonly Observation[]): boolean {
  const seen = new Map<string, number>();
  return rows.every(({ meter, columns, values }) => {
    const value = values[columns.indexOf(column)] ?? 0;
    const first = remembered(seen, meter, () => value);
    return Math.abs(value - first) <= 1e-6 * Math.abs(first);
  });
}

/** `a busy core of Muon`, `the floor of hv-12`. */
export function describeWanted(wanted: Wanted): string {
  if (wanted.of === "floor") return wanted.meter === null ? "the floor" : `the floor of ${wanted.meter}`;
  return `a${wanted.of === "idle" ? "n idle" : " busy"} core of ${wanted.machine}`;
}
