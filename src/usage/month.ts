import type { Interval } from "./hour.js";

/** The UTC month of an instant: `2025-09`. */
export function monthOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 7);
}

/** The UTC months of ascending hours. Those of one month follow each other, so few are looked at closely. */
export function monthsIn(hours: readonly number[]): string[] {
  const months: string[] = [];
  let end = Number.NEGATIVE_INFINITY;
  for (const hour of hours) {
    if (hour < end) continue;
    const month = monthOf(hour);
    months.push(month);
    end = intervalOfMonth(month).to;
  }
  return months;
}

/** From when to when a month is, UTC milliseconds. */
export function intervalOfMonth(month: string): Interval {
  const [year = 0, number = 1] = month.split("-").map(Number);
  return { from: Date.UTC(year, number - 1), to: Date.UTC(year, number) };
}
