import { joinedIntensity } from "../intensity/joined-intensity.js";
import type { IntensityProvenance } from "../usage/provenance.js";
import { numberAt } from "../usage/series.js";
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
  const counted = {
    busyGco2eq: numberAt(columns.busyGco2eq, t),
    idleGco2eq: numberAt(columns.idleGco2eq, t),
  };
  const isCounted = !Number.isNaN(counted.busyGco2eq + counted.idleGco2eq);
  if (hosts.gridOf !== undefined) return isCounted ? overGrids(sums, counted, t) : NO_CARBON;
  const gco2eqPerKwh = numberAt(hosts.gco2eqPerKwh, t);
  if (Number.isNaN(gco2eqPerKwh)) return NO_CARBON;
  if (isCounted) return { ...counted, gco2eqPerKwh, intensity };
  return {
    busyGco2eq: numberAt(columns.busyKwh, t) * gco2eqPerKwh,
    idleGco2eq: numberAt(columns.idleKwh, t) * gco2eqPerKwh,
    gco2eqPerKwh,
    intensity,
  };
}

function overGrids(
  { columns, gridsOf }: ScopeSums,
  counted: Pick<ScopeCarbon, "busyGco2eq" | "idleGco2eq">,
  t: number,
): ScopeCarbon {
  const grids = [...gridsOf(t)];
  const kwh = numberAt(columns.busyKwh, t) + numberAt(columns.idleKwh, t);
  if (kwh > 0 && grids.some(({ gco2eqPerKwh }) => Number.isNaN(numberAt(gco2eqPerKwh, t)))) return NO_CARBON;
  const intensity = joinedIntensity(grids.flatMap(({ provenance }) => provenance[t] ?? []));
  const [one, ...others] = new Set(grids.map(({ gco2eqPerKwh }) => numberAt(gco2eqPerKwh, t)));
  if (one !== undefined && others.length === 0) return { ...counted, gco2eqPerKwh: one, intensity };
  const grams = counted.busyGco2eq + counted.idleGco2eq;
  return { ...counted, gco2eqPerKwh: kwh > 0 ? grams / kwh : Number.NaN, intensity };
}
