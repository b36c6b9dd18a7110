import type { IntensityProvenance, Provenance } from "../usage/provenance.js";
import type { UsageSeries } from "../usage/series.js";
import { basisOfStored, sayTheSame, splitBases } from "./basis-of-source.js";

/** What the grams of a sum count. */
export interface GramBases {
  /**
   * Each basis of the hours once, as `formatBasis` writes it, in alphabetical order. Grams that count different things are never added: where there
   * are two or more, the sums of grams are `null`.
   */
  readonly bases: readonly string[];
  /** Hours with grams that do not say what these count, such as those by a constant. They are in the sum of any basis. */
  readonly hoursOfUnknownBasis: number;
}

/** Rows with their grams, and what these rest on. */
interface GramRows extends Pick<UsageSeries, "busyGco2eq" | "idleGco2eq"> {
  readonly provenance: readonly Pick<Provenance, "intensity">[];
}

/** What the grams of the rows [first, end) count. */
export function basesOfRows(
  { busyGco2eq, idleGco2eq, provenance }: GramRows,
  first: number,
  end: number,
): GramBases {
  const bases: string[] = [];
  let hoursOfUnknownBasis = 0;
  let before: IntensityProvenance | null = null;
  let basis: string | undefined;
  for (let row = first; row < end; row++) {
    const intensity = provenance[row]?.intensity ?? null;
    // Neighbouring hours mostly share their provenance, or at least their source.
    if (intensity !== before && !sayTheSame(intensity, before)) {
      basis = intensity === null ? undefined : basisOfStored(intensity);
      for (const part of basis === undefined ? [] : splitBases(basis))
        if (!bases.includes(part)) bases.push(part);
    }
    before = intensity;
    // No grams are none by any basis.
    if (basis === undefined && (busyGco2eq[row] as number) + (idleGco2eq[row] as number) > 0)
      hoursOfUnknownBasis++;
  }
  return { bases: bases.sort(), hoursOfUnknownBasis };
}

/** Whether the grams count different things, and have no sum. */
export function isOfTwoBases({ bases }: Pick<GramBases, "bases">): boolean {
  return bases.length > 1;
}

/** Sums whose grams are `null` where they count different things. */
export function withoutMixedGrams<
  T extends GramBases & { readonly busyGco2eq: number | null; readonly idleGco2eq: number | null },
>(sums: T): T {
  return isOfTwoBases(sums) ? { ...sums, busyGco2eq: null, idleGco2eq: null } : sums;
}

/** What the grams of several sums, each over hours of its own, count together. */
export function summedBases(all: readonly GramBases[]): GramBases {
  const hoursOfUnknownBasis = all.reduce((sum, bases) => sum + bases.hoursOfUnknownBasis, 0);
  return { ...mergedBases(all), hoursOfUnknownBasis };
}

/** What the grams of several sums over the same hours count together. */
export function mergedBases(all: readonly GramBases[]): GramBases {
  return {
    bases: [...new Set(all.flatMap(({ bases }) => bases))].sort(),
    hoursOfUnknownBasis: Math.max(0, ...all.map((bases) => bases.hoursOfUnknownBasis)),
  };
}
