import {
  Compression,
  EnabledStatistics,
  Encoding,
  type WriterProperties,
  WriterPropertiesBuilder,
  writeParquet,
} from "parquet-wasm";
import { assertSeries } from "../../usage/assert-series.js";
import { assertArgument } from "../../usage/options.js";
import { QUANTITIES, SERIES, type UsageSeries } from "../../usage/series.js";
import {
  type ColumnValues,
  EIGHT_COLUMNS,
  PARQUET_NAMES,
  type ParquetColumn,
  STATUS,
  TIMESTAMP,
  textColumn,
} from "./columns.js";
import { scopeMetadata } from "./own-metadata.js";
import { wasmTable } from "./to-arrow.js";
import { assertWasmLoaded } from "./wasm-loaded.js";

/** What our files say of who wrote them. */
export const CREATED_BY = "ada-carbon";

const ROWS_PER_GROUP = 100_000;

/**
 * The eight columns of a series as the bytes of a Parquet file: one row an hour, missing numbers as NULL, and whose
 * hours they are in its key-value metadata. Coverage, intensity and provenance are not in it. Equal series give equal
 * bytes.
 *
 * @throws {AdaCarbonError} `bad-input` for what `assertSeries` refuses.
 *
 * @example
 * import assert from "node:assert/strict";
 * import { ADA, emptySeries, finishedHour } from "ada-carbon";
 * import { decodeUsage, encodeUsage } from "ada-carbon/parquet";
 *
 * const hours = [finishedHour(Date.UTC(2025, 8, 10), Date.now())];
 * const series = emptySeries(ADA, hours, { library: "unknown", model: null, intensity: null });
 * const bytes = encodeUsage(series);
 * assert.deepEqual(decodeUsage(bytes, { where: "ada.parquet" }), series);
 */
export function encodeUsage(series: UsageSeries): Uint8Array {
  assertArgument("encodeUsage", "series", series, SERIES);
  assertWasmLoaded();
  assertSeries(series);
  const table = wasmTable(EIGHT_COLUMNS, eightColumns(series), series.hours.length);
  // Both arguments are consumed: freeing either afterwards would throw.
  return writeParquet(table, writerProperties(EIGHT_COLUMNS, ROWS_PER_GROUP, scopeMetadata(series.scope)));
}

/** The values of the eight columns, sharing the series' numbers. */
export function eightColumns(series: Omit<UsageSeries, "scope">): ColumnValues {
  return {
    [TIMESTAMP]: Float64Array.from(series.hours),
    ...Object.fromEntries(QUANTITIES.map((name) => [PARQUET_NAMES[name], series[name]])),
    [STATUS]: textColumn(series.status),
  };
}

/**
 * Encodings that every reader has: Spark 3.5 knows no others for numbers, fastparquet no newer pages. Statistics are of
 * the columns that rows are looked for by; of all they would take a fifth of the time.
 */
export function writerProperties(
  columns: readonly ParquetColumn[],
  rowsPerGroup: number,
  metadata: Map<string, string>,
): WriterProperties {
  let builder = new WriterPropertiesBuilder()
    .setCreatedBy(CREATED_BY)
    .setCompression(Compression.SNAPPY)
    .setStatisticsEnabled(EnabledStatistics.None)
    .setMaxRowGroupSize(rowsPerGroup)
    .setDictionaryEnabled(false)
    .setEncoding(Encoding.PLAIN)
    .setKeyValueMetadata(metadata);
  for (const { name, type } of columns) {
    if (type === "text") builder = builder.setColumnDictionaryEnabled(name, true);
    if (name === "name" || name === TIMESTAMP) {
      builder = builder.setColumnStatisticsEnabled(name, EnabledStatistics.Chunk);
    }
  }
  return builder.build();
}
