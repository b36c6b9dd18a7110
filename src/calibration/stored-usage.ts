import { assertCall, type CallOptions } from "../stores/call-options.js";
import { USAGE_STORE } from "../stores/port-rules.js";
import { readKind } from "../stores/read-kind.js";
import type { UsageStore } from "../stores/usage-store.js";
import { type GivenPeriod, periodOf } from "../timeseries/rollup/given-period.js";
import { assertArgument } from "../usage/options.js";
import { ADA } from "../usage/scope.js";
import type { StoredUsage } from "./loads.js";

/** What a store has of hosts in an interval, to be joined with meters by `loadsBehind`. */
export async function storedUsage(
  store: UsageStore,
  given: GivenPeriod,
  options: CallOptions = {},
): Promise<StoredUsage> {
  assertArgument("storedUsage", "store", store, USAGE_STORE);
  assertCall("storedUsage", options);
  const interval = periodOf(given);
  const hosts = await readKind(store, "host", interval, options);
  return { ada: await store.read(ADA, interval, options), hosts };
}
