import { AdaCarbonError } from "../../usage/errors.js";
import type { BinTable } from "./bin-table.js";

/** Rows of many scopes at once, as columns of equal length, in any order. */
export interface UsageColumns {
  /** Hours since 1970: UTC milliseconds / 3,600,000. */
  readonly hours: Int32Array | Float64Array;
  /** Whose row it is: 0 to `keyCount` - 1. */
  readonly keys: Int32Array | Uint32Array | Uint16Array;
  readonly keyCount: number;
  /** Columns to be summed, in any unit. NaN is missing. */
  readonly values: readonly Float64Array[];
}

/** One number for each key, bin and column; read it with {@link cellsOf}. */
export interface Cube<Cells extends Float64Array | Uint32Array> {
  readonly keyCount: number;
  readonly binCount: number;
  readonly columnCount: number;
  /** The number of (key, bin, column) is at `(key * binCount + bin) * columnCount + column`. */
  readonly cells: Cells;
}

export interface RollupColumnsOptions {
  /**
   * A cube that nobody reads any more, whose memory is written over. Hourly cubes of many keys take hundreds
   * of megabytes, and getting those from the system takes longer than adding up.
   */
  readonly reuse?: Cube<Float64Array> | undefined;
}

/**
 * Sums of every column over (key, bin), at tens of millions of rows a second. Hours outside the table are
 * left out, and NaN is in no sum: a cell without a number is 0, and {@link countColumns} tells it from a true
 * zero. The sums are plain, not compensated: off by 1e-16 a row at most, so a year of hours is good to 1e-12.
 *
 * @throws {AdaCarbonError} `bad-input` for columns of unequal length, or a key that is not below `keyCount`.
 *
 * @example
 * import { binTable, cellsOf, rollupColumns } from "ada-carbon/timeseries";
 *
 * const table = binTable({ from: Date.UTC(2025, 8, 10), to: Date.UTC(2025, 8, 12) }, "day");
 * const hours = Int32Array.of(0, 1, 24).map((hour) => table.firstHour + hour);
 * const columns = { hours, keys: Int32Array.of(0, 1, 1), keyCount: 2, values: [Float64Array.of(1, 2, 4)] };
 * assert.deepEqual(cellsOf(rollupColumns(columns, table), 1, 0), Float64Array.of(2, 4));
 */
export function rollupColumns(
  columns: UsageColumns,
  table: BinTable,
  options: RollupColumnsOptions = {},
): Cube<Float64Array> {
  const shape = shapeOf(columns, table);
  const cells = zeros(shape.keyCount * shape.binCount * shape.columnCount, options.reuse?.cells);
  const { values } = columns;
  // Four columns a pass: a row's cells lie side by side, so a pass fetches them from memory once.
  let column = 0;
  for (; column + 4 <= values.length; column += 4) sumFour(columns, table, cells, column);
  for (; column < values.length; column += 1) sumOne(columns, table, cells, column);
  return { ...shape, cells };
}

/** How many numbers, NaN left out, are in each sum of {@link rollupColumns}. */
export function countColumns(columns: UsageColumns, table: BinTable): Cube<Uint32Array> {
  const shape = shapeOf(columns, table);
  const cells = new Uint32Array(shape.keyCount * shape.binCount * shape.columnCount);
  columns.values.forEach((values, column) => {
    const add = (at: number, row: number): void => {
      if (!Number.isNaN(values[row])) cells[at] = (cells[at] ?? 0) + 1;
    };
    eachCell(columns, table, column, add);
  });
  return { ...shape, cells };
}

function zeros(length: number, used: Float64Array | undefined): Float64Array {
  return used === undefined || used.length < length
    ? new Float64Array(length)
    : used.subarray(0, length).fill(0);
}

/** The bins of one key and column, as a copy. */
export function cellsOf<Cells extends Float64Array | Uint32Array>(
  cube: Cube<Cells>,
  key: number,
  column: number,
): Cells {
  const { binCount, columnCount, cells } = cube;
  const bins = cells.slice(0, binCount) as Cells;
  for (let bin = 0; bin < binCount; bin++)
    bins[bin] = cells[(key * binCount + bin) * columnCount + column] ?? Number.NaN;
  return bins;
}

