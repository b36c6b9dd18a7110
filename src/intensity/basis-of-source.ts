import { namesApart } from "../usage/names-together.js";
import type { IntensityProvenance } from "../usage/provenance.js";
import { formatBasis } from "./basis.js";
import { GB_BASIS } from "./gb-facts.js";
import type { IntensitySource } from "./port.js";

/** What the grams of a source count, as text; `undefined` where it does not say. A constant counts as anything. */
export function basisOfSource({ id, basis }: Pick<IntensitySource, "id" | "basis">): string | undefined {
  if (basis !== undefined) return formatBasis(basis);
  const isGb = namesApart(id).every((one) => one.startsWith("gb-carbon-intensity/"));
  return isGb ? formatBasis(GB_BASIS) : undefined;
}

/** The same of a stored hour. Hours that were stored before bases were kept have it by the id of their source. */
export function basisOfStored({ kind, source, basis }: IntensityProvenance): string | undefined {
  return kind === "fallback" ? undefined : (basis ?? basisOfSource({ id: source }));
}
