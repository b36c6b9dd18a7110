import { DAY_MS, HOUR_MS } from "../../usage/hour.js";
import { type Measurement, measurementOf, sameMeasurement } from "../../usage/measurement.js";
import type { Provenance } from "../../usage/provenance.js";
import type { Scope, ScopeKind } from "../../usage/scope.js";
import { at, QUANTITIES, type Quantity, type UsageSeries } from "../../usage/series.js";
import type { Status } from "../../usage/status.js";
import { Sum } from "../../usage/sum.js";
import { type HostDocument, hostDocument } from "../kit/host-document.js";
import type { MongoDocument } from "./driver.js";
import { dayId } from "./ids.js";

/** What the source documents call the quantities. */
export const SPELLING: {
  readonly busyCpuSeconds: "busy_cpu_seconds_total";
  readonly idleCpuSeconds: "idle_cpu_seconds_total";
  readonly busyKwh: "busy_kwh";
  readonly idleKwh: "idle_kwh";
  readonly busyGco2eq: "busy_gCo2eq";
  readonly idleGco2eq: "idle_gCo2eq";
} = {
  busyCpuSeconds: "busy_cpu_seconds_total",
  idleCpuSeconds: "idle_cpu_seconds_total",
  busyKwh: "busy_kwh",
  idleKwh: "idle_kwh",
  busyGco2eq: "busy_gCo2eq",
  idleGco2eq: "idle_gCo2eq",
};

/** A number; `"failed"` where the download failed; `null` where it is not known for another reason. */
export type Entry = number | "failed" | null;
export type Entries = { readonly [name in (typeof SPELLING)[Quantity]]: Entry };

/** What the source documents call the owner of a day. Everything, Ada itself, has none. */
const OWNERS: Readonly<Record<Exclude<ScopeKind, "ada">, string>> = {
  project: "cloud_project_name",
  machine: "machine_name",
  user: "user_name",
  group: "group_name",
  experiment: "experiment_name",
  host: "instance",
};

/**
 * One UTC day of one scope: the source documents' EstimatedUsageDayEntry, and what that lacks.
 * `timeseries.totals.all` is the sum of the hours that are there.
 */
export interface DayDocument extends MongoDocument {
  readonly _id: string;
  /** `DD_MM_YYYY`. */
  readonly date: string;
  /** `totals` and the hours, `00:00` to `23:00`, that are stored. */
  readonly timeseries: Readonly<Record<string, { readonly all: Entries }>>;
  readonly scope: Scope;
  readonly day: Date;
  /** The members that are lists have an element for each of `hours`. */
  readonly ada_carbon: {
    /** Another one for every version of the document. */
    readonly revision: string;
    /** Hours of the day, 0 to 23, ascending. */
    readonly hours: readonly number[];
    readonly status: readonly Status[];
    readonly coverage: readonly (number | null)[];
    readonly gco2eq_per_kwh: readonly (number | null)[];
    /** Positions in `provenances`. */
    readonly provenance: readonly number[];
    readonly provenances: readonly StoredProvenance[];
  };
}

export interface StoredProvenance extends Measurement {
  readonly library: string;
  readonly model: string | null;
  readonly intensity: {
    readonly kind: string;
    readonly source: string;
    readonly fetched_at: number | null;
    readonly settled: boolean;
  } | null;
  /** Only of rows of kind `host`. */
  readonly host?: HostDocument;
}

/** Rows `from` (inclusive) to `to` (exclusive) of a series, all of one UTC day. */
export interface DayRows {
  readonly id: string;
  readonly day: number;
  readonly series: UsageSeries;
  readonly from: number;
  readonly to: number;
}

/** The days of a series, ascending. */
export function* daysOf(series: UsageSeries): Generator<DayRows> {
  const { hours, scope } = series;
  for (let from = 0; from < hours.length; ) {
    const day = Math.floor((hours[from] ?? 0) / DAY_MS) * DAY_MS;
    let to = from + 1;
    while ((hours[to] ?? Number.POSITIVE_INFINITY) < day + DAY_MS) to++;
    yield { id: dayId(scope, day), day, series, from, to };
    from = to;
  }
}

