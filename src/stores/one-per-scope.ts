import { formatScope, type Scope } from "../usage/scope.js";
import { mergeSeries, type UsageSeries } from "../usage/series.js";

/**
 * One series for each scope that has rows, in the order of first appearance; of the same hour the later row wins.
 *
 * @param keyOf What tells scopes apart in a store; it may refuse some.
 */
export function onePerScope(
  batch: readonly UsageSeries[],
  keyOf: (scope: Scope) => string = formatScope,
): UsageSeries[] {
  const merged = new Map<string, UsageSeries>();
  for (const series of batch) {
    if (series.hours.length === 0) continue;
    const key = keyOf(series.scope);
    const before = merged.get(key);
    merged.set(key, before === undefined ? series : mergeSeries(before, series));
  }
  return [...merged.values()];
}
