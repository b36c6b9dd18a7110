import type { Table } from "apache-arrow";
import { eightColumnSeries } from "../../../timeseries/parquet/decode.js";
import { columnOf, numbersOf } from "../../../timeseries/parquet/from-arrow.js";
import { assertSeries } from "../../../usage/assert-series.js";
import type { Scope } from "../../../usage/scope.js";
import type { UsageSeries } from "../../../usage/series.js";
import { columnsOfKind } from "./columns.js";
import { provenanceOf } from "./provenance.js";

/** The rows of one scope as a series. Throws for rows that no store accepts. */
export function seriesOfRows(scope: Scope, rows: Table): UsageSeries {
  const series = {
    ...eightColumnSeries(scope, rows),
    coverage: numbersOf(columnOf(rows, "coverage")),
    gco2eqPerKwh: numbersOf(columnOf(rows, "intensity_gco2eq_per_kwh")),
    provenance: provenanceOf(rows, columnsOfKind(scope.kind)),
  };
  assertSeries(series);
  return series;
}
