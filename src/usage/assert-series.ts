import { AdaCarbonError } from "./errors.js";
import { formatInstant, isHour } from "./hour.js";
import { measurementFault } from "./measurement.js";
import type { Provenance } from "./provenance.js";
import { ADA, formatScope } from "./scope.js";
import { at, COLUMNS, QUANTITIES, type Quantity, type UsageSeries } from "./series.js";
import type { Status } from "./status.js";

const NEEDED: Record<Status, readonly Quantity[]> = {
  "not downloaded": [],
  "download incomplete": ["busyCpuSeconds", "idleCpuSeconds", "busyKwh", "idleKwh"],
  unprocessed: ["busyCpuSeconds", "idleCpuSeconds", "busyKwh", "idleKwh"],
  processed: QUANTITIES,
  fake: QUANTITIES,
};

const FORBIDDEN: Record<Status, readonly Quantity[]> = {
  "not downloaded": QUANTITIES,
  "download incomplete": [],
  unprocessed: ["busyGco2eq", "idleGco2eq"],
  processed: [],
  fake: [],
};

/**
 * Refuses (code `bad-input`) a series that no store may accept: columns of unequal length, hours off the
 * grid or out of order, infinite or negative numbers, numbers that contradict the status, a provenance whose
 * `spread`, `unsettled` or `scrapes` cannot be.
 */
export function assertSeries(series: UsageSeries): void {
  if (series.scope.kind === "ada" && series.scope.name !== ADA.name)
    throw refusal(series, -1, "the scope of kind ada is named ada");
  const { length } = series.hours;
  for (const name of [...COLUMNS, "status", "provenance"] as const) {
    if (series[name].length !== length)
      throw refusal(series, -1, `${name} has ${series[name].length} rows, hours has ${length}`);
  }
  // Column by column, which is ten times as fast; what is wrong, and in which row first, is looked for if anything is.
  if (!isSound(series)) refuseFirstFault(series);
}

// Counting loops: V8 is slow at iterators until it has seen them for a while, and most runs are short.
function isSound(series: UsageSeries): boolean {
  const { hours } = series;
  for (let i = 0; i < hours.length; i++) {
    const hour = hours[i] as number;
    if (!isHour(hour) || (i > 0 && hour <= (hours[i - 1] as number))) return false;
  }
  for (const name of COLUMNS) {
    if (!isWithin(series[name], name === "coverage" ? 1 : Number.MAX_VALUE)) return false;
  }
  // Hours of the same status come in runs.
  const { status } = series;
  for (let from = 0, to = 0; from < status.length; from = to) {
    const same = status[from] ?? "not downloaded";
    while (status[to] === same) to++;
    if (NEEDED[same].some((name) => isAnyMissing(series[name], from, to))) return false;
    if (FORBIDDEN[same].some((name) => isAnyThere(series[name], from, to))) return false;
  }
  return areMeasurementsSound(series.provenance);
}

/** Rows share their provenance with the row before more often than not. */
function areMeasurementsSound(provenance: readonly Provenance[]): boolean {
  for (let i = 0; i < provenance.length; i++) {
    const each = provenance[i];
    if (each === undefined || (i > 0 && each === provenance[i - 1])) continue;
    if (measurementFault(each) !== undefined) return false;
  }
  return true;
}

/** Whether all numbers, if they are not missing, are from 0 to `most`. */
function isWithin(column: Float64Array, most: number): boolean {
  for (let i = 0; i < column.length; i++) {
    const value = column[i] as number;
    if (value < 0 || value > most) return false;
  }
  return true;
}

function isAnyMissing(column: Float64Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (Number.isNaN(column[i])) return true;
  return false;
}

function isAnyThere(column: Float64Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (!Number.isNaN(column[i])) return true;
  return false;
}

function refuseFirstFault(series: UsageSeries): void {
  series.hours.forEach((hour, i) => {
    const refuse = (what: string): never => {
      throw refusal(series, i, what);
    };
    if (!isHour(hour)) refuse("the hour is not on the grid of UTC hours");
    if (hour <= (series.hours[i - 1] ?? Number.NEGATIVE_INFINITY)) refuse("hours are not strictly ascending");
    for (const name of COLUMNS) {
      const value = at(series[name], i);
      if (value < 0 || value === Number.POSITIVE_INFINITY)
        refuse(`${name} is ${value}; it must be finite and not negative`);
    }
    if (at(series.coverage, i) > 1) refuse(`coverage is ${series.coverage[i]}; it is at most 1`);
    const status = series.status[i] ?? "not downloaded";
    for (const name of NEEDED[status]) {
      if (Number.isNaN(at(series[name], i))) refuse(`status is ${status}, but ${name} is missing`);
    }
    for (const name of FORBIDDEN[status]) {
      if (!Number.isNaN(at(series[name], i)))
        refuse(`status is ${status}, but ${name} is ${series[name][i]}`);
    }
    const fault = measurementFault(series.provenance[i] ?? {});
    if (fault !== undefined) refuse(fault);
  });
}

function refusal(series: UsageSeries, row: number, what: string): AdaCarbonError {
  const hour = series.hours[row];
  const when = hour === undefined ? "" : ` at ${Number.isFinite(hour) ? formatInstant(hour) : hour}`;
  return new AdaCarbonError("bad-input", `${formatScope(series.scope)}${when}: ${what}`);
}
