import { type KnownTotals, knownTotals } from "../reports/known-totals.js";
import type { Interval } from "../usage/hour.js";
import type { Scope } from "../usage/scope.js";
import type { UsageSeries } from "../usage/series.js";

/** What an owner used over an interval. */
export interface OwnerTotals {
  readonly scope: Scope;
  readonly totals: KnownTotals;
  /** The users who worked on a host; empty for other kinds. */
  readonly users: readonly string[];
}

export function ownerTotals(series: UsageSeries, interval: Interval): OwnerTotals {
  const { scope, provenance } = series;
  const owners = scope.kind === "host" ? new Set(provenance.map(({ host }) => host?.owners)) : [];
  const users = [...owners].flatMap((some) => some ?? []).map(({ user }) => user);
  return { scope, totals: knownTotals(series, interval), users: [...new Set(users)] };
}
