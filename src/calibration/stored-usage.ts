import { readKind } from "../stores/read-kind.js";
import type { UsageStore } from "../stores/usage-store.js";
import type { Interval } from "../usage/hour.js";
import { ADA } from "../usage/scope.js";
import type { StoredUsage } from "./loads.js";

/** What a store has of hosts in an interval, to be joined with meters by `loadsBehind`. */
export async function storedUsage(
  store: UsageStore,
  interval: Interval,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<StoredUsage> {
  const hosts = await readKind(store, "host", interval, options);
  return { ada: await store.read(ADA, interval, options), hosts };
}
