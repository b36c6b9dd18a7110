import { SPARSE_KINDS } from "../rows/kinds.js";
import type { UsageStore } from "../stores/usage-store.js";
import { type FinishedHour, type Interval, spanOf } from "../usage/hour.js";
import { formatScope, type ScopeKind } from "../usage/scope.js";
import type { UsageSeries } from "../usage/series.js";

/** All series of a kind, in the interval. */
export async function readKind(
  store: UsageStore,
  kind: ScopeKind,
  interval: Interval,
  signal: AbortSignal | undefined,
): Promise<UsageSeries[]> {
  const found: UsageSeries[] = [];
  for (const scope of await store.scopes(kind, { signal })) {
    const series = await store.read(scope, interval, { signal });
    if (series.hours.length > 0) found.push(series);
  }
  return found;
}

/** The stored rows, in the span of these hours, of every scope of the kinds that only have rows when used. */
export async function storedSparse(
  store: UsageStore,
  hours: readonly FinishedHour[],
  signal: AbortSignal | undefined,
): Promise<Map<string, UsageSeries>> {
  const stored = new Map<string, UsageSeries>();
  for (const kind of SPARSE_KINDS) {
    for (const series of await readKind(store, kind, spanOf(hours), signal)) {
      stored.set(formatScope(series.scope), series);
    }
  }
  return stored;
}
