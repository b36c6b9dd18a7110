import { AdaCarbonError } from "./errors.js";

/** One hour in milliseconds. */
export const HOUR_MS = 3_600_000;
/** One day of 24 hours in milliseconds. */
export const DAY_MS = 86_400_000;
/** Hours of the longest interval, 200 years: a slip such as milliseconds for seconds should not fill the memory. */
export const MOST_HOURS: number = 200 * 8766;

declare const hourBrand: unique symbol;
declare const finishedBrand: unique symbol;

/** The half-open UTC hour [t, t + 1 h), named by its start in integer milliseconds since 1970. */
export type Hour = number & { readonly [hourBrand]: true };

/** An hour that was over when it was looked at: the only kind that can be stored. */
export type FinishedHour = Hour & { readonly [finishedBrand]: true };

/** A half-open interval [from, to) in UTC milliseconds. */
export interface Interval {
  readonly from: number;
  readonly to: number;
}

/** The hour that contains the instant `ms`. */
export function hourOf(ms: number): Hour {
  return (Math.floor(ms / HOUR_MS) * HOUR_MS) as Hour;
}

/** Whether `ms` is the start of an hour. */
export function isHour(ms: number): ms is Hour {
  return Number.isSafeInteger(ms) && ms % HOUR_MS === 0;
}

/** The hours whose start lies in [from, to), ascending. */
export function hoursIn(interval: Interval): Hour[] {
  const hours: Hour[] = [];
  for (let t = Math.ceil(interval.from / HOUR_MS) * HOUR_MS; t < interval.to; t += HOUR_MS)
    hours.push(t as Hour);
  return hours;
}

/** The hours of the interval that are over at the instant `now`, ascending. */
export function finishedHours(interval: Interval, now: number): FinishedHour[] {
  return hoursIn({ from: interval.from, to: Math.min(interval.to, now - HOUR_MS + 1) }) as FinishedHour[];
}

/** `hour` as a finished hour, or an error of code `bad-input` if it is off the grid or not over at `now`. */
export function finishedHour(hour: number, now: number): FinishedHour {
  if (!isHour(hour))
    throw new AdaCarbonError("bad-input", `${hour} is not the start of a UTC hour in milliseconds`);
  if (hour + HOUR_MS > now) {
    throw new AdaCarbonError(
      "bad-input",
      `the hour ${formatInstant(hour)} is not over yet at ${formatInstant(now)}`,
    );
  }
  return hour as FinishedHour;
}

const ISO = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/;

/**
 * An ISO 8601 instant with an offset (`2025-09-10T00:00:00Z`, `2025-09-10T01:00+01:00`) in UTC milliseconds.
 * A local time without an offset is refused, and so is a date that does not exist.
 */
export function parseInstant(text: string): number {
  const ms = ISO.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms) || !existsAsWritten(text) || !hasFourDigitYear(ms)) {
    throw new AdaCarbonError(
      "bad-input",
      `${JSON.stringify(text)} is not an instant; write it like 2025-09-10T00:00:00Z, with Z or an offset such as +01:00`,
    );
  }
  return ms;
}

/** `Date.parse` rolls 31 February over to March; what was written must come back. */
function existsAsWritten(text: string): boolean {
  const wall = `${text.slice(0, 16)}:00Z`;
  return formatInstant(Date.parse(wall)) === wall;
}

/** Whether the instant can be written down in UTC: an offset may lead out of the years 0000 to 9999. */
function hasFourDigitYear(ms: number): boolean {
  return ms >= YEAR_0 && ms < YEAR_10000;
}

const YEAR_0 = Date.parse("0000-01-01T00:00:00Z");
const YEAR_10000 = Date.parse("+010000-01-01T00:00:00Z");

/**
 * Like {@link parseInstant}, for an instant that must be the start of a UTC hour.
 *
 * @example
 * import { parseHour, formatInstant } from "ada-carbon";
 *
 * assert.equal(formatInstant(parseHour("2025-09-10T01:00:00+01:00")), "2025-09-10T00:00:00Z");
 */
export function parseHour(text: string): Hour {
  const ms = parseInstant(text);
  if (isHour(ms)) return ms;
  const before = hourOf(ms);
  throw new AdaCarbonError(
    "bad-input",
    `${text} is not on the hour; the nearest hours are ${formatInstant(before)} and ${formatInstant(before + HOUR_MS)}`,
  );
}

/** UTC milliseconds as ISO 8601, without a fraction where there is none: `2025-09-10T00:00:00Z`. */
export function formatInstant(ms: number): string {
  return new Date(ms).toISOString().replace(".000Z", "Z");
}

/** `2025-09-10T00:00:00Z to 2025-09-11T00:00:00Z`, for messages. */
export function formatInterval(interval: Interval): string {
  return `${formatInstant(interval.from)} to ${formatInstant(interval.to)}`;
}

/** From the first of ascending hours to the end of the last; empty where there are none. */
export function spanOf(hours: readonly Hour[]): Interval {
  return { from: hours[0] ?? 0, to: (hours.at(-1) ?? -HOUR_MS) + HOUR_MS };
}
