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
  Vector,
} from "apache-arrow";
import { Table as WasmTable } from "parquet-wasm";
import type { ColumnType, ColumnValues, ParquetColumn, TextColumn } from "./columns.js";

/** Columns of `length` rows as the table that parquet-wasm writes. NaN and `null` become NULL. */
export function wasmTable(
  columns: readonly ParquetColumn[],
  values: ColumnValues,
  length: number,
): WasmTable {
  const fields = columns.map(
    ({ name, type, required }, id) => new Field(name, arrowType(type, id), !required),
  );
  const children = fields.map(({ name, type }) => arrowData(type, valuesOf(values, name), length));
  const struct = makeData({ type: new Struct(fields), length, nullCount: 0, children });
  const table = new Table([new RecordBatch(new Schema(fields), struct)]);
  return WasmTable.fromIPCStream(tableToIPC(table, "stream"));
}

function valuesOf(values: ColumnValues, name: string): Float64Array | TextColumn {
  const column = values[name];
  if (column === undefined) throw new Error(`there are no values of the column ${name}`);
  return column;
}

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

function arrowData(type: DataType, values: Float64Array | TextColumn, length: number): Data {
  if (!(values instanceof Float64Array)) {
    // A dictionary without a word could not be pointed into by the rows without one.
    const dictionary = textVector(values.words.length === 0 ? [""] : values.words);
    const validity = validityOf(length, (row) => values.codes[row] !== -1);
    const data = validity.nullCount === 0 ? values.codes : values.codes.map((code) => Math.max(code, 0));
    return makeData({ type, length, data, dictionary, ...validity } as DataProps);
  }
  const data =
    type instanceof Float64 ? values : type instanceof Bool ? bitsOf(values) : wholeNumbers(values);
  const validity = validityOf(length, (row) => !Number.isNaN(values[row]));
  return makeData({ type, length, data, ...validity } as DataProps);
}

/** As `vectorFromArray` makes it, and faster: of 10,000 hosts every table has the names of all. */
function textVector(texts: readonly string[]): Vector<Utf8> {
  const utf8 = new TextEncoder();
  const data = new Uint8Array(3 * texts.reduce((sum, { length }) => sum + length, 0));
  const valueOffsets = new Int32Array(texts.length + 1);
  let end = 0;
  texts.forEach((text, i) => {
    end += utf8.encodeInto(text, data.subarray(end)).written;
    valueOffsets[i + 1] = end;
  });
  return new Vector([
    makeData({
      type: new Utf8(),
      length: texts.length,
      nullCount: 0,
      valueOffsets,
      data: data.subarray(0, end),
    }),
  ]);
}

/** What `makeData` takes depends on the type; that of a column is known at run time only. */
type DataProps = Parameters<typeof makeData>[0];

/** Which rows have a value, a bit a row; no bits where all have. */
function validityOf(
  length: number,
  hasValue: (row: number) => boolean,
): { nullCount: number; nullBitmap?: Uint8Array } {
  const nullBitmap = new Uint8Array(bytesOfBits(length));
  let nullCount = 0;
  for (let row = 0; row < length; row++) {
    if (hasValue(row)) setBit(nullBitmap, row);
    else nullCount++;
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
