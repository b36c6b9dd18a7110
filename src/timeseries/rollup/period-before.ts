import type { Interval } from "../../usage/hour.js";
import { type CalendarUnit, firstHourAt, plusUnits, START } from "./calendar.js";
import { type WallClock, wallClock } from "./zone.js";

/**
 * What one compares an interval with. One that begins with a day, week, month or year of the zone and ends within it is
 * moved by one of them: 1 to 12 November becomes 1 to 12 October, at the same time of day. One that is several whole
 * months, weeks or days is moved by as many. One that ends within a day is moved by the days that it touches, so that
 * each day is beside one of as many hours. Any other becomes the time of the same length that ends where it begins.
 */
export function periodBefore(interval: Interval, zone: string): Interval {
  const { from, to } = interval;
  const clock = wallClock(zone);
  const begun = UNITS.filter((unit) => START[unit](clock(from)) === clock(from));
  const within = begun.find((unit) => unitsTouched(interval, unit, clock) === 1);
  const whole = begun.findLast((unit) => START[unit](clock(to)) === clock(to));
  const unit = within ?? whole ?? begun[0];
  if (unit === undefined) return { from: from - (to - from), to: from };
  const count = unitsTouched(interval, unit, clock);
  return { from: moved(from, -count, unit, clock), to: moved(to, -count, unit, clock) };
}

const UNITS: readonly CalendarUnit[] = ["day", "week", "month", "year"];

/** The same dates of the year before. */
export function yearBefore({ from, to }: Interval, zone: string): Interval {
  const clock = wallClock(zone);
  return { from: moved(from, -1, "year", clock), to: moved(to, -1, "year", clock) };
}

function unitsTouched({ from, to }: Interval, unit: CalendarUnit, clock: WallClock): number {
  let count = 1;
  while (plusUnits(clock(from), count, unit) < clock(to)) count++;
  return count;
}

function moved(instant: number, count: number, unit: CalendarUnit, clock: WallClock): number {
  return firstHourAt(plusUnits(clock(instant), count, unit), clock);
}
