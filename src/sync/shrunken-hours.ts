import type { RowIndex } from "../rows/row-index.js";
import type { MissingPart } from "../usage/cpu.js";
import type { FinishedHour } from "../usage/hour.js";
import { isTracked, partsOfModel } from "../usage/provenance.js";
import { formatScope } from "../usage/scope.js";
import { numberAt, type UsageSeries } from "../usage/series.js";

/** Less than this much less is rounding. */
const SHRINK = 1 - 1e-6;
/** Hours that say nothing of their scrapes were measured in another way, which may have found a little more. */
const OTHERWISE_MEASURED_SHRINK = 0.99;
/** What the tracker counted is not exact, and another model may leave out a mode: a little less is no loss. */
const OTHERWISE_COUNTED_SHRINK = 0.9;

/** How the hours of a batch were measured. */
export interface MeasuredBy {
  /** Id of the power model. */
  readonly model: string;
  /** The part of the source that could not be asked. */
  readonly missing: MissingPart | undefined;
}

/**
 * Hours of which the source now has fewer scrapes than when they were measured, and fewer CPU-seconds for some project
 * than are stored, whatever meters said besides. Where scrapes were not counted: fewer than are stored under the same
 * model, or much fewer than the workspace tracker or another model counted. Its retention has passed, or a store or server
 * behind it is away, and nothing is gained by replacing those.
 */
export function shrunkenHours(
  batch: readonly UsageSeries[],
  ada: RowIndex,
  projects: readonly RowIndex[],
  { model, missing }: MeasuredBy,
): Set<FinishedHour> {
  const shrunken = new Set<FinishedHour>();
  const fresh = batch.find(({ scope }) => scope.kind === "ada");
  const freshScrapes = new Map(fresh?.hours.map((hour, i) => [hour, fresh.provenance[i]?.scrapes]));
  /** How many scrapes of an hour the source has lost since it was measured; NaN where that is not known. */
  const lostScrapes = (hour: FinishedHour): number =>
    (ada.provenance(hour)?.scrapes ?? Number.NaN) - (freshScrapes.get(hour) ?? Number.NaN);
  for (const stored of projects) {
    const now = batch.find(({ scope }) => formatScope(scope) === formatScope(stored.series.scope));
    now?.hours.forEach((hour, i) => {
      const before = stored.value("busyCpuSeconds", hour) + stored.value("idleCpuSeconds", hour);
      const after = numberAt(now.busyCpuSeconds, i) + numberAt(now.idleCpuSeconds, i);
      const by = stored.provenance(hour)?.model;
      const lost = lostScrapes(hour);
      // With all scrapes that there were, what it says now is better.
      if (lost <= 0) return;
      const shrink = ada.provenance(hour)?.scrapes === undefined ? OTHERWISE_MEASURED_SHRINK : SHRINK;
      const isSameModel = by != null && partsOfModel(by).estimate === model;
      // What a part of the source had is not there now, or scrapes are gone, whatever the model.
      const isPart = missing !== undefined && !missing.wholeProjects.includes(stored.series.scope.name);
      const isLess = isSameModel || isPart || lost > 0;
      const least = !isTracked(by) && isLess ? shrink : OTHERWISE_COUNTED_SHRINK;
      if (before > 0 && !(after >= before * least)) shrunken.add(hour);
    });
  }
  return shrunken;
}
