import type { Interval } from "./hour.js";

/** The interval in as few pieces as `longestMs` allows. */
export function cutInto({ from, to }: Interval, longestMs: number): Interval[] {
  const count = Math.ceil((to - from) / longestMs);
  return Array.from({ length: count }, (_, i) => {
    const start = from + i * longestMs;
    return { from: start, to: Math.min(start + longestMs, to) };
  });
}

/** The whole steps, such as hours, that the interval touches. */
export function onSteps({ from, to }: Interval, stepMs: number): Interval {
  return { from: Math.floor(from / stepMs) * stepMs, to: Math.ceil(to / stepMs) * stepMs };
}

/** A list in pieces of a size, the last of them what is left. */
export function inPieces<T>(list: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, i) =>
    list.slice(i * size, (i + 1) * size),
  );
}
