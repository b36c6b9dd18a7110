import { type Data, type Table, tableFromIPC, type Vector } from "apache-arrow";
import { readParquet } from "parquet-wasm";
import { assertSeries } from "../../usage/assert-series.js";
import { AdaCarbonError } from "../../usage/errors.js";
import type { Provenance } from "../../usage/provenance.js";
import type { Scope } from "../../usage/scope.js";
import type { Quantity, UsageSeries } from "../../usage/series.js";
import { STATUSES } from "../../usage/status.js";
import { checksum } from "./checksum.js";
import { columnFault, PARQUET_NAMES, STATUS, TIMESTAMP } from "./columns.js";
import { derivedIntensities } from "./derive.js";
import { METADATA_KEY, readMetadata } from "./metadata.js";
import { type PackedSeries, unpack } from "./packed.js";
import { toRuns } from "./runs.js";

const ROWS_PER_BATCH = 100_000;
const TWO_TO_32 = 2 ** 32;
const SEAL = /,"checksum":"([0-9a-f]{16})"\}$/;
const UNKNOWN: Provenance = { library: "unknown", model: null, intensity: null };

export interface DecodeOptions {
  /** Where the bytes are from, for messages: the path of the file. */
  readonly where: string;
  /** Whose rows these are if the file does not say, because another tool wrote it. */
  readonly assumeScope?: Scope | undefined;
}

/**
 * The series in a Parquet file that {@link encodeUsage} wrote, or another tool with exactly the same eight
 * columns. Of the latter's rows the provenance is unknown, coverage is missing, and the intensity is grams
 * over kWh.
 *
 * @throws {AdaCarbonError} `store-corrupt` if the file is anything else: truncated or damaged, other columns,
 * rows that no store accepts, metadata of a newer version.
 */
export function decodeUsage(bytes: Uint8Array, options: DecodeOptions): UsageSeries {
  return unpack(decodePacked(bytes, options));
}

/** Like {@link decodeUsage}, without an object a row. */
export function decodePacked(bytes: Uint8Array, options: DecodeOptions): PackedSeries {
  try {
    return decode(bytes, options);
  } catch (cause) {
    const [reason] = (cause instanceof Error ? cause.message : String(cause)).split("\n");
    throw new AdaCarbonError(
      "store-corrupt",
      `${options.where} cannot be read: ${reason}; it was left untouched: restore it from a backup, or move it away to have its hours built again`,
      { cause },
    );
  }
}

function decode(bytes: Uint8Array, options: DecodeOptions): PackedSeries {
  const table = toArrow(bytes);
  const fault = columnFault(table.schema);
  if (fault !== undefined) throw new Error(fault);
  const rows = {
    hours: hoursOf(columnOf(table, TIMESTAMP)),
    ...quantitiesOf(table),
    status: statusesOf(columnOf(table, STATUS)),
  };
  const metadata = table.schema.metadata.get(METADATA_KEY);
  const series =
    metadata === undefined ? foreign(rows, options.assumeScope) : { ...rows, ...ours(rows, metadata) };
  // A seal that holds says that these are the rows that were written, and checked then.
  if (metadata === undefined) assertSeries(unpack(series));
  else assertSeal(series, metadata);
  return series;
}

function toArrow(bytes: Uint8Array): Table {
  try {
    return tableFromIPC(readParquet(bytes, { batchSize: ROWS_PER_BATCH }).intoIPCStream());
  } catch (cause) {
    // The WebAssembly reader throws strings, errors and traps ("unreachable") alike.
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`it is not a whole Parquet file (${reason.split("\n")[0]})`, { cause });
  }
}

type Rows = Pick<PackedSeries, "hours" | "status" | Quantity>;

function ours(
  rows: Rows,
  metadata: string,
): Pick<PackedSeries, "scope" | "coverage" | "gco2eqPerKwh" | "provenance"> {
  const extras = readMetadata(metadata, rows.hours.length);
  return { scope: extras.scope, ...extras.fill(rows) };
}

