import { type FinishedHour, HOUR_MS } from "../usage/hour.js";
import type { Plan } from "./plan.js";
import type { RowIndex } from "./row-index.js";

/**
 * Hours to compare with what the source has now: recent ones that are done, in which late data may have come; and
 * incomplete ones, of any age that is still fetched, which nothing new can complete unless the source has more.
 */
export function hoursToCompare(plan: Plan, ada: RowIndex, since: number): FinishedHour[] {
  const recent = [...plan.restate, ...plan.done].filter((hour) => hour >= since);
  return [...recent, ...plan.fetch.filter((hour) => isSettled(ada, hour))].sort((a, b) => a - b);
}

/** Whether the row says of an incomplete hour that all there was at that time has been read. */
function isSettled(ada: RowIndex, hour: FinishedHour): boolean {
  const { scrapes, unsettled } = ada.provenance(hour) ?? {};
  return ada.status(hour) === "download incomplete" && scrapes !== undefined && unsettled !== true;
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
  const fetch = plan.fetch.filter((hour) => isFetched(hour) || !isSettled(ada, hour));
  const again = [...plan.restate, ...plan.done].filter(isFetched);
  const settled = plan.fetch.filter((hour) => !fetch.includes(hour));
  return {
    fetch: [...fetch, ...again].sort((a, b) => a - b),
    restate: plan.restate.filter((hour) => !isFetched(hour)),
    done: [...plan.done.filter((hour) => !isFetched(hour)), ...settled].sort((a, b) => a - b),
  };
}
