import { EVER } from "../usage/hour.js";
import type { ScopeKind } from "../usage/scope.js";
import type { UsageSeries } from "../usage/series.js";
import type { CallOptions } from "./call-options.js";
import type { StoredSpan } from "./stored-span.js";
import type { UsageStore } from "./usage-store.js";

/** A span of every scope of a kind, by name: from the store where it knows them, else from all rows. */
export async function storedSpans(
  store: UsageStore,
  kind: ScopeKind,
  options: CallOptions = {},
): Promise<StoredSpan[]> {
  if (store.spans !== undefined) return store.spans(kind, options);
  const spans: StoredSpan[] = [];
  for (const scope of await store.scopes(kind, options))
    spans.push(...spanOfSeries(await store.read(scope, EVER, options)));
  return spans;
}

function spanOfSeries({ scope, hours, busyCpuSeconds }: UsageSeries): StoredSpan[] {
  const [first, last] = [hours[0], hours.at(-1)];
  if (first === undefined || last === undefined) return [];
  const hoursKnown = busyCpuSeconds.filter((seconds) => !Number.isNaN(seconds)).length;
  return [{ scope, first, last, hoursKnown }];
}