function foreign(rows: Rows, scope: Scope | undefined): PackedSeries {
  if (scope === undefined) throw new Error("it does not say whose rows it holds");
  return {
    ...rows,
    scope,
    coverage: new Float64Array(rows.hours.length).fill(Number.NaN),
    gco2eqPerKwh: derivedIntensities(rows),
    provenance: toRuns(new Array<Provenance>(rows.hours.length).fill(UNKNOWN)),
  };
}

/** The rows and the metadata must be those that were written together. */
function assertSeal(series: PackedSeries, metadata: string): void {
  const sealed = SEAL.exec(metadata);
  const body = `${metadata.slice(0, sealed?.index)}}`;
  if (sealed?.[1] === checksum(series, body)) return;
  assertSeries(unpack(series));
  throw new Error("its checksum does not match, so some of its numbers are not those that were written");
}

function columnOf(table: Table, name: string): Vector {
  const column = table.getChild(name);
  if (column === null) throw new Error(`it has no column ${name}`);
  return column;
}

function quantitiesOf(table: Table): Pick<PackedSeries, Quantity> {
  const column = (quantity: Quantity): Float64Array => doublesOf(columnOf(table, PARQUET_NAMES[quantity]));
  return {
    busyCpuSeconds: column("busyCpuSeconds"),
    idleCpuSeconds: column("idleCpuSeconds"),
    busyKwh: column("busyKwh"),
    idleKwh: column("idleKwh"),
    busyGco2eq: column("busyGco2eq"),
    idleGco2eq: column("idleGco2eq"),
  };
}

function hoursOf(column: Vector): Float64Array {
  const hours = new Float64Array(column.length);
  let row = 0;
  for (const chunk of column.data) {
    const values: BigInt64Array = chunk.values;
    const words = new Int32Array(values.buffer, values.byteOffset, chunk.length * 2);
    for (let i = 0; i < chunk.length; i++) {
      hours[row++] = (words[2 * i + 1] ?? 0) * TWO_TO_32 + ((words[2 * i] ?? 0) >>> 0);
    }
  }
  return hours;
}

function doublesOf(column: Vector): Float64Array {
  const [first] = column.data;
  // The bytes are ours alone, so what is in one piece already need not be copied.
  const inOnePiece = column.data.length === 1 && first?.values instanceof Float64Array;
  const all = inOnePiece ? first.values.subarray(0, first.length) : new Float64Array(column.length);
  let start = 0;
  for (const chunk of column.data) {
    if (!inOnePiece) all.set(chunk.values.subarray(0, chunk.length), start);
    // The slots of NULL rows hold whatever was there before.
    if (chunk.nullCount > 0) {
      for (let i = 0; i < chunk.length; i++) if (!chunk.getValid(i)) all[start + i] = Number.NaN;
    }
    start += chunk.length;
  }
  return all;
}

function statusesOf(column: Vector): Uint8Array {
  const codes = new Uint8Array(column.length);
  let row = 0;
  for (const chunk of column.data) row = readStatuses(chunk, codes, row);
  return codes;
}

/** Decodes a text only where it differs from the row before, which is seldom. The row after the last. */
function readStatuses(chunk: Data, into: Uint8Array, row: number): number {
  const bytes: Uint8Array = chunk.values;
  const offsets: ArrayLike<number | bigint> = chunk.valueOffsets;
  let start = Number(offsets[0] ?? 0);
  let before = start;
  let code = -1;
  for (let i = 0; i < chunk.length; i++) {
    const end = Number(offsets[i + 1] ?? start);
    const same = code >= 0 && start - before === end - start && repeats(bytes, before, start, end);
    if (!same) code = codeOf(bytes.subarray(start, end));
    into[row + i] = code;
    before = start;
    start = end;
  }
  return row + chunk.length;
}

function codeOf(bytes: Uint8Array): number {
  const text = new TextDecoder().decode(bytes);
  const code = (STATUSES as readonly string[]).indexOf(text);
  if (code < 0) throw new Error(`it has the unknown status ${JSON.stringify(text)}`);
  return code;
}

/** Whether the bytes from `start` to `end` are those from `before` on. */
function repeats(bytes: Uint8Array, before: number, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (bytes[i] !== bytes[i - start + before]) return false;
  return true;
}
