import type { FinishedHour, Interval } from "./hour.js";
import { assertArgument, LIST, OBJECT, type Rule } from "./options.js";
import type { Provenance } from "./provenance.js";
import { recordOf } from "./record-of.js";
import type { Scope } from "./scope.js";
import { lowestAtLeast } from "./search.js";
import type { Status } from "./status.js";

/** The six quantities of an hour, in the order of the Parquet columns. */
export const QUANTITIES = [
  "busyCpuSeconds",
  "idleCpuSeconds",
  "busyKwh",
  "idleKwh",
  "busyGco2eq",
  "idleGco2eq",
] as const;
/** A name of one of the {@link QUANTITIES}. */
export type Quantity = (typeof QUANTITIES)[number];

/** The number columns of a {@link UsageSeries}. */
export type Column = Quantity | "gco2eqPerKwh" | "coverage";
/** All number columns, the six quantities first. */
export const COLUMNS: readonly Column[] = [...QUANTITIES, "gco2eqPerKwh", "coverage"];

/** The number at row `i`: NaN, which is missing, where there is no such row. */
export function numberAt(column: Float64Array, i: number): number {
  return column[i] ?? Number.NaN;
}

/** A number for people and programs, to whom a missing one is `null`. */
export function orNull(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}

/** The CPU-seconds at row `i`. */
export function cpuSecondsAt(columns: Readonly<Record<Cpu, Float64Array>>, i: number): Record<Cpu, number> {
  return {
    busyCpuSeconds: numberAt(columns.busyCpuSeconds, i),
    idleCpuSeconds: numberAt(columns.idleCpuSeconds, i),
  };
}

/**
 * The hours of one scope, as columns of equal length. **NaN is missing**, and only that: a zero is a zero.
 * Hours are strictly ascending.
 */
export interface UsageSeries {
  readonly scope: Scope;
  readonly hours: readonly FinishedHour[];
  /** CPU-seconds. */
  readonly busyCpuSeconds: Float64Array;
  readonly idleCpuSeconds: Float64Array;
  /** kWh. */
  readonly busyKwh: Float64Array;
  readonly idleKwh: Float64Array;
  /** Grams of CO2 equivalent. */
  readonly busyGco2eq: Float64Array;
  readonly idleGco2eq: Float64Array;
  /** Grid intensity of the hour, grams per kWh. */
  readonly gco2eqPerKwh: Float64Array;
  /** Share of the CPU-seconds expected of the hosts known in the hour that was observed, 0 to 1. */
  readonly coverage: Float64Array;
  readonly status: readonly Status[];
  readonly provenance: readonly Provenance[];
}

/** The series of one scope, earlier ones first. */
export type SeriesOfScope = readonly [UsageSeries, ...UsageSeries[]];

/** What an argument must be that is a {@link UsageSeries}: its members are there, whatever they hold. */
export const SERIES: Rule = {
  allowed: "a series of hours, as a store reads it",
  holds: (value) => {
    if (!OBJECT.holds(value)) return false;
    const given = value as Partial<UsageSeries>;
    return (
      OBJECT.holds(given.scope) &&
      [given.hours, given.status, given.provenance].every(LIST.holds) &&
      COLUMNS.every((name) => ArrayBuffer.isView(given[name]))
    );
  },
};

interface Row {
  readonly scope: Scope;
  readonly hour: FinishedHour;
  readonly gco2eqPerKwh: number | null;
  readonly coverage: number | null;
  readonly provenance: Provenance;
}

type Numbers<Names extends string, T> = { readonly [name in Names]: T };
type Cpu = "busyCpuSeconds" | "idleCpuSeconds";
type Kwh = "busyKwh" | "idleKwh";
type Gco2eq = "busyGco2eq" | "idleGco2eq";

/**
 * One hour of one scope, as an object. The status says which numbers are there: nothing of an hour
 * that was not downloaded, no carbon in an unprocessed one, everything in a processed one.
 */
export type UsageRecord =
  | (Row & { readonly status: "not downloaded" } & Numbers<Cpu | Kwh | Gco2eq, null>)
  | (Row & { readonly status: "unprocessed" } & Numbers<Cpu | Kwh, number> & Numbers<Gco2eq, null>)
  | (Row & { readonly status: "download incomplete" } & Numbers<Cpu | Kwh, number> &
      Numbers<Gco2eq, number | null>)
  | (Row & { readonly status: "processed" | "fake" } & Numbers<Cpu | Kwh | Gco2eq, number>);

/** A series of `hours` in which every number is missing and nothing was downloaded, to be filled in. */
export function emptySeries(
  scope: Scope,
  hours: readonly FinishedHour[],
  provenance: Provenance,
): MutableSeries {
  assertArgument("emptySeries", "scope", scope, OBJECT);
  assertArgument("emptySeries", "hours", hours, LIST);
  return {
    scope,
    hours: [...hours],
    ...columnsOf(columnsInBlock(COLUMNS.length, hours.length, Number.NaN)),
    status: hours.map(() => "not downloaded"),
    provenance: hours.map(() => provenance),
  };
}

/** A series under construction; assignable to {@link UsageSeries}. */
export interface MutableSeries extends UsageSeries {
  readonly hours: FinishedHour[];
  readonly status: Status[];
  readonly provenance: Provenance[];
}

