import { formatBasis } from "../intensity/basis.js";
import type { IntensitySource, MarginalSource } from "../intensity/port.js";

export type Grid = Pick<IntensitySource | MarginalSource, "id" | "basis" | "licence">;

/** By which basis the numbers are, and what the licence of the source wants shown. */
export function factsOf({ id, basis, licence }: Grid): string[] {
  const line = basis === undefined ? [] : [`${id}: ${formatBasis(basis)}`];
  return [...line, ...(licence === undefined ? [] : [licence])];
}

export function aboutDocument({ id, basis, licence }: Grid): object {
  return { source: id, basis: basis === undefined ? null : formatBasis(basis), licence: licence ?? null };
}