/** The document of a day of which nothing else is stored. */
export function encodeDay({ id, day, series, from, to }: DayRows, revision: string): DayDocument {
  const { scope } = series;
  const timeseries: Record<string, { all: Entries }> = { totals: { all: totalsOf(series, from, to) } };
  const hours: number[] = [];
  const coverage: (number | null)[] = [];
  const intensity: (number | null)[] = [];
  const provenance: number[] = [];
  const provenances: Provenance[] = [];
  for (let i = from; i < to; i++) {
    const hour = ((series.hours[i] ?? day) - day) / HOUR_MS;
    timeseries[hourKey(hour)] = { all: entriesAt(series, i) };
    hours.push(hour);
    coverage.push(orNull(at(series.coverage, i)));
    intensity.push(orNull(at(series.gco2eqPerKwh, i)));
    provenance.push(positionOf(series.provenance[i], provenances));
  }
  return {
    _id: id,
    ...(scope.kind === "ada" ? {} : { [OWNERS[scope.kind]]: scope.name }),
    date: dateText(day),
    timeseries,
    scope: { kind: scope.kind, name: scope.name },
    day: new Date(day),
    ada_carbon: {
      revision,
      hours,
      status: series.status.slice(from, to),
      coverage,
      gco2eq_per_kwh: intensity,
      provenance,
      provenances: provenances.map(storedProvenance),
    },
  };
}

/** What stands for a day of which everything was removed, for a while. It has no scope, so no list has it. */
export function encodeRemoved(id: string, revision: string): MongoDocument {
  return { _id: id, ada_carbon: { revision, removed_at: new Date() } };
}

export function isRemoved({ ada_carbon: own }: MongoDocument): boolean {
  return typeof own === "object" && own !== null && "removed_at" in own;
}

/** `00:00` to `23:00`. */
export function hourKey(hour: number): string {
  return `${String(hour).padStart(2, "0")}:00`;
}

function entriesAt(series: UsageSeries, i: number): Entries {
  const missing = series.status[i] === "not downloaded" ? "failed" : null;
  const entry = (value: number): Entry => orNull(value) ?? missing;
  return {
    busy_cpu_seconds_total: entry(at(series.busyCpuSeconds, i)),
    idle_cpu_seconds_total: entry(at(series.idleCpuSeconds, i)),
    busy_kwh: entry(at(series.busyKwh, i)),
    idle_kwh: entry(at(series.idleKwh, i)),
    busy_gCo2eq: entry(at(series.busyGco2eq, i)),
    idle_gCo2eq: entry(at(series.idleGco2eq, i)),
  };
}

/** Sums of what is there. Where nothing is, the day has failed if every hour has, and else is not known. */
function totalsOf(series: UsageSeries, from: number, to: number): Entries {
  const failed = series.status.slice(from, to).every((status) => status === "not downloaded");
  const total = (name: Quantity): Entry => {
    const sum = new Sum();
    let there = false;
    for (let i = from; i < to; i++) {
      const value = at(series[name], i);
      if (Number.isNaN(value)) continue;
      sum.add(value);
      there = true;
    }
    if (there) return sum.value;
    return failed ? "failed" : null;
  };
  const totals = QUANTITIES.map((name) => [SPELLING[name], total(name)]);
  return Object.fromEntries(totals) as Entries;
}

function positionOf(provenance: Provenance | undefined, list: Provenance[]): number {
  const given = provenance ?? { library: "", model: null, intensity: null };
  const found = list.findIndex((each) => each === given || sameProvenance(each, given));
  return found === -1 ? list.push(given) - 1 : found;
}

function sameProvenance(a: Provenance, b: Provenance): boolean {
  const [x, y] = [a.intensity, b.intensity];
  if (a.library !== b.library || a.model !== b.model || (x === null) !== (y === null)) return false;
  return (
    sameMeasurement(a, b) &&
    (a.host === b.host || JSON.stringify(a.host) === JSON.stringify(b.host)) &&
    x?.kind === y?.kind &&
    x?.source === y?.source &&
    x?.fetchedAt === y?.fetchedAt &&
    x?.settled === y?.settled
  );
}

function storedProvenance(provenance: Provenance): StoredProvenance {
  const { library, model, intensity, host } = provenance;
  const own = {
    ...measurementOf(provenance),
    ...(host === undefined ? {} : { host: hostDocument(host) }),
  };
  if (intensity === null) return { library, model, intensity, ...own };
  const { kind, source, fetchedAt, settled } = intensity;
  return { library, model, intensity: { kind, source, fetched_at: fetchedAt, settled }, ...own };
}

function orNull(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}

function dateText(day: number): string {
  const [year, month, date] = new Date(day).toISOString().slice(0, 10).split("-");
  return `${date}_${month}_${year}`;
}
