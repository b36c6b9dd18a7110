import { shareOf } from "../rows/shares.js";
import { type Hour, spanOf } from "../usage/hour.js";
import type { Scope } from "../usage/scope.js";
import { at, type UsageSeries } from "../usage/series.js";
import { hostsOfPlace, ownersOfScope } from "./place.js";
import { inParts, MONTH_HOURS } from "./place-parts.js";
import type { StoredUsage } from "./stored-usage.js";

/** What a scope had of a host in an hour. */
export interface StatedHost {
  readonly host: string;
  /** Of the whole host. */
  readonly busyCpuSeconds: number;
  readonly idleCpuSeconds: number;
  readonly busyKwh: number;
  readonly idleKwh: number;
  /** The scope's parts of the host's kWh, 0 to 1. */
  readonly busyShare: number;
  readonly idleShare: number;
  /** Grams of the scope's part, busy and idle together; `null` where they are not known. */
  readonly gco2eq: number | null;
  readonly model: string | null;
}

/** A statement is read and written as one text: with more host-hours than this, it has none. */
const MOST_HOST_HOURS = 500_000;

/** The hosts behind the hours of a scope; none at all where there are too many. */
export async function hostsBehind(
  stored: StoredUsage,
  { scope, hours }: UsageSeries,
): Promise<ReadonlyMap<Hour, readonly StatedHost[]>> {
  const behind = new Map<Hour, StatedHost[]>(hours.map((hour) => [hour, []]));
  let count = 0;
  for (const month of inParts(hours, MONTH_HOURS)) {
    const hosts = await stored.readHosts(spanOf(month), hostsOfPlace([scope]));
    for (const series of hosts) {
      for (const [i, hour] of series.hours.entries()) {
        const host = statedHost(series, i, scope);
        if (host === undefined) continue;
        if (++count > MOST_HOST_HOURS) return new Map();
        behind.get(hour)?.push(host);
      }
    }
  }
  return behind;
}

/** `undefined` where the scope had nothing of the host, or nothing of it is known. */
function statedHost(
  { scope: host, ...series }: UsageSeries,
  i: number,
  scope: Scope,
): StatedHost | undefined {
  const { host: known, model = null } = series.provenance[i] ?? {};
  const owners = ownersOfScope(scope, host, known?.owners ?? []);
  const [busyKwh, idleKwh] = [at(series.busyKwh, i), at(series.idleKwh, i)];
  if (owners.length === 0 || Number.isNaN(busyKwh)) return undefined;
  const use = { busyCpuSeconds: at(series.busyCpuSeconds, i), idleCpuSeconds: at(series.idleCpuSeconds, i) };
  const share = (name: EnergyOrCarbon): number =>
    owners.reduce((sum, owner) => sum + shareOf(owner, name, use), 0);
  const [busyGrams, idleGrams] = [at(series.busyGco2eq, i), at(series.idleGco2eq, i)];
  const grams = busyGrams * share("busyGco2eq") + idleGrams * share("idleGco2eq");
  return {
    ...{ host: host.name, ...use, busyKwh, idleKwh, model },
    ...{ busyShare: share("busyKwh"), idleShare: share("idleKwh") },
    gco2eq: Number.isNaN(grams) ? null : grams,
  };
}

type EnergyOrCarbon = "busyKwh" | "idleKwh" | "busyGco2eq" | "idleGco2eq";
