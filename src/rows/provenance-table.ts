import { type Measurement, sameMeasurement } from "../usage/measurement.js";
import type { Provenance } from "../usage/provenance.js";
import { VERSION } from "../usage/version.js";
import type { Basis } from "./host-hours.js";

/** What stands behind a row of which nothing is known. */
export const NO_BASIS: Omit<Basis, "market"> = { model: null, intensity: null };

/** Finds or makes the provenance of a row. */
export type ProvenanceTable = (
  basis: Basis,
  host: Provenance["host"],
  measurement: Measurement,
) => Provenance;

/** One shared object for equal provenance: there are as many rows as scopes and hours, and few that differ. */
export function provenanceTable(): ProvenanceTable {
  const table = new Map<Provenance["host"], Map<Provenance["intensity"], Provenance[]>>();
  return ({ model, intensity, market }, host, measurement) => {
    const ofHost = table.get(host) ?? new Map<Provenance["intensity"], Provenance[]>();
    table.set(host, ofHost);
    const known = ofHost.get(intensity) ?? [];
    ofHost.set(intensity, known);
    const found = known.find(
      (each) => each.model === model && each.market === market && sameMeasurement(each, measurement),
    );
    if (found !== undefined) return found;
    const provenance = {
      library: VERSION,
      model,
      intensity,
      ...(market === undefined ? {} : { market }),
      ...measurement,
      ...(host === undefined ? {} : { host }),
    };
    known.push(provenance);
    return provenance;
  };
}
