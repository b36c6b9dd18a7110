import { DAY_MS, type Interval } from "../usage/hour.js";
import { intervalOfMonth, monthOf } from "../usage/month.js";

/** So many rows are in memory at a time: some 200 MB. */
const ROWS_AT_ONCE = 2_000_000;

/**
 * Parts of an interval, each of so few days that the rows of so many scopes fit into memory. Each lies within a month,
 * since a store may keep a table a month.
 */
export function windowsOf({ from, to }: Interval, scopes: number): Interval[] {
  const mostDays = Math.max(1, Math.floor(ROWS_AT_ONCE / Math.max(1, scopes) / 24));
  const windows: Interval[] = [];
  for (let begin = from; begin < to; ) {
    const end = Math.min(to, intervalOfMonth(monthOf(begin)).to, begin + mostDays * DAY_MS);
    windows.push({ from: begin, to: end });
    begin = end;
  }
  return windows;
}
