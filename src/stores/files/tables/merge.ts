import type { RecordBatch } from "parquet-wasm";
import type { Interval } from "../../../usage/hour.js";
import type { KeyedRows } from "./table-file.js";

/**
 * The rows of `parts` with `additions` in their places, as slices of both that follow each other. An addition replaces
 * the row of its name and hour.
 */
export async function* merged(
  parts: AsyncIterable<KeyedRows>,
  additions: KeyedRows,
): AsyncGenerator<RecordBatch, void> {
  const { length } = additions.hours;
  let next = 0;
  for await (const part of parts) {
    let kept = 0;
    while (next < length) {
      const place = placeOf(additions, next, part, kept);
      // It may come after all rows of this part, and before those of the next.
      if (place === part.hours.length) break;
      yield* slice(part, kept, place);
      kept = place;
      const first = next;
      // All additions that come in here, one after the other.
      while (next < length && placeOf(additions, next, part, kept, kept + 1) === kept) {
        if (isSameRow(additions, next, part, kept)) kept++;
        next++;
        if (kept === part.hours.length) break;
      }
      yield* slice(additions, first, next);
    }
    yield* slice(part, kept, part.hours.length);
    part.free();
  }
  yield* slice(additions, next, length);
  additions.free();
}

/** The rows of `parts` that are not of `names` or not in the interval. */
export async function* without(
  parts: AsyncIterable<KeyedRows>,
  names: ReadonlySet<string>,
  { from, to }: Interval,
): AsyncGenerator<RecordBatch, void> {
  for await (const part of parts) {
    let kept = 0;
    for (let row = 0; row < part.hours.length; row++) {
      const hour = Number(part.hours[row]);
      if (!names.has(part.nameAt(row)) || hour < from || hour >= to) continue;
      yield* slice(part, kept, row);
      kept = row + 1;
    }
    yield* slice(part, kept, part.hours.length);
    part.free();
  }
}

function* slice(rows: KeyedRows, from: number, to: number): Generator<RecordBatch, void> {
  if (from < to) yield* rows.slices(from, to);
}

/** The first row of `part` from `low` on, before `high`, that does not come before an addition. */
function placeOf(
  additions: KeyedRows,
  addition: number,
  part: KeyedRows,
  low: number,
  high: number = part.hours.length,
): number {
  const [name, hour] = [additions.nameAt(addition), additions.hours[addition] ?? 0n];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const found = part.nameAt(middle);
    const isBefore = found === name ? (part.hours[middle] ?? 0n) < hour : found < name;
    if (isBefore) low = middle + 1;
    else high = middle;
  }
  return low;
}

function isSameRow(a: KeyedRows, i: number, b: KeyedRows, j: number): boolean {
  return a.hours[i] === b.hours[j] && a.nameAt(i) === b.nameAt(j);
}
