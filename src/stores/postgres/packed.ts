import { Buffer } from "node:buffer";

const INT4 = 23;
const INT8 = 20;
const FLOAT8 = 701;
const TIMESTAMPTZ = 1184;
const DATE = 1082;

/** PostgreSQL counts from 2000-01-01. */
const EPOCH_MS = 946_684_800_000;
const EPOCH_DAY = 10_957;
const HEADER = 20;
const TWO_32 = 2 ** 32;

/**
 * An array parameter in PostgreSQL's binary form. Numbers arrive exactly, and neither side spends time on
 * decimal digits: it is what makes bulk writes as fast as COPY. Made once and filled again for every chunk.
 */
export class PackedArray {
  readonly #oid: number;
  readonly #size: number;
  #bytes: Buffer;
  // Compiled code writes through a view at once, and through a Buffer's methods byte by byte.
  #view: DataView;
  #end: number = HEADER;
  #count = 0;
  #nulls = 0;

  private constructor(oid: number, size: number, capacity: number) {
    this.#oid = oid;
    this.#size = size;
    this.#bytes = Buffer.alloc(HEADER + capacity * (4 + size));
    this.#view = viewOf(this.#bytes);
  }

  static int4(capacity: number): PackedArray {
    return new PackedArray(INT4, 4, capacity);
  }
  static int8(capacity: number): PackedArray {
    return new PackedArray(INT8, 8, capacity);
  }
  static float8(capacity: number): PackedArray {
    return new PackedArray(FLOAT8, 8, capacity);
  }
  static timestamptz(capacity: number): PackedArray {
    return new PackedArray(TIMESTAMPTZ, 8, capacity);
  }
  static date(capacity: number): PackedArray {
    return new PackedArray(DATE, 4, capacity);
  }

  addFloat(value: number): void {
    const at = this.#next(this.#size);
    this.#view.setFloat64(at, value);
  }

  addInteger(value: number): void {
    const at = this.#next(this.#size);
    this.#view.setInt32(at, value);
  }

  addBigInteger(value: bigint): void {
    const at = this.#next(this.#size);
    this.#view.setBigInt64(at, value);
  }

  addNull(): void {
    this.#nulls = 1;
    this.#next(-1);
  }

  /** Adds all elements of an array of the same type. */
  addAll(other: PackedArray): void {
    this.#reserve(other.#end - HEADER);
    other.#bytes.copy(this.#bytes, this.#end, HEADER, other.#end);
    this.#end += other.#end - HEADER;
    this.#count += other.#count;
    this.#nulls |= other.#nulls;
  }

  /** Changes element `i` of an array without NULL. */
  setFloat(i: number, value: number): void {
    this.#view.setFloat64(this.#placeOf(i), value);
  }

  /** Changes element `i` of an array without NULL. */
  setInteger(i: number, value: number): void {
    this.#view.setInt32(this.#placeOf(i), value);
  }

  #placeOf(i: number): number {
    return HEADER + i * (4 + this.#size) + 4;
  }

  /** An instant in UTC milliseconds. */
  addInstant(ms: number): void {
    const microseconds = (ms - EPOCH_MS) * 1000;
    if (!Number.isSafeInteger(microseconds)) {
      this.addBigInteger(BigInt(ms - EPOCH_MS) * 1000n);
      return;
    }
    const high = Math.floor(microseconds / TWO_32);
    const at = this.#next(this.#size);
    this.#view.setInt32(at, high);
    this.#view.setUint32(at + 4, microseconds - high * TWO_32);
  }

  /** A day, counted from 1970-01-01. */
  addDay(day: number): void {
    this.addInteger(day - EPOCH_DAY);
  }

  get length(): number {
    return this.#count;
  }

  /** What has been added, as the value of a parameter; valid until {@link clear}. */
  get bytes(): Buffer {
    this.#view.setInt32(0, 1); // dimensions
    this.#view.setInt32(4, this.#nulls);
    this.#view.setInt32(8, this.#oid);
    this.#view.setInt32(12, this.#count);
    this.#view.setInt32(16, 1); // index of the first element
    return this.#bytes.subarray(0, this.#end);
  }

  clear(): void {
    this.#end = HEADER;
    this.#count = 0;
    this.#nulls = 0;
  }

  #reserve(bytes: number): void {
    if (this.#end + bytes <= this.#bytes.length) return;
    this.#bytes = Buffer.concat([this.#bytes], 2 * this.#bytes.length + bytes);
    this.#view = viewOf(this.#bytes);
  }

  /** Where an element of that many bytes goes; -1 is NULL. The bytes may be others afterwards. */
  #next(size: number): number {
    const bytes = Math.max(size, 0);
    this.#reserve(4 + bytes);
    this.#view.setInt32(this.#end, size);
    const at = this.#end + 4;
    this.#end = at + bytes;
    this.#count++;
    return at;
  }
}

function viewOf({ buffer, byteOffset, length }: Buffer): DataView {
  return new DataView(buffer, byteOffset, length);
}

/** Ids of rows. */
export function packIds(ids: readonly bigint[]): Buffer {
  return pack(PackedArray.int8(ids.length), ids, (array, id) => array.addBigInteger(id));
}

/** Numbers, `null` as NULL. */
export function packFloats(values: readonly (number | null)[]): Buffer {
  return pack(PackedArray.float8(values.length), values, (array, value) => array.addFloat(value));
}

/** Instants in UTC milliseconds, `null` as NULL. */
export function packInstants(instants: readonly (number | null)[]): Buffer {
  return pack(PackedArray.timestamptz(instants.length), instants, (array, ms) => array.addInstant(ms));
}

/** Ids of rows, or NULL. */
export function packIdsOrNull(ids: readonly (bigint | null)[]): Buffer {
  return pack(PackedArray.int8(ids.length), ids, (array, id) => array.addBigInteger(id));
}

function pack<T>(
  array: PackedArray,
  values: readonly (T | null)[],
  add: (array: PackedArray, value: T) => void,
): Buffer {
  for (const value of values) {
    if (value === null) array.addNull();
    else add(array, value);
  }
  return array.bytes;
}

/**
 * The numbers of an array in binary form, given in hexadecimal digits; none are NULL. They are read where they
 * lie: a year of arrays of a day each would be tens of thousands of objects.
 */
export class UnpackedArray {
  readonly #view: DataView;
  readonly #size: number;
  readonly length: number;
  /** Whether some are NULL after all; then nothing can be read. */
  readonly hasNull: boolean;

  constructor(digits: string | null) {
    this.#view = viewOf(Buffer.from(digits ?? "", "hex"));
    // An array of nothing has no dimension, and its header ends before it.
    const empty = this.#view.byteLength < HEADER;
    this.hasNull = !empty && this.#view.getInt32(4) !== 0;
    this.length = empty ? 0 : this.#view.getInt32(12);
    this.#size = empty ? 0 : (this.#view.byteLength - HEADER) / this.length;
  }

  *[Symbol.iterator](): Generator<number> {
    for (let i = 0; i < this.length; i++) yield this.at(i);
  }

  /** NaN where there is nothing. */
  at(i: number): number {
    if (!(i >= 0 && i < this.length)) return Number.NaN;
    const at = HEADER + i * this.#size + 4;
    return this.#size === 12 ? this.#view.getFloat64(at) : this.#view.getInt32(at);
  }
}
