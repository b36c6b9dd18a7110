import { badInput } from "../usage/errors.js";
import { namesApart, namesTogether } from "../usage/names-together.js";
import type { IntensityProvenance } from "../usage/provenance.js";
import { formatBasis, isAverage } from "./basis.js";
import { GB_BASIS } from "./gb-facts.js";
import type { IntensitySource } from "./port.js";

/** What the grams of a source count, as text; `undefined` where it does not say. A constant counts as anything. */
export function basisOfSource({ id, basis }: Pick<IntensitySource, "id" | "basis">): string | undefined {
  if (basis !== undefined) return formatBasis(basis);
  // An hour of the live tracker may rest on several sources, whose ids are joined.
  const isGb = namesApart(id).every((name) => name.startsWith("gb-carbon-intensity/"));
  return isGb ? formatBasis(GB_BASIS) : undefined;
}

/** Refuses (`bad-input`) a marginal source. The types say so, too; whoever comes without them would add what must not be. */
export function assertAverageSource({ id, basis }: Pick<IntensitySource, "id" | "basis">): void {
  if (basis !== undefined && !isAverage(basis))
    throw badInput(`${id} is marginal; use is accounted for by averages`);
}

/** What the grams of all of a cloud's grids count, which is the same; `undefined` where none of them says. */
export function basisOfGrids(sources: readonly IntensitySource[]): string | undefined {
  return sources.flatMap((source) => (source.isConstant === true ? [] : (basisOfSource(source) ?? [])))[0];
}

/** The same of a stored hour. Hours that were stored before bases were kept have it by the id of their source. */
export function basisOfStored({
  kind,
  source,
  basis,
}: Pick<IntensityProvenance, "kind" | "source" | "basis">): string | undefined {
  return basis ?? (kind === "fallback" ? undefined : basisOfSource({ id: source }));
}

type AboutBasis = Pick<IntensityProvenance, "kind" | "source" | "basis"> | null | undefined;

/** Whether all that says a basis is the same of both, so that it need not be worked out again. */
export function sayTheSame(a: AboutBasis, b: AboutBasis): boolean {
  return a?.basis === b?.basis && a?.source === b?.source && a?.kind === b?.kind;
}

/** Several bases as one text, each once; `undefined` where there is none. */
export function joinBases(bases: Iterable<string | null | undefined>): string | undefined {
  const [first, ...more] = [...bases].filter((basis) => basis != null);
  return first === undefined ? undefined : more.reduce(namesTogether, first);
}

/** The bases of {@link joinBases}: of an hour whose grams are a sum of several there are more than one. */
export function splitBases(basis: string): string[] {
  return namesApart(basis);
}
