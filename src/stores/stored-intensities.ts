import type { IntensityProvenance, Provenance } from "../usage/provenance.js";

/** What says by whom an intensity is, and what its grams count. */
export type IntensityName = Pick<IntensityProvenance, "kind" | "source" | "basis">;

/** By which intensities the rows of a scope are, each at least once, in any order. */
export interface StoredIntensities {
  /** Intensities of the grid. */
  readonly grid: readonly IntensityName[];
  /** Of what was bought. */
  readonly market: readonly IntensityName[];
}

/** What the provenance of a row says of its intensities. */
export type Intensities = Pick<Provenance, "intensity" | "market">;

export function intensitiesOf(rows: readonly Intensities[]): StoredIntensities {
  return {
    grid: rows.flatMap(({ intensity }) => intensity ?? []),
    market: rows.flatMap(({ market }) => market ?? []),
  };
}
