import type { MachineWatts, Watts } from "../machines/machine-watts.js";
import { type HeldOutError, heldOutError } from "./held-out.js";
import { NormalEquations } from "./least-squares.js";
import type { Observation, Observations, Wanted } from "./observations.js";

/** Watts that were read from data sheets or measured elsewhere: what a bill alone cannot tell. */
export interface GivenWatts {
  readonly machines: readonly MachineWatts[];
  /** Watts of a busy and an idle core of machines that are not in the list. */
  readonly otherwise: { readonly busyWatts: number; readonly idleWatts: number };
  /** The floor of each meter. */
  readonly floorWatts: number;
}

/** Given watts times one factor, so that they add up to what was billed. */
export interface ScaledWatts {
  readonly factor: number;
  readonly machines: readonly MachineWatts[];
  /** `null` where none was given. */
  readonly floor: Watts | null;
  readonly heldOut: HeldOutError | null;
}

/**
 * Fits one factor: months are too few to tell machines apart, or a floor from them. That one number is found as the
 * many are: as least squares of a table that has one column.
 */
export function scaleGiven(
  { wanted, rows }: Observations,
  given: GivenWatts,
  { source, date }: { readonly source: string; readonly date: string },
): ScaledWatts {
  const wattsOf = givenWatts(given);
  const equations = new NormalEquations(1);
  const columns = rows.map((row): Observation => {
    const all = row.columns.reduce((sum, column, i) => {
      const what = wanted[column];
      return what === undefined ? sum : sum + wattsOf(what) * (row.values[i] ?? 0);
    }, 0);
    const scaled = { ...row, columns: [0], values: [all] };
    equations.add(scaled);
    return scaled;
  });
  const [factor = Number.NaN] = equations.solve().coefficients;
  const names = new Set(wanted.flatMap((what) => (what.of === "floor" ? [] : [what.machine])));
  const scaledWatts = (watts: number): Watts => ({ watts: watts * factor, low: null, high: null });
  return {
    factor,
    machines: [...names].sort().map((machine) => ({
      machine,
      busyCore: scaledWatts(wattsOf({ of: "busy", machine })),
      idleCore: scaledWatts(wattsOf({ of: "idle", machine })),
      curve: null,
      memory: null,
      source,
      date,
    })),
    floor: given.floorWatts === 0 ? null : scaledWatts(given.floorWatts),
    heldOut: heldOutError(columns, equations),
  };
}

function givenWatts({ machines, otherwise, floorWatts }: GivenWatts): (wanted: Wanted) => number {
  const known = new Map(machines.map((entry) => [entry.machine, entry]));
  return (wanted) => {
    if (wanted.of === "floor") return floorWatts;
    const entry = known.get(wanted.machine);
    if (wanted.of === "busy") return entry?.busyCore.watts ?? otherwise.busyWatts;
    return entry?.idleCore.watts ?? otherwise.idleWatts;
  };
}
