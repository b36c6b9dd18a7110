import { joinedIntensity } from "../intensity/joined-intensity.js";
import type { IntensityProvenance } from "../usage/provenance.js";
import { at } from "../usage/series.js";
import type { HostHours } from "./host-hours.js";
import type { ScopeSums } from "./scope-tally.js";

/** The carbon of a scope in an hour: grams, NaN where they are not known, and what they rest on. */
export interface ScopeCarbon {
  readonly busyGco2eq: number;
  readonly idleGco2eq: number;
  /** The intensity of the grid; of several grids, grams by energy. NaN, too, where nothing was used of several. */
  readonly gco2eqPerKwh: number;
  readonly intensity: IntensityProvenance | null;
}

const NO_CARBON: ScopeCarbon = {
  busyGco2eq: Number.NaN,
  idleGco2eq: Number.NaN,
  gco2eqPerKwh: Number.NaN,
  intensity: null,
};

/**
 * Carbon is what was counted, host by host, where that is known; else the scope's own energy times the hour's intensity,
 * so that scopes add up in grams as they do in kWh. Of a scope whose hosts are of several grids it is the sum over them,
 * and not known where one of them is not.
 *
 * @param intensity What all hosts' intensity rests on, where they are of one grid.
 */
export function carbonOf(
  sums: ScopeSums,
  hosts: HostHours,
  t: number,
  intensity: IntensityProvenance | null,
): ScopeCarbon {
  const { columns } = sums;
  const counted = { busyGco2eq: at(columns.busyGco2eq, t), idleGco2eq: at(columns.idleGco2eq, t) };
  const isCounted = !Number.isNaN(counted.busyGco2eq + counted.idleGco2eq);
  if (hosts.gridOf !== undefined) return isCounted ? { ...counted, ...overGrids(sums, t) } : NO_CARBON;
  const gco2eqPerKwh = at(hosts.gco2eqPerKwh, t);
  if (Number.isNaN(gco2eqPerKwh)) return NO_CARBON;
  if (isCounted) return { ...counted, gco2eqPerKwh, intensity };
  return {
    busyGco2eq: at(columns.busyKwh, t) * gco2eqPerKwh,
    idleGco2eq: at(columns.idleKwh, t) * gco2eqPerKwh,
    gco2eqPerKwh,
    intensity,
  };
}

function overGrids(
  { columns, gridsOf }: ScopeSums,
  t: number,
): Pick<ScopeCarbon, "gco2eqPerKwh" | "intensity"> {
  const grids = [...gridsOf(t)];
  const intensity = joinedIntensity(grids.flatMap(({ provenance }) => provenance[t] ?? []));
  const [one, ...others] = new Set(grids.map(({ gco2eqPerKwh }) => at(gco2eqPerKwh, t)));
  if (one !== undefined && others.length === 0) return { gco2eqPerKwh: one, intensity };
  const kwh = at(columns.busyKwh, t) + at(columns.idleKwh, t);
  const grams = at(columns.busyGco2eq, t) + at(columns.idleGco2eq, t);
  return { gco2eqPerKwh: kwh > 0 ? grams / kwh : Number.NaN, intensity };
}
