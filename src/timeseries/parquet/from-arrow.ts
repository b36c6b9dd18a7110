import { type Data, DataType, Precision, type Schema, type Table, TimeUnit, type Vector } from "apache-arrow";
import { remembered } from "../../usage/remembered.js";
import type { ParquetColumn, TextColumn } from "./columns.js";

/**
 * Refuses a schema that lacks one of the columns, or has it in a type that is not that of its values. Any integer or
 * floating point type and decimals are taken for numbers, any unit for times, dictionaries and bytes for texts, and a
 * column without a type, in which nothing is, for any of them; order does not matter.
 */
export function assertColumns({ fields }: Schema, columns: readonly ParquetColumn[]): void {
  const found = new Map(fields.map(({ name, type }) => [name, type]));
  for (const { name, type, later } of columns) {
    const arrowType = found.get(name);
    if (arrowType === undefined && later === true) continue;
    if (arrowType === undefined) {
      const names = [...found.keys()].join(", ");
      throw new Error(`it has no column ${name}; its columns are ${names || "none"}`);
    }
    if (!holds(arrowType, type)) throw new Error(`its column ${name} is ${arrowType}; it must hold ${type}s`);
  }
}

function holds(found: DataType, type: ParquetColumn["type"]): boolean {
  if (DataType.isNull(found)) return true;
  if (type === "time") return DataType.isTimestamp(found);
  if (type === "flag") return DataType.isBool(found);
  if (type === "text") {
    const inner = DataType.isDictionary(found) ? found.dictionary : found;
    // Hive and Impala do not say of bytes that they are texts.
    return [DataType.isUtf8, DataType.isLargeUtf8, DataType.isBinary, DataType.isLargeBinary].some((is) =>
      is(inner),
    );
  }
  return DataType.isFloat(found) || DataType.isInt(found) || DataType.isDecimal(found);
}

export function columnOf(table: Table, name: string): Vector {
  const column = table.getChild(name);
  if (column === null) throw new Error(`it has no column ${name}`);
  return column;
}

/** A column's numbers, times as UTC milliseconds and flags as 0 and 1; NaN where there is none. */
export function numbersOf(column: Vector): Float64Array {
  const { type } = column;
  if (DataType.isDecimal(type))
    return Float64Array.from(column, (value) => (value === null ? Number.NaN : decimalOf(value, type.scale)));
  if (!lieAsTheyAre(type))
    return Float64Array.from(column, (value) => (value === null ? Number.NaN : Number(value)));
  const numbers = new Float64Array(column.length);
  let first = 0;
  for (const chunk of column.data) {
    const { values } = chunk;
    if (values instanceof BigInt64Array || values instanceof BigUint64Array)
      for (let row = 0; row < chunk.length; row++) numbers[first + row] = Number(values[row]);
    else numbers.set(values.subarray(0, chunk.length), first);
    // The slots of NULL rows hold whatever was there before.
    for (let row = 0; chunk.nullCount > 0 && row < chunk.length; row++) {
      if (isNull(chunk, row)) numbers[first + row] = Number.NaN;
    }
    first += chunk.length;
  }
  return numbers;
}

/** Whether what lies in memory are the numbers: row by row, asking Arrow for each takes several times as long. */
function lieAsTheyAre(type: DataType): boolean {
  if (DataType.isTimestamp(type)) return type.unit === TimeUnit.MILLISECOND;
  return DataType.isInt(type) || (DataType.isFloat(type) && type.precision !== Precision.HALF);
}

/** A decimal as Arrow has it: a whole number in words of 32 bits, the lowest first, to be divided by a power of ten. */
function decimalOf(words: Uint32Array, scale: number): number {
  const whole = words.reduceRight((sum, word) => (sum << 32n) | BigInt(word), 0n);
  return Number(BigInt.asIntN(32 * words.length, whole)) / 10 ** scale;
}

/** A column's texts; `null` where there is none. */
export function textsOf(column: Vector): (string | null)[] {
  const { codes, words } = codedTexts(column);
  const texts = new Array<string | null>(codes.length);
  for (let row = 0; row < texts.length; row++) texts[row] = words[codes[row] as number] ?? null;
  return texts;
}

/** A column's texts as codes. Two codes may stand for the same word. */
export function codedTexts(column: Vector): TextColumn {
  const codes = new Int32Array(column.length);
  const wordsOfChunks = column.data.map(wordsOf);
  let first = 0;
  let firstWord = 0;
  column.data.forEach((chunk, i) => {
    const { values, dictionary } = chunk;
    for (let row = 0; row < chunk.length; row++)
      codes[first + row] = firstWord + (dictionary === undefined ? row : Number(values[row]));
    for (let row = 0; chunk.nullCount > 0 && row < chunk.length; row++)
      if (isNull(chunk, row)) codes[first + row] = -1;
    first += chunk.length;
    firstWord += wordsOfChunks[i]?.length ?? 0;
  });
  const [words = [], ...more] = wordsOfChunks;
  return { codes, words: more.length === 0 ? words : wordsOfChunks.flat() };
}

/** Arrow's own decoder takes a byte order mark at the start of a text away. */
const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The words of a chunk's dictionary, or the texts of its rows where it has none. */
function wordsOf({ type, length, values, valueOffsets, dictionary }: Data): readonly string[] {
  if (dictionary !== undefined)
    return remembered(decodedWords, dictionary, () => dictionary.data.flatMap(wordsOf));
  if (DataType.isNull(type)) return [];
  return Array.from({ length }, (_, row) =>
    UTF8.decode(values.subarray(Number(valueOffsets[row]), Number(valueOffsets[row + 1]))),
  );
}

/**
 * The words of each dictionary, for as long as it is in memory. Slices of a table share their dictionary, which has the
 * words of all rows: if each slice decoded it, a table of twice as many hosts would take four times as long.
 */
const decodedWords = new WeakMap<Vector, readonly string[]>();

/** `getValid` of Arrow looks at the type first, in each row. */
function isNull({ nullBitmap, offset }: Data, row: number): boolean {
  const bit = offset + row;
  return (((nullBitmap[bit >> 3] ?? 0) >> (bit & 7)) & 1) === 0;
}
