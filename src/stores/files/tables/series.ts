import type { Table } from "apache-arrow";
import type { Table as WasmTable } from "parquet-wasm";
import type { ColumnValues, ParquetColumn } from "../../../timeseries/parquet/columns.js";
import { eightColumnSeries } from "../../../timeseries/parquet/decode.js";
import { eightColumns } from "../../../timeseries/parquet/encode.js";
import { columnOf, numbersOf } from "../../../timeseries/parquet/from-arrow.js";
import { wasmTable } from "../../../timeseries/parquet/to-arrow.js";
import { assertSeries } from "../../../usage/assert-series.js";
import type { Scope, ScopeKind } from "../../../usage/scope.js";
import { concatNumbers, type UsageSeries } from "../../../usage/series.js";
import { columnsOfKind } from "./columns.js";
import { provenanceColumns, provenanceOf } from "./provenance.js";

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

/** Rows of a table from series of one kind, one a scope, sorted by name. */
export function rowsOfSeries(kind: ScopeKind, all: readonly UsageSeries[]): WasmTable {
  const columns = columnsOfKind(kind);
  const parts = all.map((series) => columnsOfSeries(columns, series));
  const values = columns.map(({ name, type }) => {
    const pieces = parts.map((part) => part[name]);
    return [name, type === "text" ? pieces.flatMap(asTexts) : concatNumbers(pieces.map(asNumbers))];
  });
  const length = all.reduce((sum, { hours }) => sum + hours.length, 0);
  return wasmTable(columns, Object.fromEntries(values), length);
}

function columnsOfSeries(columns: readonly ParquetColumn[], series: UsageSeries): ColumnValues {
  return {
    name: series.hours.map(() => series.scope.name),
    ...eightColumns(series),
    coverage: series.coverage,
    intensity_gco2eq_per_kwh: series.gco2eqPerKwh,
    ...provenanceColumns(columns, series.provenance),
  };
}

function asTexts(values: ColumnValues[string] | undefined): readonly (string | null)[] {
  return values === undefined || values instanceof Float64Array ? [] : values;
}

function asNumbers(values: ColumnValues[string] | undefined): Float64Array {
  return values instanceof Float64Array ? values : new Float64Array();
}
