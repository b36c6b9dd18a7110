import { Schema, Table, tableToIPC } from "apache-arrow";
import { QUANTITIES } from "../../usage/series.js";
import { STATUSES } from "../../usage/status.js";
import { FIELDS } from "./columns.js";
import type { PackedSeries } from "./packed.js";

// Written by hand because files are many and mostly small: building arrow's objects around eight columns, and
// its writer walking over them, took longer than the columns themselves. The schema is still arrow's own.

const TWO_TO_32 = 2 ** 32;
/** Begins each message, before the length of its metadata. */
const CONTINUATION = 0xffffffff;
const WORDS: readonly Uint8Array[] = STATUSES.map((status) => new TextEncoder().encode(status));

/** The part of the stream that is always the same. */
let schemaMessage: Uint8Array | undefined;

/** A series as an Arrow IPC stream of one record batch: the eight columns, missing numbers as NULL. */
export function arrowStream(series: PackedSeries): Uint8Array {
  schemaMessage ??= firstMessage(tableToIPC(new Table(new Schema([...FIELDS])), "stream"));
  const rows = series.hours.length;
  const nulls = QUANTITIES.map((name) => countMissing(series[name]));
  let textBytes = 0;
  for (const code of series.status) textBytes += WORDS[code]?.length ?? 0;

  // Of each column the validity, unless nothing is missing, and the values; of texts also where each ends.
  const lengths = [0, 8 * rows];
  for (const missing of nulls) lengths.push(missing > 0 ? (rows + 7) >> 3 : 0, 8 * rows);
  lengths.push(0, 4 * (rows + 1), textBytes);
  const offsets = [0];
  for (const length of lengths) offsets.push((offsets.at(-1) ?? 0) + padded(length));
  const bodyLength = offsets.at(-1) ?? 0;

  const metadata = batchMetadata(rows, [0, ...nulls, 0], offsets, lengths, bodyLength);
  const body = schemaMessage.length + 8 + metadata.length;
  const stream = new Uint8Array(body + bodyLength + 8);
  stream.set(schemaMessage);
  const view = new DataView(stream.buffer);
  view.setUint32(schemaMessage.length, CONTINUATION, true);
  view.setUint32(schemaMessage.length + 4, metadata.length, true);
  stream.set(metadata, schemaMessage.length + 8);
  // A message without metadata ends the stream.
  view.setUint32(body + bodyLength, CONTINUATION, true);

  const at = (buffer: number): number => body + (offsets[buffer] ?? 0);
  writeTimestamps(new Int32Array(stream.buffer, at(1), 2 * rows), series.hours);
  QUANTITIES.forEach((name, k) => {
    const column = series[name];
    if ((nulls[k] ?? 0) > 0) writeValidity(stream, at(2 * k + 2), column);
    new Float64Array(stream.buffer, at(2 * k + 3), rows).set(column);
  });
  const text = lengths.length - 2;
  writeTexts(new Int32Array(stream.buffer, at(text), rows + 1), stream, at(text + 1), series.status);
  return stream;
}

function firstMessage(stream: Uint8Array): Uint8Array {
  const metadataLength = new DataView(stream.buffer, stream.byteOffset).getUint32(4, true);
  return stream.slice(0, 8 + metadataLength);
}

/** Buffers and messages start at multiples of eight bytes. */
function padded(length: number): number {
  return (length + 7) & ~7;
}

// A flatbuffer is tables of fields, and before each a list of where in it its fields are. These two tables and
// two vectors never change but in their numbers, so their places are fixed.
const ROOT = 0;
const MESSAGE_FIELDS = 4;
const MESSAGE = 16;
const BATCH_FIELDS = 38;
const BATCH = 48;
const NODES = 68;
const VERSION_5 = 4;
const RECORD_BATCH = 3;

/** The flatbuffer `Message` of a record batch, by Arrow's Message.fbs. */
function batchMetadata(
  rows: number,
  nulls: readonly number[],
  offsets: readonly number[],
  lengths: readonly number[],
  bodyLength: number,
): Uint8Array {
  const firstNode = NODES + 4;
  const firstBuffer = firstNode + 16 * nulls.length + 8;
  const bytes = new Uint8Array(firstBuffer + 16 * lengths.length);
  const view = new DataView(bytes.buffer);
  /** From one place to a later one. */
  const point = (from: number, to: number): void => view.setUint32(from, to - from, true);
  /** The size of the list, the size of the table, then where its fields are. */
  const list = (start: number, table: number, entries: readonly number[]): void => {
    entries.forEach((entry, i) => {
      view.setUint16(start + 2 * i, entry, true);
    });
    view.setInt32(table, table - start, true);
  };
  const long = (place: number, value: number): void => view.setUint32(place, value, true);

  point(ROOT, MESSAGE);
  list(MESSAGE_FIELDS, MESSAGE, [12, 20, 16, 18, 4, 8]);
  point(MESSAGE + 4, BATCH);
  long(MESSAGE + 8, bodyLength);
  view.setUint16(MESSAGE + 16, VERSION_5, true);
  view.setUint8(MESSAGE + 18, RECORD_BATCH);
  list(BATCH_FIELDS, BATCH, [10, 20, 8, 4, 16]);
  point(BATCH + 4, NODES);
  long(BATCH + 8, rows);
  point(BATCH + 16, firstBuffer - 4);
  view.setUint32(NODES, nulls.length, true);
  nulls.forEach((missing, i) => {
    long(firstNode + 16 * i, rows);
    long(firstNode + 16 * i + 8, missing);
  });
  view.setUint32(firstBuffer - 4, lengths.length, true);
  lengths.forEach((length, i) => {
    long(firstBuffer + 16 * i, offsets[i] ?? 0);
    long(firstBuffer + 16 * i + 8, length);
  });
  return bytes;
}

function countMissing(column: Float64Array): number {
  // Mostly none is, and looking is the engine's own loop.
  if (!column.includes(Number.NaN)) return 0;
  let missing = 0;
  for (let i = 0; i < column.length; i++) if (Number.isNaN(column[i])) missing++;
  return missing;
}

/** Int64 as pairs of Int32: seven times faster than through BigInt. */
function writeTimestamps(words: Int32Array, hours: Float64Array): void {
  for (let i = 0; i < hours.length; i++) {
    const hour = hours[i] ?? 0;
    words[2 * i] = (hour % TWO_TO_32) | 0;
    words[2 * i + 1] = Math.floor(hour / TWO_TO_32);
  }
}

/** A bit for each row, set where there is a number. */
function writeValidity(bytes: Uint8Array, start: number, column: Float64Array): void {
  for (let i = 0; i < column.length; i++) {
    if (Number.isNaN(column[i])) continue;
    const place = start + (i >> 3);
    bytes[place] = (bytes[place] ?? 0) | (1 << (i & 7));
  }
}

function writeTexts(ends: Int32Array, bytes: Uint8Array, start: number, status: Uint8Array): void {
  let end = 0;
  for (let i = 0; i < status.length; i++) {
    const word = WORDS[status[i] ?? 0];
    if (word !== undefined) bytes.set(word, start + end);
    end += word?.length ?? 0;
    ends[i + 1] = end;
  }
}
