import { type AdaCarbonError, badInput } from "../../usage/errors.js";
import { type Interval, parseInstant } from "../../usage/hour.js";
import { type CalendarUnit, firstHourAt, plusUnits, START } from "./calendar.js";
import { parseTime } from "./local-time.js";
import { type WallClock, wallClock } from "./zone.js";

/** What somebody calls a time. An instant has no end; `-7d` ends now. */
export interface Period {
  readonly from: number;
  readonly to?: number;
}

/**
 * A period in a zone's words: `2025-09-10`, `today`, `yesterday`, `2025-W37`, `2025-09`, `2025`, `-7d` (the seven
 * days before today, and today so far), or an instant with an offset. `bad-input` for anything else.
 */
export function parsePeriod(text: string, zone: string, now: number): Period {
  const clock = wallClock(zone);
  const today = START.day(clock(now));
  if (text === "today") return unitFrom(today, "day", clock);
  if (text === "yesterday") return unitFrom(plusUnits(today, -1, "day"), "day", clock);
  const daysBack = /^-(\d{1,5})d$/.exec(text)?.[1];
  if (daysBack !== undefined)
    return { from: firstHourAt(plusUnits(today, -Number(daysBack), "day"), clock), to: now };
  const unit = calendarUnit(text, zone);
  if (unit !== undefined) return unit;
  if (/T/.test(text)) return { from: parseInstant(text) };
  throw notPeriod(text);
}

/** A day, ISO week, month or year in a zone: `2025-09-10`, `2025-W37`, `2025-09`, `2025`; `undefined` for other texts. */
export function calendarUnit(text: string, zone: string): Interval | undefined {
  const clock = wallClock(zone);
  const [, weekYear, week] = /^(\d{4})-W(\d{2})$/.exec(text) ?? [];
  if (weekYear !== undefined)
    return unitFrom(startOfWeek(text, Number(weekYear), Number(week)), "week", clock);
  if (/^\d{4}-(0[1-9]|1[0-2])$/.test(text))
    return unitFrom(Date.parse(`${text}-01T00:00:00Z`), "month", clock);
  if (/^\d{4}$/.test(text)) return unitFrom(Date.parse(`${text}-01-01T00:00:00Z`), "year", clock);
  if (/^\d{4}-\d{2}-\d{2}$/.test(text)) return unitFrom(parseTime(text, "UTC"), "day", clock);
  return undefined;
}

function unitFrom(wallMs: number, unit: CalendarUnit, clock: WallClock): Interval {
  return { from: firstHourAt(wallMs, clock), to: firstHourAt(plusUnits(wallMs, 1, unit), clock) };
}

/** Week 1 is the one that 4 January lies in. */
function startOfWeek(text: string, year: number, week: number): number {
  const monday = plusUnits(START.week(Date.UTC(year, 0, 4)), week - 1, "week");
  const thursday = new Date(plusUnits(monday, 3, "day"));
  if (week < 1 || thursday.getUTCFullYear() !== year) throw notPeriod(text);
  return monday;
}

function notPeriod(text: string): AdaCarbonError {
  return badInput(
    `${JSON.stringify(text)} is no time; write 2025-09-10, yesterday, today, -7d, 2025-W37, 2025-09, 2025 or 2025-09-10T00:00:00Z`,
  );
}
