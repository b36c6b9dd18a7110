import type { RowIndex } from "../rows/row-index.js";
import { type FinishedHour, HOUR_MS } from "../usage/hour.js";
import { isTracked } from "../usage/provenance.js";
import type { Plan } from "./plan.js";

/**
 * Hours to compare with what the source has now: recent ones that are done, in which late data may have come; and
 * incomplete ones, of any age that is still fetched, which nothing new can complete unless the source has more.
 */
export function hoursToCompare(plan: Plan, ada: RowIndex, since: number): FinishedHour[] {
  const recent = [...plan.restate, ...plan.done].filter((hour) => hour >= since);
  return [...recent, ...plan.incomplete.filter((hour) => isSettled(ada, hour))].sort((a, b) => a - b);
}

/** Whether all there was of an hour when it was measured has been read: scrapes are not counted where some were left out. */
function isSettled(ada: RowIndex, hour: FinishedHour): boolean {
  const { scrapes, unsettled, model } = ada.provenance(hour) ?? {};
  return scrapes !== undefined && unsettled !== true && !isTracked(model);
}

/** The plan, with hours fetched of which the source has more scrapes than when they were measured, and those beside them. */
export function comparedPlan(
  plan: Plan,
  ada: RowIndex,
  compared: readonly FinishedHour[],
  scrapes: ReadonlyMap<number, number>,
): Plan {
  const hasMore = compared.filter((hour) => (scrapes.get(hour) ?? 0) > (ada.provenance(hour)?.scrapes ?? 0));
  // What came late in one hour may be the scrape after the end, or before the start, of another.
  const changed = new Set(hasMore.flatMap((hour) => [hour - HOUR_MS, hour, hour + HOUR_MS]));
  const isFetched = (hour: FinishedHour): boolean => changed.has(hour);
  const isDone = new Set(plan.incomplete.filter((hour) => isSettled(ada, hour) && !isFetched(hour)));
  const fetch = plan.fetch.filter((hour) => !isDone.has(hour));
  const again = [...plan.restate, ...plan.done].filter(isFetched);
  return {
    fetch: [...fetch, ...again].sort((a, b) => a - b),
    restate: plan.restate.filter((hour) => !isFetched(hour)),
    incomplete: plan.incomplete.filter((hour) => !isDone.has(hour)),
    done: [...plan.done.filter((hour) => !isFetched(hour)), ...isDone].sort((a, b) => a - b),
  };
}
