import type { HttpOptions } from "../transport/http.js";
import { HOUR_MS, type Interval } from "../usage/hour.js";

/** How services of intensities are asked: an answer is a few hundred kB at most, and comes within a second or two. */
export const SMALL_AND_QUICK: Required<
  Pick<HttpOptions, "attemptTimeoutMs" | "totalTimeoutMs" | "maxResponseBytes">
> = {
  attemptTimeoutMs: 10_000,
  totalTimeoutMs: 30_000,
  maxResponseBytes: 4 * 2 ** 20,
};

/** The interval in as few pieces as `longestMs` allows. */
export function cutInto({ from, to }: Interval, longestMs: number): Interval[] {
  const count = Math.ceil((to - from) / longestMs);
  return Array.from({ length: count }, (_, i) => {
    const start = from + i * longestMs;
    return { from: start, to: Math.min(start + longestMs, to) };
  });
}

/** The whole hours that the interval touches. */
export function onHours({ from, to }: Interval): Interval {
  return { from: Math.floor(from / HOUR_MS) * HOUR_MS, to: Math.ceil(to / HOUR_MS) * HOUR_MS };
}
