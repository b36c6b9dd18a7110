import type { Interval } from "./hour.js";

/** The UTC month of an instant: `2025-09`. */
export function monthOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 7);
}

/** From when to when a month is, UTC milliseconds. */
export function intervalOfMonth(month: string): Interval {
  const [year = 0, number = 1] = month.split("-").map(Number);
  return { from: Date.UTC(year, number - 1), to: Date.UTC(year, number) };
}
