import type { Interval } from "../usage/hour.js";
import type { ScopeKind } from "../usage/scope.js";
import type { UsageSeries } from "../usage/series.js";
import type { CallOptions } from "./call-options.js";
import type { UsageStore } from "./usage-store.js";

/** How many series are read at once. */
const AT_ONCE = 8;

/** Every series of a kind that has rows in the interval: together where the store can, else scope by scope. */
export async function readKind(
  store: UsageStore,
  kind: ScopeKind,
  interval: Interval,
  options: CallOptions = {},
): Promise<UsageSeries[]> {
  if (store.readKind !== undefined) return store.readKind(kind, interval, options);
  const scopes = await store.scopes(kind, options);
  const found: UsageSeries[] = [];
  for (let i = 0; i < scopes.length; i += AT_ONCE) {
    const some = scopes.slice(i, i + AT_ONCE).map((scope) => store.read(scope, interval, options));
    found.push(...(await Promise.all(some)));
  }
  return found.filter(({ hours }) => hours.length > 0);
}
