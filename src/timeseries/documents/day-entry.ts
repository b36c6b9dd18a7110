import { byCodeUnit } from "../../usage/code-units.js";
import { badInput } from "../../usage/errors.js";
import { DAY_MS, HOUR_MS } from "../../usage/hour.js";
import { ANYTHING, assertOptions, OBJECT, type Rules, TEXT } from "../../usage/options.js";
import { numberAt, type Quantity, sliceSeries, type UsageSeries } from "../../usage/series.js";
import { shown } from "../../usage/shown.js";
import { sumOf } from "../../usage/sum.js";
import { ALL, DAY_NAMES, type DayUsage, type EstimatedUsageDayEntry, FAILED } from "./day-entry-shape.js";

/** The hours of a project and its machines that a day entry is made from. */
export interface DayEntryInput {
  readonly project: string;
  /** Start of the UTC day, milliseconds. */
  readonly day: number;
  /** The project's hours; those of other days are left out. */
  readonly all: UsageSeries;
  /** The hours of each of the project's machines, by machine name. */
  readonly machines: ReadonlyMap<string, UsageSeries>;
}

const DAY_ENTRY_INPUT: Rules<DayEntryInput> = {
  project: TEXT,
  day: ANYTHING,
  all: OBJECT,
  machines: { allowed: "a Map of series by machine name", holds: (value) => value instanceof Map },
};

/**
 * A UTC day of a project as its document. Hours without a row are left out. A number that is missing is
 * `"failed"`: all six of an hour that was not downloaded, the grams of one whose carbon is not known yet. A
 * total is the sum of the hours that are there, and `"failed"` only if there is none.
 *
 * @throws {AdaCarbonError} `bad-input` for a `day` that is not the start of a UTC day of the years 0 to 9999,
 * and for a machine of the name `all` (which the document means the project by) or `__proto__`.
 *
 * @example
 * import assert from "node:assert/strict";
 * import { emptySeries, finishedHours } from "ada-carbon";
 * import { dayEntry } from "ada-carbon/timeseries";
 *
 * const day = Date.UTC(2025, 8, 10);
 * const hours = finishedHours({ from: day, to: day + 3_600_000 }, Date.now());
 * const all = emptySeries({ kind: "project", name: "IDAaaS" }, hours, { library: "0.1.0", model: null, intensity: null });
 * const entry = dayEntry({ project: "IDAaaS", day, all, machines: new Map() });
 * assert.equal(entry.date, "10_09_2025");
 * assert.equal(entry.timeseries["00:00"]?.all?.busy_kwh, "failed");
 */
export function dayEntry(input: DayEntryInput): EstimatedUsageDayEntry {
  assertOptions("dayEntry", input, DAY_ENTRY_INPUT);
  const { project, day, all, machines } = input;
  if (!Number.isInteger(day / DAY_MS) || Number.isNaN(new Date(day).getTime()))
    throw badInput(`${shown(day)} is not the start of a UTC day in milliseconds`);
  for (const name of machines.keys()) {
    const fault = machineNameFault(name);
    if (fault !== undefined) throw badInput(fault);
  }
  const interval = { from: day, to: day + DAY_MS };
  const columns: [string, UsageSeries][] = [...machines].sort(([a], [b]) => byCodeUnit(a, b));
  const series = [[ALL, all] as const, ...columns].map(
    ([name, rows]) => [name, sliceSeries(rows, interval)] as const,
  );
  const hours = Array.from(
    { length: 24 },
    (_, h) => [clockName(h), usageAt(series, day + h * HOUR_MS)] as const,
  );
  return {
    cloud_project_name: project,
    date: formatDay(day),
    timeseries: Object.fromEntries([
      [
        "totals",
        Object.fromEntries(
          series.map(([name, rows]) => [name, totalUsage(rows.hours.map((_, row) => usageOf(rows, row)))]),
        ),
      ],
      ...hours.filter(([, usage]) => Object.keys(usage).length > 0),
    ]),
  };
}

function usageAt(
  series: readonly (readonly [string, UsageSeries])[],
  hour: number,
): Record<string, DayUsage> {
  const found = series.flatMap(([name, rows]) => {
    const row = (rows.hours as readonly number[]).indexOf(hour);
    return row < 0 ? [] : [[name, usageOf(rows, row)] as const];
  });
  return Object.fromEntries(found);
}

function usageOf(series: UsageSeries, row: number): DayUsage {
  return eachMember((name) => {
    const value = numberAt(series[name], row);
    return Number.isNaN(value) ? FAILED : value;
  });
}

/** The sums of the numbers among `hours`. */
export function totalUsage(hours: readonly DayUsage[]): DayUsage {
  return eachMember((name) => {
    const numbers = hours.map((hour) => hour[DAY_NAMES[name]]).filter((value) => value !== FAILED);
    return numbers.length === 0 ? FAILED : sumOf(numbers);
  });
}

function eachMember(read: (name: Quantity) => number | typeof FAILED): DayUsage {
  return {
    busy_cpu_seconds_total: read("busyCpuSeconds"),
    idle_cpu_seconds_total: read("idleCpuSeconds"),
    busy_kwh: read("busyKwh"),
    idle_kwh: read("idleKwh"),
    busy_gCo2eq: read("busyGco2eq"),
    idle_gCo2eq: read("idleGco2eq"),
  };
}

/** `05:00`. */
export function clockName(hour: number): string {
  return `${String(hour).padStart(2, "0")}:00`;
}

export function formatDay(day: number): string {
  const [year, month, date] = new Date(day).toISOString().slice(0, 10).split("-");
  return `${date}_${month}_${year}`;
}

/** What is wrong with a machine's name in a day entry. Everything else, `totals` included, is in nobody's way. */
export function machineNameFault(name: string): string | undefined {
  if (name === ALL)
    return `a machine is named "all", which in a day entry is the whole project: rename the machine`;
  if (name === "__proto__")
    return `a machine is named "__proto__", which not every JSON reader keeps: rename it`;
  return undefined;
}
