import { shareColumns } from "../../usage/compact.js";
import { formatScope } from "../../usage/scope.js";
import { mergeAll, type SeriesOfScope, type UsageSeries } from "../../usage/series.js";

/** The series that have rows, by scope, in the order of first appearance. */
export function groupByScope(batch: readonly UsageSeries[]): SeriesOfScope[] {
  const groups = new Map<string, [UsageSeries, ...UsageSeries[]]>();
  for (const series of batch) {
    if (series.hours.length === 0) continue;
    const key = formatScope(series.scope);
    const before = groups.get(key);
    if (before === undefined) groups.set(key, [series]);
    else before.push(series);
  }
  return [...groups.values()];
}

/** One series for each scope that has rows; of the same hour the later row wins. */
export function onePerScope(batch: readonly UsageSeries[]): UsageSeries[] {
  return shareColumns(mergedOneByOne(groupByScope(batch)));
}

/** So that what a scope has in common with the one before is garbage before the next one is made. */
function* mergedOneByOne(scopes: readonly SeriesOfScope[]): Generator<UsageSeries> {
  for (const parts of scopes) yield mergeAll(parts);
}
