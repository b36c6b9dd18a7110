import { SPARSE_KINDS } from "../rows/kinds.js";
import { readKind } from "../stores/read-kind.js";
import type { UsageStore } from "../stores/usage-store.js";
import { type FinishedHour, spanOf } from "../usage/hour.js";
import { formatScope } from "../usage/scope.js";
import type { UsageSeries } from "../usage/series.js";

/** The stored rows, in the span of these hours, of every scope of the kinds that only have rows when used. */
export async function storedSparse(
  store: UsageStore,
  hours: readonly FinishedHour[],
  signal: AbortSignal | undefined,
): Promise<Map<string, UsageSeries>> {
  const stored = new Map<string, UsageSeries>();
  for (const kind of SPARSE_KINDS) {
    for (const series of await readKind(store, kind, spanOf(hours), { signal })) {
      stored.set(formatScope(series.scope), series);
    }
  }
  return stored;
}
