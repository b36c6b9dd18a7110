import type { CallOptions } from "../stores/call-options.js";
import { USAGE_STORE } from "../stores/port-rules.js";
import type { UsageStore } from "../stores/usage-store.js";
import { BIN_SIZES, type BinSize } from "../timeseries/rollup/bin-table.js";
import { type Moment, momentOf, unitOf } from "../timeseries/rollup/given-period.js";
import { badInput } from "../usage/errors.js";
import { formatInterval, type Interval } from "../usage/hour.js";
import {
  ANYTHING,
  assertArgument,
  assertOptions,
  LIST,
  oneOf,
  optional,
  type Rules,
  SIGNAL,
  TEXT,
} from "../usage/options.js";
import { parseScope, SCOPE_KINDS, type Scope, type ScopeKind } from "../usage/scope.js";
import { UsageReader } from "./usage-reader.js";
import { usageRows } from "./usage-rows.js";
import { UsageTable } from "./usage-table.js";

/** What {@link usageTable} is to have. Either `scope` or `kind` is needed. */
export interface UsageTableOptions extends CallOptions {
  /** One scope or several, such as `project:IDAaaS` or `{ kind: "user", name: "amara" }`. */
  readonly scope?: Scope | string | readonly (Scope | string)[] | undefined;
  /** Every scope of a kind that used something in the interval. */
  readonly kind?: ScopeKind | undefined;
  /** An instant, or a day, week, month or year of the zone: `2025-09-10`, `2025-W37`, `2025-09`, `2025`, a `Temporal.PlainDate`. */
  readonly from: Moment;
  /** Where it begins is the end. May be left out where `from` is a day, week, month or year: all of it is meant then. */
  readonly to?: Moment | undefined;
  /** Default `hour`. */
  readonly by?: BinSize | undefined;
  /** IANA time zone whose days, weeks, months and years are meant. Default `UTC`. */
  readonly zone?: string | undefined;
}

const TABLE_OPTIONS: Rules<UsageTableOptions> = {
  scope: optional({
    allowed: "a scope such as project:IDAaaS, or a list of them",
    holds: (value) => TEXT.holds(value) || LIST.holds(value) || (typeof value === "object" && value !== null),
  }),
  kind: optional(oneOf(SCOPE_KINDS)),
  from: ANYTHING,
  to: optional(ANYTHING),
  by: optional(oneOf(BIN_SIZES)),
  zone: optional(TEXT),
  signal: optional(SIGNAL),
};

/**
 * Stored usage as a table that notebooks show, spreadsheets open and charts take: one row a bin and scope, with
 * `Date`s, kWh, grams, bounds and coverage. What is not known is `null`.
 *
 * Rejects with `bad-input` for options that cannot be, and with `no-data` (`UnknownScopeError`) for a scope of which
 * nothing was ever stored: its name is most likely misspelt.
 *
 * @example
 * import assert from "node:assert/strict";
 * import { runSync } from "ada-carbon";
 * import { memoryUsageStore } from "ada-carbon/memory";
 * import { prometheusCpuSource } from "ada-carbon/prometheus";
 * import { usageTable } from "ada-carbon/reports";
 * import { serveSimulation, simulateCluster } from "ada-carbon/testing";
 *
 * const interval = { from: "2025-09-10T00:00Z", to: "2025-09-10T03:00Z" };
 * const simulation = await serveSimulation({ cluster: simulateCluster({ interval, hosts: 3 }) });
 *
 * const store = memoryUsageStore();
 * await runSync({ cpu: prometheusCpuSource({ url: simulation.prometheusUrl }), store, interval });
 * const table = await usageTable(store, { kind: "project", ...interval, by: "hour" });
 *
 * assert.equal(table.rows[0]?.from.toISOString(), "2025-09-10T00:00:00.000Z");
 * assert.equal(table.rows[0]?.totalGco2eq, null); // no source of intensity was given
 * await simulation.close();
 */
export async function usageTable(store: UsageStore, options: UsageTableOptions): Promise<UsageTable> {
  assertArgument("usageTable", "store", store, USAGE_STORE);
  assertOptions("usageTable", options, TABLE_OPTIONS);
  const { by = "hour", zone = "UTC", signal } = options;
  const interval = intervalOf(options, zone);
  const wanted = wantedScopes(options);
  const reader = new UsageReader(store, { signal });
  const scopes = "kind" in wanted ? await reader.scopesIn(wanted.kind, interval) : wanted.scopes;
  const ofEach = await reader.eachSeries(scopes, interval, (series) => series);
  return new UsageTable(ofEach.flatMap((series) => usageRows(series, interval, by, zone)));
}

function intervalOf({ from, to }: UsageTableOptions, zone: string): Interval {
  const begin = unitOf(from, zone, "from") ?? { from: momentOf(from, zone, "from"), to: undefined };
  const end = to === undefined ? begin.to : momentOf(to, zone, "to");
  if (end === undefined)
    throw badInput("usageTable: to is missing; give it, or a day, week, month or year as from");
  const interval = { from: begin.from, to: end };
  if (interval.from < interval.to) return interval;
  throw badInput(`the interval ${formatInterval(interval)} is empty: it must end after it starts`);
}

function wantedScopes({
  scope,
  kind,
}: UsageTableOptions): { kind: ScopeKind } | { scopes: readonly Scope[] } {
  if ((scope === undefined) === (kind === undefined))
    throw badInput('usageTable needs either scope or kind, such as { kind: "project" }');
  if (kind !== undefined) return { kind };
  const scopes = [scope].flat() as (Scope | string)[];
  return { scopes: scopes.map((scope) => (typeof scope === "string" ? parseScope(scope) : scope)) };
}
