import { type FinishedHour, HOUR_MS } from "../../usage/hour.js";
import { assertOptions, oneOf, optional, type Rules } from "../../usage/options.js";
import { UNKNOWN_PROVENANCE } from "../../usage/provenance.js";
import type { Scope } from "../../usage/scope.js";
import { emptySeries, QUANTITIES, type UsageSeries } from "../../usage/series.js";
import type { Status } from "../../usage/status.js";
import { derivedIntensities } from "../parquet/derive.js";
import { ownMember } from "./check.js";
import type { DayEntryInput } from "./day-entry.js";
import { ALL, DAY_NAMES, type DayUsage, type EstimatedUsageDayEntry, FAILED } from "./day-entry-shape.js";
import { dayOf } from "./parse-day-entry.js";

/** How hours of a day entry are taken. */
export interface DaySeriesOptions {
  /** Status of the hours that have every number. Default `processed`; `fake` for a simulated cluster's. */
  readonly complete?: Extract<Status, "processed" | "fake"> | undefined;
}

const DAY_SERIES_OPTIONS: Rules<DaySeriesOptions> = { complete: optional(oneOf(["processed", "fake"])) };

/**
 * The rows of a day entry that {@link parseDayEntry} has read: what {@link dayEntry} takes, and gives back
 * unchanged. An hour that failed is `not downloaded`, one without grams `unprocessed`. The document has no
 * coverage and no provenance: coverage is missing, the intensity is grams over kWh.
 *
 * The machines' series are of the machine *in this project*; do not store them over those of the whole cloud.
 *
 * @example
 * import assert from "node:assert/strict";
 * import { dayEntry, dayEntryToSeries, parseDayEntry } from "ada-carbon/timeseries";
 *
 * const usage = { busy_cpu_seconds_total: 18000, idle_cpu_seconds_total: 54000, busy_kwh: 0.06, idle_kwh: 0.015, busy_gCo2eq: 12, idle_gCo2eq: 3 };
 * const text = JSON.stringify({
 *   cloud_project_name: "IDAaaS", date: "10_09_2025", timeseries: { totals: { all: usage }, "05:00": { all: usage } },
 * });
 * const day = dayEntryToSeries(parseDayEntry(text, { where: "day.json" }));
 * assert.equal(day.all.gco2eqPerKwh[0], 200);
 * assert.equal(JSON.stringify(dayEntry(day)), text);
 */
export function dayEntryToSeries(
  entry: EstimatedUsageDayEntry,
  options: DaySeriesOptions = {},
): DayEntryInput {
  assertOptions("dayEntryToSeries", options, DAY_SERIES_OPTIONS);
  const project = entry.cloud_project_name;
  const day = dayOf(entry, project);
  const { totals = {}, ...hours } = entry.timeseries;
  const rowsOf = (name: string): [FinishedHour, DayUsage][] =>
    Object.entries(hours)
      .flatMap(([time, machines]) => {
        const usage = ownMember(machines, name);
        // A day that has been written down is over.
        const hour = (day + Number(time.slice(0, 2)) * HOUR_MS) as FinishedHour;
        return usage === undefined ? [] : [[hour, usage] as [FinishedHour, DayUsage]];
      })
      .sort(([a], [b]) => a - b);
  const series = (scope: Scope, name: string): UsageSeries =>
    seriesOf(scope, rowsOf(name), options.complete ?? "processed");
  const names = Object.keys(totals).filter((name) => name !== ALL);
  return {
    project,
    day,
    all: series({ kind: "project", name: project }, ALL),
    machines: new Map(names.map((name) => [name, series({ kind: "machine", name }, name)])),
  };
}

function seriesOf(
  scope: Scope,
  rows: readonly (readonly [FinishedHour, DayUsage])[],
  complete: Status,
): UsageSeries {
  const series = emptySeries(
    scope,
    rows.map(([hour]) => hour),
    UNKNOWN_PROVENANCE,
  );
  rows.forEach(([, usage], row) => {
    for (const name of QUANTITIES) {
      const value = usage[DAY_NAMES[name]];
      series[name][row] = value === FAILED ? Number.NaN : value;
    }
    series.status[row] = statusOf(usage, complete);
  });
  series.gco2eqPerKwh.set(derivedIntensities(series));
  return series;
}

function statusOf(usage: DayUsage, complete: Status): Status {
  if (usage.busy_cpu_seconds_total === FAILED) return "not downloaded";
  return usage.busy_gCo2eq === FAILED ? "unprocessed" : complete;
}
