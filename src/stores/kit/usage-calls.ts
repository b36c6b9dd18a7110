import { assertSeries } from "../../usage/assert-series.js";
import type { Interval } from "../../usage/hour.js";
import { NO_PROVENANCE } from "../../usage/provenance.js";
import type { Scope, ScopeKind } from "../../usage/scope.js";
import { emptySeries, type UsageSeries } from "../../usage/series.js";
import { assertKind, assertList, assertMilliseconds, assertScope } from "../names.js";
import type { StoredIntensities } from "../stored-intensities.js";
import type { UsageStore } from "../usage-store.js";
import type { OpenGuard } from "./open-guard.js";

/** What a storage of usage has to do itself. What it is given has been checked. */
export interface UsageStorage {
  /** An interval that is not empty. */
  read(scope: Scope, interval: Interval, signal: AbortSignal | undefined): Promise<UsageSeries>;
  /** At least one series, and each has rows; a scope may be there more than once, and then the later wins. */
  replace(batch: readonly UsageSeries[], signal: AbortSignal | undefined): Promise<void>;
  /** At least one scope, and an interval that is not empty. */
  remove(scopes: readonly Scope[], interval: Interval, signal: AbortSignal | undefined): Promise<void>;
  /** Names of the scopes of a kind that have rows, in any order. */
  names(kind: ScopeKind, signal: AbortSignal | undefined): Promise<string[]>;
  intensities(scope: Scope, signal: AbortSignal | undefined): Promise<StoredIntensities>;
}

/** The calls of a {@link UsageStore}, with the checks that all stores make. */
export function usageCalls(
  open: OpenGuard,
  storage: UsageStorage,
): Pick<UsageStore, "read" | "replace" | "remove" | "scopes" | "intensities"> {
  return {
    async read(scope, interval, options) {
      const signal = open.signalOf(options);
      assertScope(scope);
      assertMilliseconds(interval);
      const { kind, name } = scope;
      if (interval.from < interval.to) return storage.read({ kind, name }, interval, signal);
      return emptySeries({ kind, name }, [], NO_PROVENANCE);
    },

    async replace(batch, options) {
      const signal = open.signalOf(options);
      assertList(batch, "what is to be stored");
      for (const series of batch) {
        assertSeries(series);
        assertScope(series.scope);
      }
      const withRows = batch.filter(({ hours }) => hours.length > 0);
      if (withRows.length > 0) await storage.replace(withRows, signal);
    },

    async remove(scopes, interval, options) {
      const signal = open.signalOf(options);
      assertList(scopes, "what is to be removed");
      for (const scope of scopes) assertScope(scope);
      assertMilliseconds(interval);
      if (scopes.length === 0 || !(interval.from < interval.to)) return;
      await storage.remove(scopes, interval, signal);
    },

    async scopes(kind, options) {
      const signal = open.signalOf(options);
      assertKind(kind);
      // By code unit, which is how JavaScript sorts and databases mostly do not.
      return (await storage.names(kind, signal)).sort().map((name) => ({ kind, name }));
    },

    async intensities(scope, options) {
      const signal = open.signalOf(options);
      assertScope(scope);
      return storage.intensities(scope, signal);
    },
  };
}
