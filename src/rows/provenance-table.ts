import { type Measurement, sameMeasurement } from "../usage/measurement.js";
import type { Provenance } from "../usage/provenance.js";
import { remembered } from "../usage/remembered.js";
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
  const shared = sharedIntensity();
  return ({ model, intensity: given, market }, host, measurement) => {
    const intensity = shared(given);
    const ofHost = remembered(table, host, () => new Map());
    const known = remembered(ofHost, intensity, () => []);
    const found = known.find(
      (provenance) =>
        provenance.model === model &&
        provenance.market === market &&
        sameMeasurement(provenance, measurement),
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

/** One object for equal intensities: those of several grids are joined for every row anew. */
function sharedIntensity(): (intensity: Provenance["intensity"]) => Provenance["intensity"] {
  const seen = new Map<Provenance["intensity"], Provenance["intensity"]>();
  const byText = new Map<string, Provenance["intensity"]>();
  return (intensity) =>
    remembered(seen, intensity, () => remembered(byText, JSON.stringify(intensity), () => intensity));
}
