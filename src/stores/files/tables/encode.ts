import {
  type Data,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  Table,
  tableToIPC,
  Utf8,
  vectorFromArray,
} from "apache-arrow";
import {
  Compression,
  EnabledStatistics,
  Encoding,
  transformParquetStream,
  type RecordBatch as WasmRecordBatch,
  Table as WasmTable,
  type WriterProperties,
  WriterPropertiesBuilder,
} from "parquet-wasm";
import { PARQUET_NAMES } from "../../../timeseries/parquet/columns.js";
import type { ScopeKind } from "../../../usage/scope.js";
import { columnsOfKind, fieldsOf, ROWS_PER_GROUP, type TableColumn } from "./columns.js";
import { formatTableFacts } from "./facts.js";
import { joined, numbersOf, type TableRows, textsOf } from "./rows.js";

const MEASURED: ReadonlySet<string> = new Set(Object.values(PARQUET_NAMES));

/**
 * A month's table as the bytes of a Parquet file, and how many rows it has. Encodings are those that every reader has: `PLAIN`,
 * dictionaries of texts, Snappy. Rows are taken part by part, so that a large month is never in memory whole.
 * Equal rows give equal bytes, however they are divided into parts.
 */
export async function encodeTable(
  kind: ScopeKind,
  month: string,
  parts: AsyncIterable<TableRows>,
): Promise<{ bytes: Uint8Array; rows: number }> {
  let rows = 0;
  const counted = async function* (): AsyncGenerator<TableRows, void> {
    for await (const part of parts) {
      rows += part.length;
      yield part;
    }
  };
  const batches = wasmBatches(kind, counted());
  let failure: { readonly reason: unknown } | undefined;
  const source = new ReadableStream<WasmRecordBatch>({
    async pull(controller) {
      try {
        const { done, value } = await batches.next();
        if (done === true) controller.close();
        else controller.enqueue(value);
      } catch (reason) {
        failure = { reason };
        controller.error(reason);
      }
    },
  });
  const pieces: Uint8Array[] = [];
  try {
    const written: ReadableStream<Uint8Array> = await transformParquetStream(
      source,
      writerProperties(kind, month),
    );
    for await (const piece of written) pieces.push(piece);
  } catch (error) {
    // What the WebAssembly writer says of a failure of its source is not what failed.
    throw failure === undefined ? error : failure.reason;
  }
  if (failure !== undefined) throw failure.reason;
  return { bytes: Buffer.concat(pieces), rows };
}

async function* wasmBatches(
  kind: ScopeKind,
  parts: AsyncIterable<TableRows>,
): AsyncGenerator<WasmRecordBatch, void> {
  for await (const rows of inGroups(kind, parts)) {
    const table = WasmTable.fromIPCStream(tableToIPC(new Table([arrowBatch(rows)]), "stream"));
    yield* table.recordBatches();
    table.free();
  }
}

/** The same rows in parts of exactly a row group; only the last may have fewer. */
async function* inGroups(kind: ScopeKind, parts: AsyncIterable<TableRows>): AsyncGenerator<TableRows, void> {
  let left: TableRows | undefined;
  let isEmpty = true;
  for await (const part of parts) {
    const rows: TableRows = left === undefined ? part : joined(kind, [whole(left), whole(part)]);
    let from = 0;
    for (; rows.length - from >= ROWS_PER_GROUP; from += ROWS_PER_GROUP) {
      yield joined(kind, [{ rows, from, to: from + ROWS_PER_GROUP }]);
      isEmpty = false;
    }
    left = from === rows.length ? undefined : joined(kind, [{ rows, from, to: rows.length }]);
  }
  // A table without rows still has its columns.
  if (left !== undefined) yield left;
  else if (isEmpty) yield joined(kind, []);
}

function whole(rows: TableRows): { rows: TableRows; from: number; to: number } {
  return { rows, from: 0, to: rows.length };
}

function arrowBatch(rows: TableRows): RecordBatch {
  const columns = columnsOfKind(rows.kind);
  const fields = fieldsOf(columns);
  const children = columns.map((column, index) => arrowData(rows, column, fields[index]?.type));
  const struct = makeData({ type: new Struct(fields), length: rows.length, nullCount: 0, children });
  return new RecordBatch(new Schema(fields), struct);
}

