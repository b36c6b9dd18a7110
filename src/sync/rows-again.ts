import { inWritingOrder } from "../rows/kinds.js";
import { readKind } from "../stores/read-kind.js";
import type { UsageStore } from "../stores/usage-store.js";
import { type FinishedHour, spanOf } from "../usage/hour.js";
import { SCOPE_KINDS } from "../usage/scope.js";
import type { UsageSeries } from "../usage/series.js";

/** Stores rows; `hostsBefore` are those of hosts whose place they take. */
export type Write = (batch: readonly UsageSeries[], hostsBefore?: readonly UsageSeries[]) => Promise<void>;

/** What `again` makes of the stored rows of every scope in these hours, and the rows of hosts whose place that takes. */
export async function rowsAgain(
  store: UsageStore,
  hours: readonly FinishedHour[],
  again: (stored: UsageSeries) => UsageSeries,
  signal: AbortSignal | undefined,
): Promise<[batch: readonly UsageSeries[], hostsBefore: readonly UsageSeries[]]> {
  const span = spanOf(hours);
  const batch: UsageSeries[] = [];
  const hostsBefore: UsageSeries[] = [];
  for (const kind of SCOPE_KINDS) {
    for (const stored of await readKind(store, kind, span, { signal })) {
      if (kind === "host") hostsBefore.push(stored);
      batch.push(again(stored));
    }
  }
  return [inWritingOrder(batch), hostsBefore];
}
