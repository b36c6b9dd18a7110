import { type FinishedHour, HOUR_MS } from "../../usage/hour.js";
import type { StepGrid } from "../replies/matrix.js";

/** The ends of contiguous hours: what was counted in an hour is evaluated there. */
export function hourEnds(hours: readonly FinishedHour[]): StepGrid {
  return { from: (hours[0] ?? Number.NaN) + HOUR_MS, stepMs: HOUR_MS, count: hours.length };
}

/** The starts of contiguous hours, and the end of the last one. */
export function hourEdges(hours: readonly FinishedHour[]): StepGrid {
  return { from: hours[0] ?? Number.NaN, stepMs: HOUR_MS, count: hours.length + 1 };
}

/** The same times, so many milliseconds later. */
export function laterBy(grid: StepGrid, milliseconds: number): StepGrid {
  return { ...grid, from: grid.from + milliseconds };
}

/** A query for fewer hours than this is not worth its own overhead. */
const LEAST_HOURS = 12;

/** A grid as several, as equal as can be, one after the other: a server works on each request with one core. */
export function splitGrid(grid: StepGrid, mostGrids: number): StepGrid[] {
  const count = Math.ceil(
    grid.count / Math.max(1, Math.min(mostGrids, Math.floor(grid.count / LEAST_HOURS))),
  );
  return Array.from({ length: Math.ceil(grid.count / count) }, (_, i) => ({
    ...grid,
    from: grid.from + i * count * grid.stepMs,
    count: Math.min(count, grid.count - i * count),
  }));
}
