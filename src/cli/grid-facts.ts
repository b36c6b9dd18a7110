import { formatBasis } from "../intensity/basis.js";
import type { IntensityCallOptions, IntensitySource, MarginalSource } from "../intensity/port.js";
import { gridsOf, type ProjectGrids } from "../intensity/project-grids.js";
import type { Io } from "./io.js";

export type Grid = Pick<IntensitySource | MarginalSource, "id" | "basis" | "licence">;

/** A call of a grid, whose warnings go to standard error. */
export function gridCall({ stderr }: Io, signal: AbortSignal): IntensityCallOptions {
  return { signal, onWarning: (message) => stderr.warning(message) };
}

/** By which basis the numbers are, and what the licence of the source wants shown. */
export function factsOf({ id, basis, licence }: Grid): string[] {
  const line = basis === undefined ? [] : [`${id}: ${formatBasis(basis)}`];
  return [...line, ...(licence === undefined ? [] : [licence])];
}

export function aboutDocument({ id, basis, licence }: Grid): object {
  return { source: id, basis: basis === undefined ? null : formatBasis(basis), licence: licence ?? null };
}

/** What the licences of all grids want shown, as one text. */
export function licencesOf(intensity: IntensitySource | ProjectGrids | undefined): string | undefined {
  const sources = intensity === undefined ? [] : gridsOf(intensity).sources;
  const lines = new Set(sources.flatMap(({ licence }) => licence ?? []));
  return lines.size === 0 ? undefined : [...lines].join(" ");
}
