import { Breaks } from "../usage/breaks.js";
import type { Interval } from "../usage/hour.js";
import { inPieces } from "../usage/pieces.js";
import type { Scope, ScopeKind } from "../usage/scope.js";
import type { UsageSeries } from "../usage/series.js";
import type { ReadKindOptions, UsageStore } from "./usage-store.js";

/** How many series are read at once. */
const AT_ONCE = 8;

/** Every series of a kind that has rows in the interval: together where the store can, else scope by scope. */
export async function readKind(
  store: UsageStore,
  kind: ScopeKind,
  interval: Interval,
  options: ReadKindOptions = {},
): Promise<UsageSeries[]> {
  if (store.readKind !== undefined) return store.readKind(kind, interval, options);
  const { signal } = options;
  const all = await eachScope(await store.scopes(kind, { signal }), (scope) =>
    store.read(scope, interval, { signal }),
  );
  return all.filter(({ hours }) => hours.length > 0);
}

/** Does the work for each scope, for some of them at the same time; the results are in the order of the scopes. */
export async function eachScope<T>(
  scopes: readonly Scope[],
  work: (scope: Scope) => Promise<T>,
): Promise<T[]> {
  const done: T[] = [];
  const breaks = new Breaks();
  for (const some of inPieces(scopes, AT_ONCE)) {
    done.push(...(await Promise.all(some.map(work))));
    await breaks.takeIfDue();
  }
  return done;
}
