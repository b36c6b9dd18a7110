import { assertSeries } from "./assert-series.js";
import { assertArgument, LIST } from "./options.js";
import { NO_PROVENANCE } from "./provenance.js";
import type { Scope } from "./scope.js";
import {
  COLUMNS,
  emptySeries,
  numberAt,
  orNull,
  SERIES,
  type UsageRecord,
  type UsageSeries,
} from "./series.js";

/**
 * A series as one object an hour, missing numbers as `null`. For display, JSON and small amounts;
 * everything inside the library stays in columns.
 */
export function toRecords(series: UsageSeries): UsageRecord[] {
  assertArgument("toRecords", "series", series, SERIES);
  assertSeries(series);
  return series.hours.map((hour, i) => {
    const numbers = Object.fromEntries(COLUMNS.map((name) => [name, orNull(numberAt(series[name], i))]));
    const [status, provenance] = [series.status[i], series.provenance[i]];
    // assertSeries has just held the numbers against the status, which is what the union's members say.
    return { scope: series.scope, hour, ...numbers, status, provenance } as UsageRecord;
  });
}

/**
 * Records of one scope as a series, sorted by hour. Records of another scope, two of the same hour, and
 * anything {@link assertSeries} refuses are errors of code `bad-input`.
 */
export function fromRecords(scope: Scope, records: readonly UsageRecord[]): UsageSeries {
  assertArgument("fromRecords", "records", records, LIST);
  const sorted = [...records].sort((a, b) => a.hour - b.hour);
  const series = emptySeries(
    scope,
    sorted.map((record) => record.hour),
    NO_PROVENANCE,
  );
  sorted.forEach((record, i) => {
    for (const name of COLUMNS) series[name][i] = record[name] ?? Number.NaN;
    series.status[i] = record.status;
    series.provenance[i] = record.provenance;
  });
  assertSeries(series);
  return series;
}
