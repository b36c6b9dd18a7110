import type { Interval } from "../../../usage/hour.js";
import { numbersOf, type Stretch, type TableRows, textAt, textsOf } from "./rows.js";

/** The first row from `start` on that does not come before that name and hour. */
export function firstRowFrom(rows: TableRows, start: number, name: string, hour: number): number {
  const names = textsOf(rows, "name");
  const hours = numbersOf(rows, "timestamp");
  let [low, high] = [start, rows.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const found = textAt(names, middle) ?? "";
    const isBefore = found === name ? (hours[middle] ?? 0) < hour : found < name;
    if (isBefore) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Rows of a table with those of `additions` from row `start` on in their places. Additions that come after the last
 * row are left for the rows that follow, unless `isLast`. `next` is the first addition that was left.
 */
export function mergedStretches(
  rows: TableRows,
  additions: TableRows,
  start: number,
  isLast: boolean,
): { stretches: Stretch[]; next: number } {
  const stretches: Stretch[] = [];
  const [names, hours] = [textsOf(additions, "name"), numbersOf(additions, "timestamp")];
  let kept = 0;
  let next = start;
  while (next < additions.length) {
    const [name, hour] = [textAt(names, next) ?? "", hours[next] ?? 0];
    const place = firstRowFrom(rows, kept, name, hour);
    if (place === rows.length && !isLast) break;
    add(stretches, rows, kept, place);
    add(stretches, additions, next, next + 1);
    kept = isAt(rows, place, name, hour) ? place + 1 : place;
    next++;
  }
  add(stretches, rows, kept, rows.length);
  return { stretches, next };
}

function isAt(rows: TableRows, row: number, name: string, hour: number): boolean {
  return numbersOf(rows, "timestamp")[row] === hour && textAt(textsOf(rows, "name"), row) === name;
}

function add(stretches: Stretch[], rows: TableRows, from: number, to: number): void {
  if (from === to) return;
  const last = stretches.at(-1);
  if (last?.rows === rows && last.to === from)
    stretches[stretches.length - 1] = { rows, from: last.from, to };
  else stretches.push({ rows, from, to });
}

/** The rows that are not of `names` or not in the interval. */
export function stretchesOutside(rows: TableRows, names: ReadonlySet<string>, interval: Interval): Stretch[] {
  const stretches: Stretch[] = [];
  const hours = numbersOf(rows, "timestamp");
  const { codes, words } = textsOf(rows, "name");
  const isNamed = words.map((name) => names.has(name));
  for (let row = 0; row < rows.length; row++) {
    const hour = hours[row] ?? 0;
    const isOut = isNamed[codes[row] ?? -1] === true && hour >= interval.from && hour < interval.to;
    if (!isOut) add(stretches, rows, row, row + 1);
  }
  return stretches;
}
