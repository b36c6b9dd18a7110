import { type FileHandle, open } from "node:fs/promises";
import type { Table } from "apache-arrow";
import { ParquetFile, type ReaderOptions, type RecordBatch, type Table as WasmTable } from "parquet-wasm";
import { TIMESTAMP } from "../../../timeseries/parquet/columns.js";
import { arrowTable, corrupt, namingFile, notParquet } from "../../../timeseries/parquet/decode.js";
import { CREATED_BY } from "../../../timeseries/parquet/encode.js";
import { assertColumns, codedTexts, columnOf } from "../../../timeseries/parquet/from-arrow.js";
import { orIfMissing, unavailable } from "../io.js";
import type { TablePlace } from "../layout.js";
import { CheckedFile } from "./checksums.js";
import { columnsOfKind } from "./columns.js";
import { assertFacts, type TableFacts } from "./facts.js";

/** Rows that are written, and read, at once. Each part of a file of so many rows has dictionaries of its own. */
export const ROWS_PER_GROUP = 32_768;

/** Rows of a table, sorted by name and hour, with their keys beside them. */
export interface KeyedRows {
  readonly hours: BigInt64Array;
  nameAt(row: number): string;
  /** The rows from one row to before another. */
  slices(from: number, to: number): Iterable<RecordBatch>;
  /** Gives their memory back. What was sliced stays. */
  free(): void;
}

/** From which row to which the rows of a name are. */
export interface RowRange {
  readonly from: number;
  readonly to: number;
}

/**
 * A month's table of a kind, open for reading. All it rejects with has code `store-corrupt`, `store-newer` or
 * `store-unavailable` and names the file.
 */
export class TableFile implements AsyncDisposable {
  readonly place: TablePlace;
  readonly #path: string;
  readonly #file: FileHandle;
  readonly #bytes: CheckedFile;
  readonly #parquet: ParquetFile;
  readonly #columns: ReadonlySet<string>;

  private constructor(
    place: TablePlace,
    path: string,
    file: FileHandle,
    bytes: CheckedFile,
    parquet: ParquetFile,
    columns: ReadonlySet<string>,
  ) {
    this.place = place;
    this.#path = path;
    this.#file = file;
    this.#bytes = bytes;
    this.#parquet = parquet;
    this.#columns = columns;
  }

  /** Opens the first of the paths at which there is a file; `undefined` if there is none. */
  static async open(place: TablePlace, paths: readonly string[]): Promise<TableFile | undefined> {
    for (const path of paths) {
      const file = await open(path, "r").catch(orIfMissing(undefined, "read", path));
      if (file !== undefined) return TableFile.#parsed(place, path, file);
    }
    return undefined;
  }

  static async #parsed(place: TablePlace, path: string, file: FileHandle): Promise<TableFile> {
    try {
      // A folder can be opened, too: this fails as reading it does.
      await file.read(new Uint8Array(1), 0, 1, 0);
      const bytes = await CheckedFile.open(file);
      // Of some damaged footers the WebAssembly reader never says anything.
      bytes.assertWhole();
      const parquet = await fromWasm(bytes, () => ParquetFile.fromFile(new FileBlob(bytes)));
      const columns = columnsOfOurs(parquet, place, path);
      bytes.assertWhole();
      return new TableFile(place, path, file, bytes, parquet, columns);
    } catch (error) {
      await file.close();
      throw failure(path, error);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#parquet.free();
    await this.#file.close();
  }

  /** Differs between any two tables that were ever at a path. */
  async stamp(): Promise<string> {
    const { ino, mtimeNs, size } = await this.#file.stat({ bigint: true });
    return `${ino} ${mtimeNs} ${size}`;
  }

  /** Some rows, or some columns of them. */
  async rows(options: ReaderOptions): Promise<Table> {
    const table = await this.#read(options);
    return arrowTable(() => table.intoIPCStream());
  }

