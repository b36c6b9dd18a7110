import { rowsOfScopes } from "../rows/batch.js";
import { everyScope } from "../rows/scope-sums.js";
import { assertCall, type CallOptions } from "../stores/call-options.js";
import { assertScope } from "../stores/names.js";
import { USAGE_STORE } from "../stores/port-rules.js";
import type { UsageStore } from "../stores/usage-store.js";
import { AdaCarbonError } from "../usage/errors.js";
import { EVER, formatInstant, givenHour, type Hour, spanOf, spanText } from "../usage/hour.js";
import type { Instant } from "../usage/instant.js";
import { assertArgument } from "../usage/options.js";
import type { OwnerShare, Provenance } from "../usage/provenance.js";
import { toRecords } from "../usage/records.js";
import { formatScope, type Scope, UNATTRIBUTED } from "../usage/scope.js";
import { cpuSecondsAt, numberAt, orNull, type UsageRecord, type UsageSeries } from "../usage/series.js";
import { basisOfHourLine } from "./basis-line.js";
import { hostHours } from "./host-hours.js";
import { ownersOfScope } from "./place.js";
import { StoredUsage } from "./stored-usage.js";

/** What one host contributed to a scope in an hour. */
export interface HostContribution {
  readonly instance: string;
  readonly labels: {
    readonly project: string;
    readonly machine: string | null;
    readonly user: string | null;
  };
  /** How it was attributed: `labels`, or which tenures. */
  readonly by: string;
  /** The scope's part of the host's busy and idle time. */
  readonly busyShare: number;
  readonly idleShare: number;
  /** Of the whole host, in the whole hour. */
  readonly busyCpuSeconds: number;
  readonly idleCpuSeconds: number;
  readonly expectedCpuSeconds: number;
  readonly coverage: number | null;
  /** The share of what was expected that its counters gained over a gap, and that was spread by time. */
  readonly spread: number;
  /** What happened to it in the hour and what was done about it. */
  readonly notes: readonly string[];
  readonly busyKwh: number;
  readonly idleKwh: number;
  /** Grams; `null` where no intensity was known. */
  readonly busyGco2eq: number | null;
  readonly idleGco2eq: number | null;
}

/** How a stored number came about. */
export interface Explanation {
  readonly scope: Scope;
  readonly hour: Hour;
  /** The stored row. */
  readonly stored: UsageRecord;
  /** Power model with its constants, intensity with its source, and the version that wrote the row. */
  readonly provenance: Provenance;
  /** What the grams count, for people: `not known` where the intensity does not say it, `null` without grams. */
  readonly basis: string | null;
  /** The hosts behind it, greatest energy first. */
  readonly hosts: readonly HostContribution[];
  /**
   * What the parts give: the sums over hosts of energy and grams times share. `error` is the largest relative
   * difference to the stored row; `null` if no host-hours are stored.
   */
  readonly recomputed: {
    readonly busyKwh: number;
    readonly idleKwh: number;
    readonly busyGco2eq: number | null;
    readonly idleGco2eq: number | null;
    readonly error: number;
  } | null;
}

/**
 * Where the numbers of one scope in one hour come from: hosts and their CPU-seconds, power model and
 * constants, intensity with source and time of fetching, shares, coverage, version. Rejects with `no-data`
 * if the hour is not stored.
 */
