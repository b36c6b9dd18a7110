import { coverageOf } from "../rows/coverage.js";
import { RowIndex } from "../rows/row-index.js";
import type { FinishedHour } from "../usage/hour.js";
import { NO_PROVENANCE } from "../usage/provenance.js";
import type { Scope } from "../usage/scope.js";
import { emptySeries, numberAt, QUANTITIES, type UsageSeries } from "../usage/series.js";

/** Sums that differ by less than this (relative) are the same. */
const ROUNDING = 1e-9;

/**
 * Rows of `nobody` with what users had who are forgotten, for hours that have no hosts to make them of, such as imported
 * ones. Where the rows of all others are as much as `ada` already, they have been added by a run that was cut off.
 */
export function addedRows(
  nobody: Scope,
  ofUsers: readonly UsageSeries[],
  names: ReadonlySet<string>,
  hours: readonly FinishedHour[],
  ada: RowIndex,
): UsageSeries[] {
  const users = ofUsers.map((series) => ({ name: series.scope.name, rows: new RowIndex(series) }));
  const rows: UsageSeries[] = [];
  for (const hour of hours) {
    const there = users.filter(({ rows }) => rows.row(hour) !== undefined);
    const others = there.filter(({ name }) => !names.has(name));
    const whole = kwhAt(hour, [ada]);
    const isAdded =
      Math.abs(
        kwhAt(
          hour,
          others.map(({ rows }) => rows),
        ) - whole,
      ) <=
      ROUNDING * whole;
    const parts = there.filter(({ name }) => names.has(name) || name === nobody.name).map(({ rows }) => rows);
    if (!isAdded && there.length > others.length) rows.push(together(nobody, hour, parts));
  }
  return rows;
}

function kwhAt(hour: FinishedHour, rows: readonly RowIndex[]): number {
  return rows.reduce((sum, row) => sum + row.value("busyKwh", hour) + row.value("idleKwh", hour), 0);
}

/** An hour of several users as one row. A number that one of them lacks is missing. */
function together(scope: Scope, hour: FinishedHour, parts: readonly RowIndex[]): UsageSeries {
  const known = parts.filter((part) => part.status(hour) !== "not downloaded");
  const [first] = known.length > 0 ? known : parts;
  const { host: _, ...provenance } = first?.provenance(hour) ?? NO_PROVENANCE;
  const row = emptySeries(scope, [hour], provenance);
  for (const name of QUANTITIES)
    row[name][0] = known.reduce(
      (sum, part) => sum + part.value(name, hour),
      known.length > 0 ? 0 : Number.NaN,
    );
  row.gco2eqPerKwh[0] = first?.value("gco2eqPerKwh", hour) ?? Number.NaN;
  row.coverage[0] = coverageTogether(hour, known);
  const statuses = known.map((part) => part.status(hour));
  row.status[0] =
    (["download incomplete", "unprocessed"] as const).find((status) => statuses.includes(status)) ??
    statuses[0] ??
    "not downloaded";
  if (Number.isNaN(numberAt(row.busyGco2eq, 0)) && row.status[0] === "processed")
    row.status[0] = "unprocessed";
  return row;
}

/** Each part weighs as the CPU-seconds expected of it: what was used, by its coverage. Where one is not known, neither is this. */
function coverageTogether(hour: FinishedHour, parts: readonly RowIndex[]): number {
  let [observed, expected] = [0, 0];
  for (const part of parts) {
    const used = part.value("busyCpuSeconds", hour) + part.value("idleCpuSeconds", hour);
    const coverage = part.value("coverage", hour);
    if (Number.isNaN(coverage)) return Number.NaN;
    observed += used;
    expected += coverage > 0 ? used / coverage : used;
  }
  return coverageOf(observed, expected);
}
