import { type Data, type Schema, type Table, tableFromIPC, type Vector } from "apache-arrow";
import { type ReaderOptions, readParquet, readSchema } from "parquet-wasm";
import { AdaCarbonError } from "../../../usage/errors.js";
import { columnsOfKind, hasType, ROWS_PER_GROUP, type TableColumn } from "./columns.js";
import { readTableFacts, type TableFacts } from "./facts.js";
import { type TableRows, type TextColumn, Words } from "./rows.js";

const TWO_TO_32 = 2 ** 32;

/** The bytes of a month's table, and what they should be. */
export interface TableFile {
  readonly bytes: Uint8Array;
  readonly path: string;
  readonly facts: TableFacts;
}

/** Some rows of the table, or all of its columns' rows. Errors have code `store-corrupt` or `store-newer`. */
export function readRows(file: TableFile, range?: { offset: number; limit: number }): TableRows {
  return naming(file, () => {
    const { kind } = file.facts;
    const table = arrowOf(file, range ?? {});
    assertColumns(table.schema, columnsOfKind(kind));
    const numbers: Record<string, Float64Array> = {};
    const texts: Record<string, TextColumn> = {};
    for (const column of columnsOfKind(kind)) {
      if (column.type === "text") texts[column.name] = textsIn(columnIn(table, column));
      else numbers[column.name] = numbersIn(columnIn(table, column), column);
    }
    return { kind, length: table.numRows, numbers, texts };
  });
}

/** The name of every row, in the order of the rows. */
export function readNames(file: TableFile): TextColumn {
  return naming(file, () => {
    assertColumns(schemaOf(file.bytes), columnsOfKind(file.facts.kind));
    const table = arrowOf(file, { columns: ["name"] });
    return textsIn(columnIn(table, { name: "name", type: "text", required: true }));
  });
}

/** What `work` throws, as an error that names the file and says what to do. */
export function naming<T>({ path }: { readonly path: string }, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (cause instanceof AdaCarbonError && cause.code === "store-newer") throw cause;
    const [reason] = (cause instanceof Error ? cause.message : String(cause)).split("\n");
    throw new AdaCarbonError(
      "store-corrupt",
      `${path} cannot be read: ${reason}; it was left untouched: restore it from a backup, or move it away to have its hours built again`,
      { cause },
    );
  }
}

function arrowOf({ bytes, path, facts }: TableFile, options: ReaderOptions): Table {
  const table = parquetToArrow(bytes, options);
  const found = readTableFacts(table.schema.metadata, path);
  if (found.kind !== facts.kind || found.month !== facts.month) {
    throw new Error(
      `it is the table of kind=${found.kind} and month=${found.month}, in the place of kind=${facts.kind} and month=${facts.month}`,
    );
  }
  return table;
}

function parquetToArrow(bytes: Uint8Array, options: ReaderOptions): Table {
  return fromWasm(() => readParquet(bytes, { batchSize: ROWS_PER_GROUP, ...options }).intoIPCStream());
}

function schemaOf(bytes: Uint8Array): Schema {
  return fromWasm(() => readSchema(bytes).intoIPCStream()).schema;
}

function fromWasm(read: () => Uint8Array): Table {
  try {
    return tableFromIPC(read());
  } catch (cause) {
    // The WebAssembly reader throws strings, errors and traps ("unreachable") alike.
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`it is not a whole Parquet file (${reason.split("\n")[0]})`, { cause });
  }
}

/** What is missing is said before what is wrong with the rest. */
function assertColumns({ fields }: Schema, columns: readonly TableColumn[]): void {
  const found = new Map(fields.map(({ name, type }) => [name, type]));
  for (const { name } of columns) if (!found.has(name)) throw new Error(`it has no column ${name}`);
  const known = new Set(columns.map(({ name }) => name));
  for (const name of found.keys()) {
    if (!known.has(name)) throw new Error(`it has a column ${name}, which is none of a table of this kind`);
  }
  const numbersFirst = columns.toSorted((a, b) => Number(a.type === "text") - Number(b.type === "text"));
  for (const { name, type } of numbersFirst) {
    const foundType = found.get(name);
    if (foundType !== undefined && !hasType(foundType, type)) {
      throw new Error(`another tool wrote it: its column ${name} is ${foundType}; it must be a ${type}`);
    }
  }
}

function columnIn(table: Table, { name, required }: TableColumn): Vector {
  const column = table.getChild(name);
  if (column === null) throw new Error(`it has no column ${name}`);
  if (required === true && column.nullCount > 0) throw new Error(`its column ${name} lacks values`);
  return column;
}

function numbersIn(column: Vector, { type }: TableColumn): Float64Array {
  const numbers = new Float64Array(column.length);
  let start = 0;
  for (const chunk of column.data) {
    if (type === "double") numbers.set(chunk.values.subarray(0, chunk.length), start);
    else if (type === "flag") for (let i = 0; i < chunk.length; i++) numbers[start + i] = bitAt(chunk, i);
    else putWholeNumbers(chunk, numbers, start);
    // The slots of NULL rows hold whatever was there before.
    if (chunk.nullCount > 0) {
      if (chunk.nullCount === chunk.length) numbers.fill(Number.NaN, start, start + chunk.length);
      else for (let i = 0; i < chunk.length; i++) if (!chunk.getValid(i)) numbers[start + i] = Number.NaN;
    }
    start += chunk.length;
  }
  return numbers;
}

function bitAt({ values, offset }: Data, row: number): number {
  const bit = offset + row;
  return ((values[bit >> 3] ?? 0) >> (bit & 7)) & 1;
}

function putWholeNumbers(chunk: Data, into: Float64Array, start: number): void {
  const { values } = chunk;
  const words = new Int32Array(values.buffer, values.byteOffset, chunk.length * 2);
  for (let i = 0; i < chunk.length; i++) {
    into[start + i] = (words[2 * i + 1] ?? 0) * TWO_TO_32 + ((words[2 * i] ?? 0) >>> 0);
  }
}

/** Every chunk has a dictionary of its own. */
function textsIn(column: Vector): TextColumn {
  const codes = new Int32Array(column.length);
  const words = new Words();
  let start = 0;
  for (const chunk of column.data) {
    const codeOf = Int32Array.from((chunk.dictionary?.data ?? []).flatMap(wordsIn), (word) =>
      words.codeOf(word),
    );
    const { values, nullCount, length } = chunk;
    if (nullCount === length) codes.fill(-1, start, start + length);
    else for (let i = 0; i < length; i++) codes[start + i] = codeOf[values[i]] ?? -1;
    if (nullCount > 0 && nullCount < length) {
      for (let i = 0; i < length; i++) if (!chunk.getValid(i)) codes[start + i] = -1;
    }
    start += length;
  }
  return { codes, words: words.all };
}

/** Arrow's own decoder takes a byte order mark at the start of a text away. */
function wordsIn({ values, valueOffsets, length }: Data): string[] {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  return Array.from({ length }, (_, i) =>
    decoder.decode(values.subarray(valueOffsets[i], valueOffsets[i + 1])),
  );
}
