import type { Interval } from "../../../usage/hour.js";
import { ROWS_PER_GROUP } from "./columns.js";
import { readRows, type TableFile } from "./decode.js";
import { mergedStretches, stretchesOutside } from "./merge.js";
import { joined, type TableRows } from "./rows.js";

/** The rows of a table with `additions` put in their places, part by part. Without a table, the additions. */
export async function* partsWith(
  file: TableFile | undefined,
  additions: TableRows,
): AsyncGenerator<TableRows, void> {
  if (file === undefined) {
    yield additions;
    return;
  }
  let start = 0;
  for (const { rows, isLast } of partsOf(file)) {
    const { stretches, next } = mergedStretches(rows, additions, start, isLast);
    start = next;
    yield joined(rows.kind, stretches);
  }
}

/** The rows of a table without those of `names` in the interval, part by part. */
export async function* partsWithout(
  file: TableFile,
  names: ReadonlySet<string>,
  interval: Interval,
): AsyncGenerator<TableRows, void> {
  for (const { rows } of partsOf(file)) yield joined(rows.kind, stretchesOutside(rows, names, interval));
}

function* partsOf(file: TableFile): Generator<{ rows: TableRows; isLast: boolean }, void> {
  for (let offset = 0; ; offset += ROWS_PER_GROUP) {
    const rows = readRows(file, { offset, limit: ROWS_PER_GROUP });
    const isLast = rows.length < ROWS_PER_GROUP;
    yield { rows, isLast };
    if (isLast) return;
  }
}
