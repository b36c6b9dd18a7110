import { assertCall, type CallOptions } from "../stores/call-options.js";
import { USAGE_STORE } from "../stores/port-rules.js";
import type { UsageStore } from "../stores/usage-store.js";
import { type GivenPeriod, periodOf } from "../timeseries/rollup/given-period.js";
import { assertArgument } from "../usage/options.js";
import { ADA, type Scope } from "../usage/scope.js";
import type { UsageSeries } from "../usage/series.js";
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
  const read = (scope: Scope): Promise<UsageSeries> => store.read(scope, interval, options);
  const hosts: UsageSeries[] = [];
  for (const scope of await store.scopes("host", options)) {
    const series = await read(scope);
    if (series.hours.length > 0) hosts.push(series);
  }
  return { ada: await read(ADA), hosts };
}
