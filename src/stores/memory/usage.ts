import { NO_PROVENANCE } from "../../usage/provenance.js";
import { formatScope, type Scope } from "../../usage/scope.js";
import {
  emptySeries,
  mergeSeries,
  outsideOf,
  pickRows,
  sliceSeries,
  type UsageSeries,
} from "../../usage/series.js";
import { closing } from "../kit/closing.js";
import { type ForgottenUser, forgettingCalls, withForgotten } from "../kit/forgotten.js";
import { OpenGuard } from "../kit/open-guard.js";
import { usageCalls } from "../kit/usage-calls.js";
import { intensitiesOf } from "../stored-intensities.js";
import type { UsageStore } from "../usage-store.js";

/**
 * A usage store that lives as long as the process: for tests, and for hosts that keep the results elsewhere.
 * What goes in and what comes out are copies.
 *
 * Rejects with `bad-input` for a series that `assertSeries` refuses; the batch then changes nothing.
 *
 * @example
 * import assert from "node:assert/strict";
 * import { ADA } from "ada-carbon";
 * import { memoryUsageStore } from "ada-carbon/memory";
 *
 * const store = memoryUsageStore();
 * const series = await store.read(ADA, { from: 0, to: Date.now() });
 * assert.equal(series.hours.length, 0);
 */
export function memoryUsageStore(): UsageStore & AsyncDisposable {
  const stored = new Map<string, UsageSeries>();
  let forgotten: readonly ForgottenUser[] = [];
  const open = new OpenGuard("the memory store");

  return {
    ...usageCalls(open, {
      async read(scope, interval) {
        return copy(sliceSeries(stored.get(formatScope(scope)) ?? nothing(scope), interval));
      },
      async replace(batch) {
        for (const series of batch) {
          const key = formatScope(series.scope);
          stored.set(key, mergeSeries(stored.get(key) ?? nothing(series.scope), series));
        }
      },
      async remove(scopes, interval) {
        for (const scope of scopes) {
          const key = formatScope(scope);
          const left = outsideOf(stored.get(key) ?? nothing(scope), interval);
          if (left.hours.length === 0) stored.delete(key);
          else stored.set(key, left);
        }
      },
      async names(kind) {
        const scopes = [...stored.values()].map((series) => series.scope);
        return scopes.filter((scope) => scope.kind === kind).map(({ name }) => name);
      },
      async intensities(scope) {
        return intensitiesOf(stored.get(formatScope(scope))?.provenance ?? []);
      },
    }),
    ...forgettingCalls(open, {
      async forgotten() {
        return forgotten;
      },
      async forget(name, user) {
        stored.delete(formatScope({ kind: "user", name }));
        forgotten = withForgotten(forgotten, user);
      },
    }),
    ...closing(async () => {
      if (open.close()) stored.clear();
    }),
  };
}

function nothing(scope: Scope): UsageSeries {
  const { kind, name } = scope;
  return emptySeries({ kind, name }, [], NO_PROVENANCE);
}

function copy(series: UsageSeries): UsageSeries {
  return pickRows(
    series,
    series.hours.map((_, i) => i),
  );
}
