import {
  Compression,
  EnabledStatistics,
  Encoding,
  Table as WasmTable,
  type WriterProperties,
  WriterPropertiesBuilder,
  writeParquet,
} from "parquet-wasm";
import { assertSeries } from "../../usage/assert-series.js";
import type { UsageSeries } from "../../usage/series.js";
import { arrowStream } from "./arrow-stream.js";
import { checksum } from "./checksum.js";
import { STATUS, TIMESTAMP } from "./columns.js";
import { METADATA_KEY, writeMetadata } from "./metadata.js";
import { type PackedSeries, pack } from "./packed.js";

const ROWS_PER_GROUP = 100_000;
/** Compressed, fewer rows than these (a week is 168) are a fifteenth smaller, and take a quarter longer to write. */
const WORTH_COMPRESSING = 256;

/**
 * A series as the bytes of a Parquet file: the eight columns, one row an hour, missing numbers as NULL.
 * Coverage, intensity, provenance and the scope go into its key-value metadata, so that
 * {@link decodeUsage} gives back the same series. Equal series give equal bytes.
 *
 * @throws {AdaCarbonError} `bad-input` for what `assertSeries` refuses.
 *
 * @example
 * import { ADA, emptySeries, finishedHour } from "ada-carbon";
 * import { decodeUsage, encodeUsage } from "ada-carbon/parquet";
 *
 * const hours = [finishedHour(Date.UTC(2025, 8, 10), Date.now())];
 * const series = emptySeries(ADA, hours, { library: "0.1.0", model: null, intensity: null });
 * const bytes = encodeUsage(series);
 * assert.deepEqual(decodeUsage(bytes, { where: "ada.parquet" }), series);
 */
export function encodeUsage(series: UsageSeries): Uint8Array {
  assertSeries(series);
  return encodePacked(pack(series));
}

/** Like {@link encodeUsage}, for a series that `assertSeries` has seen already. */
export function encodePacked(series: PackedSeries): Uint8Array {
  const body = writeMetadata(series);
  const metadata = `${body.slice(0, -1)},"checksum":"${checksum(series, body)}"}`;
  const stream = arrowStream(series);
  const table = WasmTable.fromIPCStream(stream);
  // Files are many: what has been copied need not wait for the garbage collector.
  (stream.buffer as ArrayBuffer).transfer(0);
  // Both arguments are consumed: freeing either afterwards would throw.
  return writeParquet(table, writerProperties(metadata, series.hours.length));
}

function writerProperties(metadata: string, rows: number): WriterProperties {
  // Said for all columns, and then for the two that are no quantities.
  return (
    new WriterPropertiesBuilder()
      .setCreatedBy("ada-carbon")
      .setCompression(rows < WORTH_COMPRESSING ? Compression.UNCOMPRESSED : Compression.SNAPPY)
      // Of pages only where somebody looks for them: up to 20,000 rows are one page.
      .setStatisticsEnabled(EnabledStatistics.Chunk)
      .setColumnStatisticsEnabled(TIMESTAMP, EnabledStatistics.Page)
      .setMaxRowGroupSize(ROWS_PER_GROUP)
      .setDictionaryEnabled(false)
      // The encodings that every reader has: Spark 3.5 knows no others for numbers.
      .setEncoding(Encoding.PLAIN)
      .setColumnDictionaryEnabled(STATUS, true)
      .setKeyValueMetadata(new Map([[METADATA_KEY, metadata]]))
      .build()
  );
}