/** The rows `indices` of a series, in that order. */
export function pickRows(series: UsageSeries, indices: readonly number[]): UsageSeries {
  const picked = (values: Float64Array): Float64Array => {
    const some = new Float64Array(indices.length);
    for (let k = 0; k < indices.length; k++) some[k] = numberAt(values, indices[k] ?? -1);
    return some;
  };
  const rows = <T>(values: readonly T[]): T[] => indices.map((i) => values[i] as T);
  return {
    scope: series.scope,
    hours: rows(series.hours),
    ...columnsOf((name) => picked(series[name])),
    status: rows(series.status),
    provenance: rows(series.provenance),
  };
}

/** The rows from `first` to before `end`, sharing the series' numbers. */
export function rowsBetween(series: UsageSeries, first: number, end: number): UsageSeries {
  if (first === 0 && end === series.hours.length) return series;
  return {
    scope: series.scope,
    hours: series.hours.slice(first, end),
    ...columnsOf((name) => series[name].subarray(first, end)),
    status: series.status.slice(first, end),
    provenance: series.provenance.slice(first, end),
  };
}

/** The rows whose hour lies in [from, to), sharing the series' numbers. */
export function sliceSeries(series: UsageSeries, interval: Interval): UsageSeries {
  assertArgument("sliceSeries", "series", series, SERIES);
  assertArgument("sliceSeries", "interval", interval, OBJECT);
  const first = lowestAtLeast(series.hours, interval.from);
  return rowsBetween(series, first, lowestAtLeast(series.hours, interval.to, first));
}

/** The rows whose hour does not lie in [from, to). */
export function outsideOf(series: UsageSeries, interval: Interval): UsageSeries {
  return rowsWhere(series, (hour) => hour < interval.from || hour >= interval.to);
}

/** The rows that are wanted, by their hour and number; the series itself where that is all of them. */
export function rowsWhere(
  series: UsageSeries,
  isWanted: (hour: FinishedHour, i: number) => boolean,
): UsageSeries {
  const rows: number[] = [];
  series.hours.forEach((hour, i) => {
    if (isWanted(hour, i)) rows.push(i);
  });
  return rows.length === series.hours.length ? series : pickRows(series, rows);
}

/** `base` with the hours of `replacement` put in their place, or added. Both are of one scope. */
export function mergeSeries(base: UsageSeries, replacement: UsageSeries): UsageSeries {
  assertArgument("mergeSeries", "base", base, SERIES);
  assertArgument("mergeSeries", "replacement", replacement, SERIES);
  const kept = base.hours;
  // Appending is the usual case.
  if ((kept.at(-1) ?? -1) < (replacement.hours[0] ?? Number.POSITIVE_INFINITY))
    return concat([base, replacement]);
  const order: number[] = [];
  let next = 0;
  replacement.hours.forEach((hour, i) => {
    while ((kept[next] ?? Number.POSITIVE_INFINITY) < hour) order.push(next++);
    if (kept[next] === hour) next++;
    order.push(kept.length + i);
  });
  while (next < kept.length) order.push(next++);
  return pickRows(concat([base, replacement]), order);
}

/** Series of one scope as one: of the same hour the later row wins. At once, so that nothing is copied again and again. */
export function mergeAll(parts: SeriesOfScope): UsageSeries {
  return concat(inTimeOrder(parts));
}

/** Series of one scope that follow each other: as they are if they do; else one, in which of the same hour the later row wins. */
export function inTimeOrder(parts: SeriesOfScope): SeriesOfScope {
  let last = Number.NEGATIVE_INFINITY;
  const follow = parts.every(({ hours }) => {
    const later = (hours[0] ?? Number.POSITIVE_INFINITY) > last;
    last = hours.at(-1) ?? last;
    return later;
  });
  return follow ? parts : [parts.reduce(mergeSeries)];
}

function concat(parts: SeriesOfScope): UsageSeries {
  if (parts.length === 1) return parts[0];
  return {
    scope: parts[0].scope,
    hours: parts.flatMap(({ hours }) => hours),
    ...concatColumns(parts),
    status: parts.flatMap(({ status }) => status),
    provenance: parts.flatMap(({ provenance }) => provenance),
  };
}

/** What is made for each of the quantities. */
export function eachQuantity<T>(make: (name: Quantity) => T): Record<Quantity, T> {
  return recordOf(QUANTITIES, make);
}

/** The number columns of a series. */
export type Columns = Readonly<Record<Column, Float64Array>>;

/** Columns, each of them made. */
export function columnsOf(make: (name: Column) => Float64Array): Columns {
  return recordOf(COLUMNS, make);
}

/** Makes so many columns in one block: of thousands of hosts, arrays of some hours each take more than what is in them. */
export function columnsInBlock(count: number, length: number, value: number): () => Float64Array {
  const block = new Float64Array(count * length).fill(value);
  let end = 0;
  return () => {
    end += length;
    return block.subarray(end - length, end);
  };
}

/** The rows of each, one after the other. */
export function concatColumns(parts: readonly Columns[]): Columns {
  return columnsOf((name) => concatNumbers(parts.map((part) => part[name])));
}

/** One column after the other, in a new one. */
export function concatNumbers(parts: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
  let next = 0;
  for (const part of parts) {
    all.set(part, next);
    next += part.length;
  }
  return all;
}
