import type { SQLOutputValue } from "node:sqlite";
import { corrupt } from "./failure.js";
import { eachInSlices, type Sliced } from "./slices.js";

/**
 * Texts are read as bytes (`CAST(name AS BLOB)`), because the `node:sqlite` of Node 22 cuts a text off at
 * its first NUL, which a name may contain.
 */
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** One row as `node:sqlite` gives it. */
export type SqlRow = Record<string, SQLOutputValue>;

/** Reads the columns of one row, and says what is wrong with a row that another program put there. */
export class RowReader {
  readonly #row: SqlRow;
  readonly #where: string;

  /** @param where Names the file and table in messages. */
  constructor(row: SqlRow, where: string) {
    this.#row = row;
    this.#where = where;
  }

  text(column: string): string {
    const text = this.textOrNull(column);
    return text === null ? this.#refuse(column, "a text") : text;
  }

  textOrNull(column: string): string | null {
    const value = this.#row[column];
    if (value === null) return null;
    if (!(value instanceof Uint8Array)) return this.#refuse(column, "a text");
    try {
      return utf8.decode(value);
    } catch {
      return this.#refuse(column, "a text in UTF-8");
    }
  }

  number(column: string): number {
    const value = this.#row[column];
    return typeof value === "number" ? value : this.#refuse(column, "a number");
  }

  numberOrNull(column: string): number | null {
    return this.#row[column] === null ? null : this.number(column);
  }

  #refuse(column: string, wanted: string): never {
    throw corrupt(this.#where, `${column} of a row is ${describe(this.#row[column])}, not ${wanted}`);
  }
}

/** What is made of each of the rows. */
export function* readAll<T>(rows: Iterable<SqlRow>, where: string, read: (row: RowReader) => T): Sliced<T[]> {
  const all: T[] = [];
  yield* eachInSlices(rows, (row) => void all.push(read(new RowReader(row, where))));
  return all;
}

function describe(value: SQLOutputValue | undefined): string {
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  return value === undefined ? "missing" : JSON.stringify(value);
}
