import { type NormalEquations, predicted } from "./least-squares.js";
import type { Observation } from "./observations.js";

/** How far a calibration was off in hours that it had not seen. */
export interface HeldOutError {
  /** Whole days, each estimated by watts that were fitted without it. */
  readonly days: number;
  readonly observations: number;
  /** Mean of the differences, whatever their sign, as a share of what the meters have. */
  readonly meanError: number;
  /** The difference of the totals, as a share: more than 0 where too much was estimated. */
  readonly bias: number;
}

/** Days are held out in so many turns. */
const MOST_TURNS = 5;

/** `null` where there is one day only, which leaves nothing to fit with. */
export function heldOutError(rows: readonly Observation[], equations: NormalEquations): HeldOutError | null {
  const days = [...new Set(rows.map(({ day }) => day))].sort((a, b) => a - b);
  if (days.length < 2) return null;
  const turnOf = new Map(days.map((day, i) => [day, i % MOST_TURNS]));
  const turns = Map.groupBy(rows, ({ day }) => turnOf.get(day) ?? 0);
  const sum = { error: 0, estimated: 0, metered: 0 };
  for (const heldOut of turns.values()) {
    const rest = equations.copy();
    for (const row of heldOut) rest.add(row, -1);
    const { coefficients } = rest.solve();
    for (const row of heldOut) {
      const estimated = predicted(row, coefficients) * row.meanKwh;
      sum.error += Math.abs(estimated - row.kwh);
      sum.estimated += estimated;
      sum.metered += row.kwh;
    }
  }
  return {
    days: days.length,
    observations: rows.length,
    meanError: sum.error / sum.metered,
    bias: sum.estimated / sum.metered - 1,
  };
}
