import {
  Bool,
  type Data,
  type DataType,
  Dictionary,
  Field,
  Float64,
  Int32,
  Int64,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  Table,
  TimestampMillisecond,
  tableToIPC,
  Utf8,
  vectorFromArray,
} from "apache-arrow";
import { Table as WasmTable } from "parquet-wasm";
import type { ColumnType, ColumnValues, ParquetColumn } from "./columns.js";

/** Columns of `length` rows as the table that parquet-wasm writes. NaN and `null` become NULL. */
export function wasmTable(
  columns: readonly ParquetColumn[],
  values: ColumnValues,
  length: number,
): WasmTable {
  const fields = columns.map(
    ({ name, type, required }, id) => new Field(name, arrowType(type, id), !required),
  );
  const children = fields.map(({ name, type }) => arrowData(type, values[name] ?? [], length));
  const struct = makeData({ type: new Struct(fields), length, nullCount: 0, children });
  const table = new Table([new RecordBatch(new Schema(fields), struct)]);
  return WasmTable.fromIPCStream(tableToIPC(table, "stream"));
}

/** Texts are dictionaries: there are few different ones among many rows. */
function arrowType(type: ColumnType, id: number): DataType {
  switch (type) {
    case "double":
      return new Float64();
    case "count":
      return new Int64();
    case "time":
      return new TimestampMillisecond("UTC");
    case "flag":
      return new Bool();
    case "text":
      return new Dictionary(new Utf8(), new Int32(), id);
  }
}

function arrowData(type: DataType, values: ColumnValues[string], length: number): Data {
  if (!(values instanceof Float64Array)) {
    const { codes, dictionary } = encodeTexts(values);
    return makeData({ type, length, data: codes, dictionary, ...validityOf(values) } as DataProps);
  }
  const data =
    type instanceof Float64 ? values : type instanceof Bool ? bitsOf(values) : wholeNumbers(values);
  return makeData({ type, length, data, ...validityOf(values) } as DataProps);
}

/** What `makeData` takes depends on the type; that of a column is known at run time only. */
type DataProps = Parameters<typeof makeData>[0];

function encodeTexts(texts: readonly (string | null)[]): { codes: Int32Array; dictionary: unknown } {
  const codeOf = new Map<string, number>();
  const codes = new Int32Array(texts.length);
  texts.forEach((text, row) => {
    if (text === null) return;
    const code = codeOf.get(text) ?? codeOf.size;
    codeOf.set(text, code);
    codes[row] = code;
  });
  // A dictionary without a word could not be pointed into by the rows without one.
  return { codes, dictionary: vectorFromArray(codeOf.size === 0 ? [""] : [...codeOf.keys()], new Utf8()) };
}

/** Which rows have a value, a bit a row; no bits where all have. */
function validityOf(values: ArrayLike<number | string | null>): {
  nullCount: number;
  nullBitmap?: Uint8Array;
} {
  const nullBitmap = new Uint8Array(bytesOfBits(values.length));
  let nullCount = 0;
  for (let row = 0; row < values.length; row++) {
    const value = values[row];
    if (value === null || Number.isNaN(value)) nullCount++;
    else setBit(nullBitmap, row);
  }
  return nullCount === 0 ? { nullCount } : { nullCount, nullBitmap };
}

function bitsOf(flags: Float64Array): Uint8Array {
  const bits = new Uint8Array(bytesOfBits(flags.length));
  flags.forEach((value, row) => {
    if (value === 1) setBit(bits, row);
  });
  return bits;
}

function setBit(bits: Uint8Array, row: number): void {
  bits[row >> 3] = (bits[row >> 3] ?? 0) | (1 << (row & 7));
}

/** Arrow pads to eight bytes. */
function bytesOfBits(length: number): number {
  return ((length + 63) >> 6) << 3;
}

/** As 64-bit integers; by pairs of words, because `BigInt` is seven times slower. */
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
