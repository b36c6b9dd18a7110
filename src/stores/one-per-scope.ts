import { formatScope, type Scope } from "../usage/scope.js";
import { mergeAll, type UsageSeries } from "../usage/series.js";

/**
 * One series for each scope that has rows, in the order of first appearance; of the same hour the later row wins.
 *
 * @param keyOf What tells scopes apart in a store; it may refuse some.
 */
export function onePerScope(
  batch: readonly UsageSeries[],
  keyOf: (scope: Scope) => string = formatScope,
): UsageSeries[] {
  const parts = new Map<string, [UsageSeries, ...UsageSeries[]]>();
  for (const series of batch) {
    if (series.hours.length === 0) continue;
    const key = keyOf(series.scope);
    const before = parts.get(key);
    if (before === undefined) parts.set(key, [series]);
    else before.push(series);
  }
  return [...parts.values()].map(mergeAll);
}