  /** Those of the columns that it has: older tables lack some. */
  columnsOf(names: readonly string[]): string[] {
    return names.filter((name) => this.#columns.has(name));
  }

  /** What `work` makes of rows of this table; what it throws is said of the file. */
  naming<T>(work: () => T): T {
    return namingFile(this.#path, work);
  }

  /** How many rows there are. */
  get length(): number {
    return this.#parquet.metadata().fileMetadata().numRows();
  }

  /** The last hour of any row; `undefined` without rows. */
  async lastHour(): Promise<number | undefined> {
    const hours: BigInt64Array = columnOf(await this.rows({ columns: [TIMESTAMP] }), TIMESTAMP).toArray();
    const last = hours.reduce((latest, hour) => (hour > latest ? hour : latest), 0n);
    return hours.length === 0 ? undefined : Number(last);
  }

  /** Where the rows of every name are. */
  async ranges(): Promise<ReadonlyMap<string, RowRange>> {
    return rangesOf(await this.rows({ columns: ["name"] }));
  }

  /** All rows, a group at a time, with these columns. */
  async *groups(columns: string[]): AsyncGenerator<Table, void> {
    const groups = this.#parquet.metadata().numRowGroups();
    for (let group = 0; group < groups; group++) yield await this.rows({ rowGroups: [group], columns });
  }

  /** All rows, part by part. */
  async *parts(): AsyncGenerator<KeyedRows, void> {
    const groups = this.#parquet.metadata().numRowGroups();
    for (let group = 0; group < groups; group++) {
      const keys = await this.rows({ rowGroups: [group], columns: ["name", "timestamp"] });
      const table = await this.#read({ rowGroups: [group] });
      const [rows] = table.recordBatches();
      table.free();
      if (rows === undefined) continue;
      yield keyed(rows, keys);
    }
  }

  async #read(options: ReaderOptions): Promise<WasmTable> {
    try {
      const read = { batchSize: ROWS_PER_GROUP, ...options };
      const table = await fromWasm(this.#bytes, () => this.#parquet.read(read));
      this.#bytes.assertWhole();
      return table;
    } catch (error) {
      throw failure(this.#path, error);
    }
  }
}

/** Where the rows of every name are in a table. */
export function rangesOf(table: Table): Map<string, RowRange> {
  const { codes, words } = codedTexts(columnOf(table, "name"));
  const nameAt = (row: number): string => words[codes[row] ?? -1] ?? "";
  const ranges = new Map<string, RowRange>();
  for (let from = 0, to = 0; from < codes.length; from = to) {
    const name = nameAt(from);
    // Another code may be the same name in another part of the table.
    while (to < codes.length && (codes[to] === codes[to - 1] || nameAt(to) === name)) to++;
    ranges.set(name, { from, to });
  }
  return ranges;
}

/** The rows with their keys. */
function keyed(rows: RecordBatch, keys: Table): KeyedRows {
  const { codes, words } = codedTexts(columnOf(keys, "name"));
  return {
    hours: columnOf(keys, "timestamp").toArray(),
    nameAt: (row) => words[codes[row] ?? -1] ?? "",
    slices: (from, to) => [rows.slice(from, to - from)],
    free: () => rows.free(),
  };
}

async function fromWasm<T>(bytes: CheckedFile, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    bytes.assertWhole();
    throw notParquet(cause);
  }
}

function failure(path: string, error: unknown): unknown {
  return error instanceof Error && "syscall" in error
    ? unavailable("read", path, error)
    : corrupt(path, error);
}

/**
 * The columns of a table, which must be one of ours: what the place asks for is said first, then what is missing, then
 * that it is not ours.
 */
function columnsOfOurs(parquet: ParquetFile, facts: TableFacts, path: string): ReadonlySet<string> {
  const metadata = parquet.metadata().fileMetadata();
  assertFacts(metadata.keyValueMetadata(), facts, path);
  const { schema } = arrowTable(() => parquet.schema().intoIPCStream());
  assertColumns(schema, columnsOfKind(facts.kind));
  const writer = metadata.createdBy();
  if (writer !== CREATED_BY) throw new Error(`another tool wrote it: ${writer}`);
  return new Set(schema.fields.map(({ name }) => name));
}

/** An open file as the Blob of which parquet-wasm reads the parts that it needs. */
class FileBlob extends Blob {
  readonly #file: CheckedFile;
  readonly #from: number;
  readonly #to: number;

  constructor(file: CheckedFile, from: number = 0, to: number = file.size) {
    super();
    this.#file = file;
    this.#from = from;
    this.#to = to;
  }

  override get size(): number {
    return this.#to - this.#from;
  }

  override slice(from: number = 0, to: number = this.size): FileBlob {
    return new FileBlob(this.#file, this.#from + from, Math.min(this.#from + to, this.#to));
  }

  override async arrayBuffer(): Promise<ArrayBuffer> {
    const bytes = await this.#file.read(this.#from, this.#to);
    return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  }
}