function shapeOf(
  { hours, keys, keyCount, values }: UsageColumns,
  table: BinTable,
): Omit<Cube<never>, "cells"> {
  for (const { length } of [keys, ...values]) {
    if (length !== hours.length)
      throw new AdaCarbonError("bad-input", `a column has ${length} rows, hours has ${hours.length}`);
  }
  return { keyCount, binCount: table.bins.length, columnCount: values.length };
}

// The loops below are written out, row by row, because they are what the speed depends on: no objects, no
// calls, one comparison for the hour, one for the key, one for all four numbers.

// A cell is fetched when rows come to it and put back when they leave it: hours of a host in one day or month,
// one after another, are added without going through memory.
function sumFour(columns: UsageColumns, table: BinTable, cells: Float64Array, first: number): void {
  const { hours, keys, keyCount, values } = columns;
  const { binOfHour, firstHour } = table;
  const binCount = table.bins.length;
  const stride = values.length;
  const none = new Float64Array(0);
  const [a = none, b = none, c = none, d = none] = values.slice(first, first + 4);
  if (cells.length === 0) return;
  let cell = first;
  let w = cells[cell] as number;
  let x = cells[cell + 1] as number;
  let y = cells[cell + 2] as number;
  let z = cells[cell + 3] as number;
  let row = 0;
  for (; row < hours.length; row++) {
    const bin = binOfHour[(hours[row] as number) - firstHour];
    if (bin === undefined) continue;
    const key = keys[row] as number;
    // Not thrown from here: a call in the loop, even one never made, doubles its time.
    if (key >>> 0 >= keyCount) break;
    const at = (key * binCount + bin) * stride + first;
    if (at !== cell) {
      cells[cell] = w;
      cells[cell + 1] = x;
      cells[cell + 2] = y;
      cells[cell + 3] = z;
      cell = at;
      w = cells[cell] as number;
      x = cells[cell + 1] as number;
      y = cells[cell + 2] as number;
      z = cells[cell + 3] as number;
    }
    const p = a[row] as number;
    const q = b[row] as number;
    const r = c[row] as number;
    const s = d[row] as number;
    // A choice of numbers, not of ways: with a branch for rows that lack one, all rows take three times as long.
    w += Number.isNaN(p) ? 0 : p;
    x += Number.isNaN(q) ? 0 : q;
    y += Number.isNaN(r) ? 0 : r;
    z += Number.isNaN(s) ? 0 : s;
  }
  if (row < hours.length) throw unknownKey(keys[row] ?? -1, keyCount);
  cells[cell] = w;
  cells[cell + 1] = x;
  cells[cell + 2] = y;
  cells[cell + 3] = z;
}

function sumOne(columns: UsageColumns, table: BinTable, cells: Float64Array, column: number): void {
  const values = columns.values[column] ?? new Float64Array(0);
  eachCell(columns, table, column, (at, row) => {
    const value = values[row] as number;
    if (!Number.isNaN(value)) cells[at] = (cells[at] as number) + value;
  });
}

function eachCell(
  columns: UsageColumns,
  table: BinTable,
  column: number,
  visit: (at: number, row: number) => void,
): void {
  const { hours, keys, keyCount, values } = columns;
  const { binOfHour, firstHour } = table;
  const binCount = table.bins.length;
  for (let row = 0; row < hours.length; row++) {
    const bin = binOfHour[(hours[row] as number) - firstHour];
    if (bin === undefined) continue;
    const key = keys[row] as number;
    if (key >>> 0 >= keyCount) throw unknownKey(key, keyCount);
    visit((key * binCount + bin) * values.length + column, row);
  }
}

function unknownKey(key: number, keyCount: number): AdaCarbonError {
  return new AdaCarbonError("bad-input", `a row has the key ${key}; keys are 0 to ${keyCount - 1}`);
}
