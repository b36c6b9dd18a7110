import type { CallOptions } from "../stores/call-options.js";
import type { UsageStore } from "../stores/usage-store.js";
import { AdaCarbonError } from "../usage/errors.js";
import { formatInstant, type Hour } from "../usage/hour.js";
import { isTracked, type OwnerShare, type Provenance } from "../usage/provenance.js";
import { toRecords } from "../usage/records.js";
import { formatScope, type Scope } from "../usage/scope.js";
import { at, type UsageRecord, type UsageSeries } from "../usage/series.js";
import { Sum } from "../usage/sum.js";

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
  /** The hosts behind it, greatest energy first. */
  readonly hosts: readonly HostContribution[];
  /**
   * What the parts give: the sum over hosts of energy times share, and that times the intensity. `error` is the
   * largest relative difference to the stored row; `null` if no host-hours are stored.
   *
   * An hour that the workspace tracker counted (`isTracked` of its model) has no intensity of its own: its carbon
   * is a sum over polls, each at the intensity of its moment, and `gco2eqPerKwh` their mean by energy. There the
   * parts are the hosts' grams times share.
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
  hour: Hour,
  options: CallOptions = {},
): Promise<Explanation> {
  const only = { from: hour, to: hour + 1 };
  const series = await store.read(scope, only, options);
  const [stored] = toRecords(series);
  const provenance = series.provenance[0];
  if (stored === undefined || provenance === undefined) {
    throw new AdaCarbonError("no-data", `${formatScope(scope)} has no stored row at ${formatInstant(hour)}`);
  }
  const hosts: HostContribution[] = [];
  for (const host of await store.scopes("host", options)) {
    const contribution = contributionOf(await store.read(host, only, options), scope);
    if (contribution !== undefined) hosts.push(contribution);
  }
  hosts.sort((a, b) => b.busyKwh + b.idleKwh - a.busyKwh - a.idleKwh || (a.instance < b.instance ? -1 : 1));
  return { scope, hour, stored, provenance, hosts, recomputed: recompute(hosts, stored) };
}

function contributionOf(series: UsageSeries, scope: Scope): HostContribution | undefined {
  const host = series.provenance[0]?.host;
  if (host === undefined || Number.isNaN(at(series.busyKwh, 0))) return undefined;
  const owners = host.owners.filter((owner) => owns(owner, scope, series.scope.name));
  if (owners.length === 0) return undefined;
  const { project, machine, user, by, expectedCpuSeconds } = host;
  const orNull = (value: number): number | null => (Number.isNaN(value) ? null : value);
  return {
    instance: series.scope.name,
    labels: { project, machine, user },
    by,
    busyShare: owners.reduce((sum, { busyShare }) => sum + busyShare, 0),
    idleShare: owners.reduce((sum, { idleShare }) => sum + idleShare, 0),
    busyCpuSeconds: at(series.busyCpuSeconds, 0),
    idleCpuSeconds: at(series.idleCpuSeconds, 0),
    expectedCpuSeconds,
    coverage: orNull(at(series.coverage, 0)),
    spread: series.provenance[0]?.spread ?? 0,
    notes: host.notes ?? [],
    busyKwh: at(series.busyKwh, 0),
    idleKwh: at(series.idleKwh, 0),
    busyGco2eq: orNull(at(series.busyGco2eq, 0)),
    idleGco2eq: orNull(at(series.idleGco2eq, 0)),
  };
}

function owns(owner: OwnerShare, { kind, name }: Scope, instance: string): boolean {
  if (kind === "ada") return true;
  return kind === "host" ? instance === name : owner[kind] === name;
}

function recompute(hosts: readonly HostContribution[], stored: UsageRecord): Explanation["recomputed"] {
  if (hosts.length === 0 || stored.busyKwh === null || stored.idleKwh === null) return null;
  const total = (of: (host: HostContribution) => number): number =>
    hosts.reduce((sum, host) => sum.add(of(host)), new Sum()).value;
  const busyKwh = total((host) => host.busyKwh * host.busyShare);
  const idleKwh = total((host) => host.idleKwh * host.idleShare);
  const [busyGco2eq, idleGco2eq] = gramsOf(hosts, stored, busyKwh, idleKwh);
  const off = (a: number | null, b: number | null): number =>
    a === null || b === null || a === b ? 0 : Math.abs(a - b) / Math.max(a, b);
  const error = Math.max(
    off(busyKwh, stored.busyKwh),
    off(idleKwh, stored.idleKwh),
    off(busyGco2eq, stored.busyGco2eq),
    off(idleGco2eq, stored.idleGco2eq),
  );
  return { busyKwh, idleKwh, busyGco2eq, idleGco2eq, error };
}

function gramsOf(
  hosts: readonly HostContribution[],
  stored: UsageRecord,
  busyKwh: number,
  idleKwh: number,
): readonly [number | null, number | null] {
  const { gco2eqPerKwh, provenance } = stored;
  if (!isTracked(provenance.model))
    return gco2eqPerKwh === null ? [null, null] : [busyKwh * gco2eqPerKwh, idleKwh * gco2eqPerKwh];
  if (stored.busyGco2eq === null) return [null, null];
  const busy = new Sum();
  const idle = new Sum();
  for (const host of hosts) {
    busy.add((host.busyGco2eq ?? 0) * host.busyShare);
    idle.add((host.idleGco2eq ?? 0) * host.idleShare);
  }
  return [busy.value, idle.value];
}
