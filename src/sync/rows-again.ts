import type { Batch } from "../rows/batch.js";
import { inWritingOrder } from "../rows/kinds.js";
import { type FinishedHour, spanOf } from "../usage/hour.js";
import { SCOPE_KINDS } from "../usage/scope.js";
import type { UsageSeries } from "../usage/series.js";
import type { CheckedSyncOptions } from "./options.js";

/** What `again` makes of the stored rows of every scope, from the first to the last of these hours. */
export async function rowsAgain(
  { store, signal }: Pick<CheckedSyncOptions, "store" | "signal">,
  hours: readonly FinishedHour[],
  again: (stored: UsageSeries) => UsageSeries,
): Promise<Batch> {
  const series: UsageSeries[] = [];
  const hostsBefore: UsageSeries[] = [];
  for (const kind of SCOPE_KINDS) {
    for (const scope of await store.scopes(kind, { signal })) {
      const stored = await store.read(scope, spanOf(hours), { signal });
      if (kind === "host") hostsBefore.push(stored);
      series.push(again(stored));
    }
  }
  return { series: inWritingOrder(series), hostsBefore };
}
