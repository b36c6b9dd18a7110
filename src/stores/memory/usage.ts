import { assertSeries } from "../../usage/assert-series.js";
import type { Interval } from "../../usage/hour.js";
import { formatScope, type Scope, type ScopeKind } from "../../usage/scope.js";
import {
  emptySeries,
  mergeSeries,
  outsideOf,
  pickRows,
  sliceSeries,
  type UsageSeries,
} from "../../usage/series.js";
import type { CallOptions } from "../call-options.js";
import { assertScope } from "../names.js";
import { OpenGuard } from "../open-guard.js";
import type { UsageStore } from "../usage-store.js";

/**
 * A usage store that lives as long as the process: for tests, and for hosts that keep the results elsewhere.
 * What goes in and what comes out are copies.
 *
 * Rejects with `bad-input` for a series that `assertSeries` refuses; the batch then changes nothing.
 *
 * @example
 * import { ADA } from "ada-carbon";
 * import { memoryUsageStore } from "ada-carbon/memory";
 *
 * const store = memoryUsageStore();
 * const series = await store.read(ADA, { from: 0, to: Date.now() });
 * assert.equal(series.hours.length, 0);
 */
export function memoryUsageStore(): UsageStore {
  const stored = new Map<string, UsageSeries>();
  const open = new OpenGuard("the memory store");

  return {
    async read(scope: Scope, interval: Interval, options: CallOptions = {}): Promise<UsageSeries> {
      open.enter(options.signal);
      assertScope(scope);
      return copy(sliceSeries(stored.get(formatScope(scope)) ?? nothing(scope), interval));
    },

    async replace(batch: readonly UsageSeries[], options: CallOptions = {}): Promise<void> {
      open.enter(options.signal);
      for (const series of batch) {
        assertScope(series.scope);
        assertSeries(series);
      }
      for (const series of batch) {
        if (series.hours.length === 0) continue;
        const key = formatScope(series.scope);
        stored.set(key, mergeSeries(stored.get(key) ?? nothing(series.scope), series));
      }
    },

    async remove(scopes: readonly Scope[], interval: Interval, options: CallOptions = {}): Promise<void> {
      open.enter(options.signal);
      for (const scope of scopes) assertScope(scope);
      for (const scope of scopes) {
        const key = formatScope(scope);
        const left = outsideOf(stored.get(key) ?? nothing(scope), interval);
        if (left.hours.length === 0) stored.delete(key);
        else stored.set(key, left);
      }
    },

    async scopes(kind: ScopeKind, options: CallOptions = {}): Promise<Scope[]> {
      open.enter(options.signal);
      const scopes = [...stored.values()]
        .map((series) => series.scope)
        .filter((scope) => scope.kind === kind);
      return scopes.sort((a, b) => (a.name < b.name ? -1 : 1));
    },

    async close(): Promise<void> {
      if (open.close()) stored.clear();
    },
  };
}

function nothing(scope: Scope): UsageSeries {
  const { kind, name } = scope;
  return emptySeries({ kind, name }, [], { library: "", model: null, intensity: null });
}

function copy(series: UsageSeries): UsageSeries {
  return pickRows(
    series,
    series.hours.map((_, i) => i),
  );
}
