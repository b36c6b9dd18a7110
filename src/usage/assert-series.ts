import { type AdaCarbonError, badInput } from "./errors.js";
import { formatInstant, isHour } from "./hour.js";
import { measurementFault } from "./measurement.js";
import { assertArgument } from "./options.js";
import { basisFault, type Provenance } from "./provenance.js";
import { provenanceFault } from "./provenance-fault.js";
import { ADA, formatScope } from "./scope.js";
import { COLUMNS, QUANTITIES, type Quantity, SERIES, type UsageSeries } from "./series.js";
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
 * members have another type than they must have, or whose `spread`, `unsettled`, `scrapes` or `market` cannot be, an
 * intensity that is marginal.
 */
export function assertSeries(series: UsageSeries): void {
  assertArgument("a store", "what is given", series, SERIES);
  if (series.scope.kind === "ada" && series.scope.name !== ADA.name)
    throw refusal(series, -1, "the scope of kind ada is named ada");
  const { length } = series.hours;
  for (const name of [...COLUMNS, "status", "provenance"] as const) {
    if (series[name].length !== length)
      throw refusal(series, -1, `${name} has ${series[name].length} rows, hours has ${length}`);
  }
  for (let row = 0; row < length; row++) {
    const fault = faultOfRow(series, row);
    if (fault !== undefined) throw refusal(series, row, fault);
  }
}

/** What is wrong with a row; `undefined` if nothing is. Every row of every write is asked: loops are written out. */
function faultOfRow(series: UsageSeries, row: number): string | undefined {
  const hour = series.hours[row] as number;
  if (!isHour(hour)) return "the hour is not on the grid of UTC hours";
  if (row > 0 && hour <= (series.hours[row - 1] as number)) return "hours are not strictly ascending";
  for (const name of COLUMNS) {
    const value = series[name][row] as number;
    if (value < 0 || value === Number.POSITIVE_INFINITY)
      return `${name} is ${value}; it must be finite and not negative`;
  }
  if ((series.coverage[row] as number) > 1) return `coverage is ${series.coverage[row]}; it is at most 1`;
  const status = series.status[row] ?? "not downloaded";
  for (const name of NEEDED[status])
    if (Number.isNaN(series[name][row])) return `status is ${status}, but ${name} is missing`;
  for (const name of FORBIDDEN[status])
    if (!Number.isNaN(series[name][row])) return `status is ${status}, but ${name} is ${series[name][row]}`;
  const provenance = series.provenance[row] as Provenance;
  // Neighbouring rows mostly share it.
  const before = row > 0 ? series.provenance[row - 1] : undefined;
  if (row > 0 && provenance === before) return undefined;
  return provenanceFault(provenance, before) ?? measurementFault(provenance) ?? basisFault(provenance);
}

function refusal(series: UsageSeries, row: number, what: string): AdaCarbonError {
  const hour = series.hours[row];
  const when = hour === undefined ? "" : ` at ${Number.isFinite(hour) ? formatInstant(hour) : hour}`;
  return badInput(`${formatScope(series.scope)}${when}: ${what}`);
}
