import { tz } from "@date-fns/tz/tz";
import { add } from "date-fns/add";
import { startOfDay } from "date-fns/startOfDay";
import { startOfISOWeek } from "date-fns/startOfISOWeek";
import { startOfMonth } from "date-fns/startOfMonth";
import { startOfYear } from "date-fns/startOfYear";
import { HOUR_MS, type Interval } from "../../usage/hour.js";
import type { WallClock } from "./zone.js";

/** Units of the calendar, which are not all equally long. Weeks begin on Monday. */
export type CalendarUnit = "day" | "week" | "month" | "year";

/** For date-fns: a wall clock reads as if it were UTC, so the calendar on the wall is that of UTC. */
export const WALL = { in: tz("UTC") };

/** The start of the unit in which a wall clock's time lies. */
export const START: Record<CalendarUnit, (wallMs: number) => number> = {
  day: (ms) => startOfDay(ms, WALL).getTime(),
  week: (ms) => startOfISOWeek(ms, WALL).getTime(),
  month: (ms) => startOfMonth(ms, WALL).getTime(),
  year: (ms) => startOfYear(ms, WALL).getTime(),
};

/** A wall clock's time so many units on; the last day of a month where that has not as many. */
export function plusUnits(wallMs: number, count: number, unit: CalendarUnit): number {
  return add(wallMs, { [`${unit}s`]: count }, WALL).getTime();
}

/** [from, to) cut where a day, month or year begins on the wall. A unit without an hour in it is left out. */
export function cutByCalendar(interval: Interval, unit: CalendarUnit, clock: WallClock): Interval[] {
  const pieces: Interval[] = [];
  let boundary = START[unit](clock(interval.from));
  for (let from = interval.from; from < interval.to; ) {
    boundary = plusUnits(boundary, 1, unit);
    const to = Math.min(interval.to, firstHourAt(boundary, clock));
    // Samoa had no 30 December 2011: the unit is empty.
    if (to > from) pieces.push({ from, to });
    from = Math.max(from, to);
  }
  return pieces;
}

/** The hours of a calendar year on the wall. */
export function yearOn(clock: WallClock, year: number): Interval {
  return {
    from: firstHourAt(Date.UTC(year, 0), clock),
    to: firstHourAt(Date.UTC(year + 1, 0), clock),
  };
}

/**
 * The first UTC hour at whose start the wall shows `wallMs` or later. Where midnight is skipped, that is the
 * hour after it; where it comes twice, the first; where it is at half past a UTC hour, the next one.
 */
export function firstHourAt(wallMs: number, clock: WallClock): number {
  const guess = wallMs - (clock(wallMs) - wallMs);
  let hour = Math.ceil(guess / HOUR_MS) * HOUR_MS;
  while (clock(hour) < wallMs) hour += HOUR_MS;
  while (clock(hour - HOUR_MS) >= wallMs) hour -= HOUR_MS;
  return hour;
}