export async function explain(
  store: UsageStore,
  scope: Scope,
  givenInstant: Instant,
  options: CallOptions = {},
): Promise<Explanation> {
  assertArgument("explain", "store", store, USAGE_STORE);
  assertCall("explain", options);
  assertScope(scope);
  const hour = givenHour(givenInstant);
  const stored = new StoredUsage(store, options.signal);
  const series = await stored.read(scope, spanOf([hour]));
  const [row] = toRecords(series);
  const provenance = series.provenance[0];
  if (row === undefined || provenance === undefined) {
    const { hours } = await stored.read(scope, EVER);
    const others = hours.length === 0 ? "" : `; its hours are of ${spanText(hours)}`;
    throw new AdaCarbonError(
      "no-data",
      `${formatScope(scope)} has no stored row at ${formatInstant(hour)}${others}`,
    );
  }
  const hosts = (await stored.readKind("host", spanOf([hour]))).filter((host) => isPart(host, scope));
  const contributions = hosts
    .map((host) => contributionOf(host, scope))
    .sort((a, b) => b.busyKwh + b.idleKwh - a.busyKwh - a.idleKwh || (a.instance < b.instance ? -1 : 1));
  return {
    ...{ scope, hour, stored: row, provenance },
    basis: basisOfHourLine(provenance.intensity),
    hosts: contributions,
    recomputed: recompute(hosts, series),
  };
}

/** Whether a host that was measured had a part in the scope. */
function isPart(host: UsageSeries, scope: Scope): boolean {
  return !Number.isNaN(numberAt(host.busyKwh, 0)) && ownersIn(host, scope).length > 0;
}

/** The owners of a host's hour that are meant by the scope. */
function ownersIn({ scope: host, provenance }: UsageSeries, scope: Scope): readonly OwnerShare[] {
  return ownersOfScope(scope, host, provenance[0]?.host?.owners ?? []);
}

function contributionOf(host: UsageSeries, scope: Scope): HostContribution {
  const { host: known, spread = 0 } = host.provenance[0] ?? {};
  return {
    instance: host.scope.name,
    labels: {
      project: known?.project ?? UNATTRIBUTED,
      machine: known?.machine ?? null,
      user: known?.user ?? null,
    },
    by: known?.by ?? "",
    ...cpuShares(ownersIn(host, scope)),
    ...cpuSecondsAt(host, 0),
    expectedCpuSeconds: known?.expectedCpuSeconds ?? 0,
    coverage: orNull(numberAt(host.coverage, 0)),
    spread,
    notes: known?.notes ?? [],
    busyKwh: numberAt(host.busyKwh, 0),
    idleKwh: numberAt(host.idleKwh, 0),
    busyGco2eq: orNull(numberAt(host.busyGco2eq, 0)),
    idleGco2eq: orNull(numberAt(host.idleGco2eq, 0)),
  };
}

/** The parts of the busy and of the idle CPU-seconds that these owners had together. */
function cpuShares(owners: readonly OwnerShare[]): { busyShare: number; idleShare: number } {
  return {
    busyShare: owners.reduce((sum, { busyShare }) => sum + busyShare, 0),
    idleShare: owners.reduce((sum, { idleShare }) => sum + idleShare, 0),
  };
}

/** The scope's row, tallied anew from its hosts. */
function recompute(hosts: readonly UsageSeries[], stored: UsageSeries): Explanation["recomputed"] {
  const choice = everyScope({ experiments: true, hosts: true });
  const rules = { completeAt: 0, fake: false };
  const rows = rowsOfScopes(hostHours(hosts, stored, stored.hours), choice, [], rules);
  const row = rows.find(({ scope }) => formatScope(scope) === formatScope(stored.scope));
  if (row === undefined || Number.isNaN(numberAt(stored.busyKwh, 0))) return null;
  return {
    busyKwh: numberAt(row.busyKwh, 0),
    idleKwh: numberAt(row.idleKwh, 0),
    busyGco2eq: orNull(numberAt(row.busyGco2eq, 0)),
    idleGco2eq: orNull(numberAt(row.idleGco2eq, 0)),
    error: Math.max(
      ...ENERGY_AND_CARBON.map((name) => difference(numberAt(row[name], 0), numberAt(stored[name], 0))),
    ),
  };
}

const ENERGY_AND_CARBON = ["busyKwh", "idleKwh", "busyGco2eq", "idleGco2eq"] as const;

/** Relative; 0 where a number is missing. */
function difference(a: number, b: number): number {
  return a === b || Number.isNaN(a) || Number.isNaN(b) ? 0 : Math.abs(a - b) / Math.max(a, b);
}