function arrowData(rows: TableRows, { name, type }: TableColumn, arrowType: Data["type"] | undefined): Data {
  const { length } = rows;
  if (type === "text") {
    const { codes, words } = textsOf(rows, name);
    const validity = validityOf(codes);
    // A dictionary without a word could not be pointed into by the rows without one.
    const dictionary = vectorFromArray(words.length === 0 ? [""] : words, new Utf8());
    const data = validity.nullCount === 0 ? codes : codes.map((code) => Math.max(code, 0));
    return makeData({ type: arrowType, length, data, dictionary, ...validity } as Parameters<
      typeof makeData
    >[0]);
  }
  const numbers = numbersOf(rows, name);
  const data = type === "double" ? numbers : type === "flag" ? bitsOf(numbers) : wholeNumbers(numbers);
  return makeData({ type: arrowType, length, data, ...validityOf(numbers) } as Parameters<
    typeof makeData
  >[0]);
}

/** Which rows have a value, a bit a row; no bits where all have. NaN and negative codes are none. */
function validityOf(column: Float64Array | Int32Array): { nullCount: number; nullBitmap?: Uint8Array } {
  const { length } = column;
  const isText = column instanceof Int32Array;
  const isMissing = (value: number): boolean => (isText ? value < 0 : Number.isNaN(value));
  let nullCount = 0;
  for (let row = 0; row < length; row++) if (isMissing(column[row] as number)) nullCount++;
  if (nullCount === 0) return { nullCount };
  const nullBitmap = new Uint8Array(bytesOfBits(length));
  if (nullCount === length) return { nullCount, nullBitmap };
  for (let row = 0; row < length; row++) {
    if (!isMissing(column[row] as number))
      nullBitmap[row >> 3] = (nullBitmap[row >> 3] as number) | (1 << (row & 7));
  }
  return { nullCount, nullBitmap };
}

function bitsOf(numbers: Float64Array): Uint8Array {
  const bits = new Uint8Array(bytesOfBits(numbers.length));
  numbers.forEach((value, row) => {
    if (value === 1) bits[row >> 3] = (bits[row >> 3] ?? 0) | (1 << (row & 7));
  });
  return bits;
}

/** Arrow pads to eight bytes. */
function bytesOfBits(length: number): number {
  return ((length + 63) >> 6) << 3;
}

/** As 64-bit integers; by pairs of words, because `BigInt` is seven times slower. Negative times are floored. */
function wholeNumbers(numbers: Float64Array): BigInt64Array {
  const integers = new BigInt64Array(numbers.length);
  const words = new Int32Array(integers.buffer);
  numbers.forEach((value, row) => {
    if (Number.isNaN(value)) return;
    words[2 * row] = value % 2 ** 32;
    words[2 * row + 1] = Math.floor(value / 2 ** 32);
  });
  return integers;
}

function writerProperties(kind: ScopeKind, month: string): WriterProperties {
  let builder = new WriterPropertiesBuilder()
    .setCreatedBy("ada-carbon")
    .setCompression(Compression.SNAPPY)
    .setStatisticsEnabled(EnabledStatistics.None)
    .setMaxRowGroupSize(ROWS_PER_GROUP)
    .setDictionaryEnabled(false)
    .setEncoding(Encoding.PLAIN)
    .setKeyValueMetadata(formatTableFacts({ kind, month }));
  for (const { name, type } of columnsOfKind(kind)) {
    if (type === "text") builder = builder.setColumnDictionaryEnabled(name, true);
    // Measured numbers hardly become smaller, and this way they are read and written faster.
    if (MEASURED.has(name)) builder = builder.setColumnCompression(name, Compression.UNCOMPRESSED);
    // Of the columns that people look for rows by; of the others they cost a tenth of the time.
    if (name === "name" || name === "timestamp") {
      builder = builder.setColumnStatisticsEnabled(name, EnabledStatistics.Chunk);
    }
  }
  return builder.build();
}
