import type { SumColumn } from "../rows/host-columns.js";
import { totalShare } from "../rows/shares.js";
import { HOUR_MS, type Hour, type Interval, spanOf } from "../usage/hour.js";
import { inPieces } from "../usage/pieces.js";
import { remembered } from "../usage/remembered.js";
import type { Scope } from "../usage/scope.js";
import { cpuSecondsAt, numberAt, orNull, type UsageSeries } from "../usage/series.js";
import { hostsOfPlace, ownersOfScope } from "./place.js";
import { MONTH_HOURS } from "./place-parts.js";
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

/** When a host was measured, whoever had it. */
export interface MeasuredHost {
  readonly host: string;
  /** Ascending, and apart from one another. */
  readonly spans: readonly Interval[];
}

export interface HostsOfStatement {
  readonly measured: readonly MeasuredHost[];
  readonly byHour: ReadonlyMap<Hour, readonly StatedHost[]>;
}

/** A statement is read and written as one text: with more host-hours than this, it has none. */
const MOST_HOST_HOURS = 500_000;

/** The hosts behind the hours of a scope, and when which hosts of all were measured. Empty where there are too many. */
export async function hostsBehind(
  stored: StoredUsage,
  { scope, hours }: UsageSeries,
): Promise<HostsOfStatement> {
  const byHour = new Map<Hour, StatedHost[]>(hours.map((hour) => [hour, []]));
  const spansOf = new Map<string, MutableSpan[]>();
  let count = 0;
  for (const month of inPieces(hours, MONTH_HOURS)) {
    for (const series of await stored.readHosts(spanOf(month), hostsOfPlace([scope]))) {
      const spans = remembered(spansOf, series.scope.name, () => []);
      for (const [i, hour] of series.hours.entries()) {
        if (Number.isNaN(numberAt(series.busyKwh, i))) continue;
        addHour(spans, hour);
        const host = statedHost(series, i, scope);
        if (host === undefined) continue;
        if (++count > MOST_HOST_HOURS) return { measured: [], byHour: new Map() };
        byHour.get(hour)?.push(host);
      }
    }
  }
  return { measured: Array.from(spansOf, ([host, spans]) => ({ host, spans })), byHour };
}

interface MutableSpan extends Interval {
  to: number;
}

function addHour(spans: MutableSpan[], hour: Hour): void {
  const last = spans.at(-1);
  if (last?.to === hour) last.to = hour + HOUR_MS;
  else spans.push({ from: hour, to: hour + HOUR_MS });
}

/** `undefined` where the scope had nothing of the host. */
function statedHost(
  { scope: host, ...series }: UsageSeries,
  i: number,
  scope: Scope,
): StatedHost | undefined {
  const { host: known, model = null } = series.provenance[i] ?? {};
  const owners = ownersOfScope(scope, host, known?.owners ?? []);
  if (owners.length === 0) return undefined;
  const [busyKwh, idleKwh] = [numberAt(series.busyKwh, i), numberAt(series.idleKwh, i)];
  const use = cpuSecondsAt(series, i);
  const share = (name: SumColumn): number => totalShare(owners, name, use);
  const [busyGrams, idleGrams] = [numberAt(series.busyGco2eq, i), numberAt(series.idleGco2eq, i)];
  const grams = busyGrams * share("busyGco2eq") + idleGrams * share("idleGco2eq");
  return {
    ...{ host: host.name, ...use, busyKwh, idleKwh, model },
    ...{ busyShare: share("busyKwh"), idleShare: share("idleKwh") },
    gco2eq: orNull(grams),
  };
}
