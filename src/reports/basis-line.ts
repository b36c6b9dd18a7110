import { describeBasis } from "../intensity/basis.js";
import { basisOfStored, splitBases } from "../intensity/basis-of-source.js";
import { type GramBases, isOfTwoBases } from "../intensity/gram-bases.js";
import type { IntensityProvenance } from "../usage/provenance.js";

/**
 * What the grams of a sum count, for people; `null` where there are none. Where there is no sum, since they count
 * different things, it says so.
 */
export function basisLine(sums: GramBases, length: "whole" | "short" = "whole"): string | null {
  const { bases, hoursOfUnknownBasis: unknown } = sums;
  if (isOfTwoBases(sums)) return severalBases(bases);
  const hours = `${unknown} ${unknown === 1 ? "hour" : "hours"} of no known basis`;
  const [basis] = bases;
  if (basis === undefined) return unknown === 0 ? null : hours;
  const told = describeBasis(basis, length);
  return unknown === 0 ? told : `${told}; with ${hours}`;
}

/** What the grams of one stored hour count, for people; `null` where it has none. */
export function basisOfHourLine(intensity: IntensityProvenance | null): string | null {
  if (intensity === null) return null;
  const bases = splitBases(basisOfStored(intensity) ?? "");
  if (bases.length > 1) return severalBases(bases);
  return bases[0] ? describeBasis(bases[0]) : "not known";
}

function severalBases(bases: readonly string[]): string {
  const told = bases.map((basis) => describeBasis(basis));
  return `of ${told.length} bases, which are never added: ${told.join("; and ")}`;
}
