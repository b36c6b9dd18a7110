import type { SessionIntensity } from "../stores/workspace-store.js";
import type { FinishedHour } from "../usage/hour.js";
import type { IntensityProvenance, OwnerShare, Provenance } from "../usage/provenance.js";
import { ADA, formatScope, type Scope, type ScopeKind } from "../usage/scope.js";
import {
  emptySeries,
  type MutableSeries,
  QUANTITIES,
  type Quantity,
  type UsageSeries,
} from "../usage/series.js";
import type { Status } from "../usage/status.js";
import { Sum } from "../usage/sum.js";
import { VERSION } from "../usage/version.js";
import type { HostHour } from "./host-hour.js";
import { both, leastCertain } from "./session-hours.js";

export interface HourRules {
  /** Coverage under which an hour is `download incomplete`. */
  readonly completeAt: number;
  /** Whether what was counted is simulated: complete hours get the status `fake`. */
  readonly fake: boolean;
}

/** The kinds that each host-hour is shared out to, besides `ada` and its own. */
const SHARED = ["project", "machine", "user", "group", "experiment"] as const;

/** `ada` is written last: whoever finds it finds the rest. */
const ORDER: readonly ScopeKind[] = ["host", "experiment", "user", "machine", "group", "project", "ada"];

/**
 * The rows of an hour: of each host, and of every scope that has a part of one. Each kind takes every host-hour
 * once, whole or in shares, so that every kind sums to `ada`. Carbon is the sum over polls, and in all rows or
 * in none: where a part of it is not known, a sum would be too low.
 *
 * @param zero Scopes that have a row in any case: those that are stored and may belong to nobody any more.
 */
export function hourRows(
  hour: FinishedHour,
  hosts: readonly HostHour[],
  zero: readonly Scope[],
  rules: HourRules,
): UsageSeries[] {
  const tallies = new Map<string, Tally>();
  const of = (scope: Scope): Tally => {
    const key = formatScope(scope);
    const tally = tallies.get(key) ?? new Tally(scope);
    tallies.set(key, tally);
    return tally;
  };
  for (const scope of [...zero, ADA]) of(scope);
  const kinds = zero.some(({ kind }) => kind === "experiment") ? SHARED : SHARED.slice(0, 4);
  for (const host of hosts) {
    for (const scope of [ADA, { kind: "host", name: host.instance } as const]) of(scope).add(host, 1, 1);
    for (const owner of host.host.owners) {
      for (const kind of kinds) of({ kind, name: owner[kind] }).addShare(host, owner);
    }
  }
  const used = hosts.filter(({ busyKwh, idleKwh }) => busyKwh + idleKwh > 0);
  const whole = of(ADA);
  const shared: Shared = {
    gco2eqPerKwh: whole.grams / whole.kwh,
    model: used.length === 0 ? null : used.map(({ model }) => model).reduce(both),
    intensity: whole.hasCarbon ? intensityOf(hosts) : null,
  };
  const byName = new Map(hosts.map((host) => [host.instance, host]));
  return [...tallies.values()]
    .sort((a, b) => ORDER.indexOf(a.scope.kind) - ORDER.indexOf(b.scope.kind))
    .map((tally) => {
      const host = tally.scope.kind === "host" ? byName.get(tally.scope.name) : undefined;
      return tally.series(hour, shared, host, rules);
    });
}

/** What all rows of an hour share. */
interface Shared {
  /** The mean over the polls by energy; NaN where it is not known. */
  readonly gco2eqPerKwh: number;
  readonly model: string | null;
  readonly intensity: IntensityProvenance | null;
}

function intensityOf(hosts: readonly HostHour[]): IntensityProvenance | null {
  const known = hosts.flatMap(({ intensity }) => (intensity === null ? [] : [intensity]));
  const worst = known.reduce<SessionIntensity | null>(leastCertain, null);
  return worst && { ...worst, settled: known.every(({ settled }) => settled) };
}

/** The sums of one scope. */
class Tally {
  readonly scope: Scope;
  readonly #sums: Readonly<Record<Quantity, Sum>> = {
    busyCpuSeconds: new Sum(),
    idleCpuSeconds: new Sum(),
    busyKwh: new Sum(),
    idleKwh: new Sum(),
    busyGco2eq: new Sum(),
    idleGco2eq: new Sum(),
  };
  readonly #expected = new Sum();
  readonly #covered = new Sum();

  constructor(scope: Scope) {
    this.scope = scope;
  }

  add(host: HostHour, busyShare: number, idleShare: number): void {
    for (const name of QUANTITIES)
      this.#sums[name].add(host[name] * (name.startsWith("busy") ? busyShare : idleShare));
    // What is expected and covered is time, which was held in proportion to the energy.
    const kwh = host.busyKwh + host.idleKwh;
    const share =
      kwh > 0 ? (host.busyKwh * busyShare + host.idleKwh * idleShare) / kwh : (busyShare + idleShare) / 2;
    const { expectedCpuSeconds } = host.host;
    this.#expected.add(expectedCpuSeconds * share);
    this.#covered.add(Math.min(host.busyCpuSeconds + host.idleCpuSeconds, expectedCpuSeconds) * share);
  }

  addShare(host: HostHour, { busyShare, idleShare }: OwnerShare): void {
    this.add(host, busyShare, idleShare);
  }

  get kwh(): number {
    return this.#sums.busyKwh.value + this.#sums.idleKwh.value;
  }

  get grams(): number {
    return this.#sums.busyGco2eq.value + this.#sums.idleGco2eq.value;
  }

  get hasCarbon(): boolean {
    return !Number.isNaN(this.grams);
  }

  series(hour: FinishedHour, shared: Shared, host: HostHour | undefined, rules: HourRules): UsageSeries {
    const provenance: Provenance = {
      library: VERSION,
      model: host === undefined ? shared.model : host.model,
      intensity: shared.intensity && (host?.intensity ?? shared.intensity),
      ...(host === undefined ? {} : { host: host.host }),
    };
    const row = emptySeries(this.scope, [hour], provenance);
    const [expected, covered] = [this.#expected.value, this.#covered.value];
    row.coverage[0] = expected > 0 ? Math.min(1, covered / expected) : 1;
    if (expected > 0 && covered === 0) {
      row.provenance[0] = { ...provenance, model: null, intensity: null };
      return row;
    }
    for (const name of QUANTITIES) {
      const isMissing = name.endsWith("Gco2eq") && shared.intensity === null;
      row[name][0] = isMissing ? Number.NaN : this.#sums[name].value;
    }
    row.gco2eqPerKwh[0] = shared.intensity === null ? Number.NaN : shared.gco2eqPerKwh;
    row.status[0] = statusOf(row, rules);
    return row;
  }
}

function statusOf(row: MutableSeries, { completeAt, fake }: HourRules): Status {
  if ((row.coverage[0] ?? 0) < completeAt) return "download incomplete";
  if (Number.isNaN(row.busyGco2eq[0])) return "unprocessed";
  return fake ? "fake" : "processed";
}
