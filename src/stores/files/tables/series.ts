import type { Table } from "apache-arrow";
import { eightColumnSeries } from "../../../timeseries/parquet/decode.js";
import { columnOf, numbersOf } from "../../../timeseries/parquet/from-arrow.js";
import { assertSeries } from "../../../usage/assert-series.js";
import type { Scope, ScopeKind } from "../../../usage/scope.js";
import { rowsBetween, type UsageSeries } from "../../../usage/series.js";
import { columnsOfKind } from "./columns.js";
import { isAboutIntensity, provenanceOf } from "./provenance.js";
import { rangesOf } from "./table-file.js";

/** The columns to read for {@link seriesOfGroup}: all, or those of numbers and intensities. */
export function columnsRead(kind: ScopeKind, intensitiesOnly: boolean): string[] {
  return columnsOfKind(kind)
    .filter((column) => !intensitiesOnly || isAboutIntensity(column))
    .map(({ name }) => name);
}

/** The rows of one scope as a series. Throws for rows that no store accepts. */
export function seriesOfRows(scope: Scope, rows: Table): UsageSeries {
  const series = uncheckedSeries(scope, rows);
  assertSeries(series);
  return series;
}

/** The rows of each name in a part of a table, sharing their numbers. Throws for rows that no store accepts. */
export function seriesOfGroup(kind: ScopeKind, rows: Table): UsageSeries[] {
  const together = uncheckedSeries({ kind, name: "" }, rows);
  return [...rangesOf(rows)].map(([name, { from, to }]) => {
    const series = { ...rowsBetween(together, from, to), scope: { kind, name } };
    assertSeries(series);
    return series;
  });
}

function uncheckedSeries(scope: Scope, rows: Table): UsageSeries {
  return {
    ...eightColumnSeries(scope, rows),
    coverage: numbersOf(columnOf(rows, "coverage")),
    gco2eqPerKwh: numbersOf(columnOf(rows, "intensity_gco2eq_per_kwh")),
    provenance: provenanceOf(rows, columnsOfKind(scope.kind)),
  };
}
