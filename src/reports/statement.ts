import { basisOfStored } from "../intensity/basis-of-source.js";
import { RowIndex } from "../rows/row-index.js";
import type { CallOptions } from "../stores/call-options.js";
import { USAGE_STORE } from "../stores/port-rules.js";
import type { UsageStore } from "../stores/usage-store.js";
import { AdaCarbonError } from "../usage/errors.js";
import {
  formatInterval,
  type GivenInterval,
  type Hour,
  hourlyInterval,
  type Interval,
} from "../usage/hour.js";
import { type Instant, instantOf } from "../usage/instant.js";
import {
  ANYTHING,
  assertArgument,
  assertOptions,
  optional,
  type Rules,
  SIGNAL,
  TEXT,
} from "../usage/options.js";
import type { IntensityProvenance } from "../usage/provenance.js";
import { formatScope, type Scope } from "../usage/scope.js";
import { eachQuantity, numberAt, orNull, type Quantity, type UsageSeries } from "../usage/series.js";
import type { Status } from "../usage/status.js";
import { VERSION } from "../usage/version.js";
import { hostsBehind, type MeasuredHost, type StatedHost } from "./stated-hosts.js";
import { StoredUsage } from "./stored-usage.js";
import { UsageReader } from "./usage-reader.js";

/** One hour of a {@link Statement}; `null` where nothing is known. */
export interface StatedHour extends Readonly<Record<Quantity, number | null>> {
  readonly hour: Hour;
  readonly status: Status;
  readonly coverage: number | null;
  readonly gco2eqPerKwh: number | null;
  readonly model: string | null;
  readonly intensity: StatedIntensity | null;
  /** What was bought, where that is known: market-based grams are energy times it ({@link marketStatement}). */
  readonly market?: (StatedIntensity & { readonly gco2eqPerKwh: number }) | undefined;
  /** Of everything, busy and idle: where it is the same in two statements, no host was measured again. */
  readonly cloudCpuSeconds: number | null;
  /** The hosts that the hour is the sum of. Empty where none are stored, or too many for a statement. */
  readonly hosts: readonly StatedHost[];
}

/** Whose intensity it was, and what its grams count. */
export interface StatedIntensity extends Pick<IntensityProvenance, "kind" | "source"> {
  readonly basis: string | null;
}

/** What a store said of a scope in an interval. A store keeps only what it knows now; a statement, what it knew then. */
export interface Statement {
  /** Version of ada-carbon that made it. */
  readonly library: string;
  /** When the store was read, UTC milliseconds. */
  readonly statedAt: number;
  readonly scope: Scope;
  readonly interval: Interval;
  /** The hours that are stored, ascending. */
  readonly hours: readonly StatedHour[];
  /** When which hosts were measured, those among them of which the scope had nothing. */
  readonly measured: readonly MeasuredHost[];
}

export interface StatementOptions extends CallOptions {
  /** When this is. */
  readonly statedAt: Instant;
  /** Names the store in messages. */
  readonly where?: string | undefined;
}

const STATEMENT_OPTIONS: Rules<StatementOptions> = {
  statedAt: ANYTHING,
  signal: optional(SIGNAL),
  where: optional(TEXT),
};

/**
 * What a store says now of a scope in an interval, to be kept and held against what it says later
 * ({@link differenceOf}). Rejects with `no-data` where nothing of it is stored.
 *
 * @example
 * import assert from "node:assert/strict";
 * import { memoryUsageStore } from "ada-carbon/memory";
 * import { readStatement } from "ada-carbon/reports";
 *
 * const interval = { from: "2025-09-10T00:00:00Z", to: "2025-09-11T00:00:00Z" };
 * const statedAt = Date.now();
 * const statement = readStatement(memoryUsageStore(), { kind: "ada", name: "ada" }, interval, { statedAt });
 * await assert.rejects(statement, /ada has no stored hour from 2025-09-10T00:00:00Z to 2025-09-11T00:00:00Z in the store/);
 */
export async function readStatement(
  store: UsageStore,
  scope: Scope,
  given: GivenInterval,
  options: StatementOptions,
): Promise<Statement> {
  assertArgument("readStatement", "store", store, USAGE_STORE);
  assertOptions("readStatement", options, STATEMENT_OPTIONS);
  const { signal, where = "the store" } = options;
  const statedAt = instantOf(options.statedAt, "statedAt");
  const interval = hourlyInterval(given);
  const series = await new UsageReader(store, { signal, where }).series(scope, interval);
  if (series.hours.length === 0) {
    const what = `${formatScope(scope)} has no stored hour from ${formatInterval(interval)} in ${where}`;
    throw new AdaCarbonError("no-data", what);
  }
  const stored = new StoredUsage(store, signal);
  const ada = new RowIndex(await stored.ada(interval));
  const { measured, byHour } = await hostsBehind(stored, series);
  return { library: VERSION, statedAt, scope, interval, hours: statedHours(series, ada, byHour), measured };
}

/** The rows of a scope; an hour in which nothing of it ran has the intensity that everything had. */
function statedHours(
  series: UsageSeries,
  ada: RowIndex,
  hosts: ReadonlyMap<Hour, readonly StatedHost[]>,
): StatedHour[] {
  return series.hours.map((hour, i) => {
    const { model = null, intensity = null } = series.provenance[i] ?? {};
    const market = series.provenance[i]?.market ?? ada.provenance(hour)?.market;
    const known = intensity ?? ada.provenance(hour)?.intensity ?? null;
    return {
      hour,
      status: series.status[i] ?? "not downloaded",
      ...eachQuantity((name) => orNull(numberAt(series[name], i))),
      coverage: orNull(numberAt(series.coverage, i)),
      gco2eqPerKwh: orNull(numberAt(series.gco2eqPerKwh, i)) ?? orNull(ada.value("gco2eqPerKwh", hour)),
      model,
      intensity: known && statedIntensity(known),
      ...(market === undefined
        ? {}
        : { market: { gco2eqPerKwh: market.gco2eqPerKwh, ...statedIntensity(market) } }),
      cloudCpuSeconds: orNull(ada.value("busyCpuSeconds", hour) + ada.value("idleCpuSeconds", hour)),
      hosts: hosts.get(hour) ?? [],
    };
  });
}

function statedIntensity(intensity: IntensityProvenance): StatedIntensity {
  const { kind, source } = intensity;
  return { kind, source, basis: basisOfStored(intensity) ?? null };
}
