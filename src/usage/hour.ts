import { type AdaCarbonError, badInput } from "./errors.js";
import { formatInstant, type Instant, instantOf, parseInstant } from "./instant.js";
import { assertArgument, OBJECT, type Rule } from "./options.js";
import { shown } from "./shown.js";

export { formatInstant, parseInstant } from "./instant.js";

/** One hour in milliseconds. */
export const HOUR_MS = 3_600_000;
/** Half an hour in milliseconds: the step of most grids. */
export const HALF_HOUR_MS: number = HOUR_MS / 2;
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

/** All hours that a store may have, those before 1970 included. */
export const EVER: Interval = { from: Number.MIN_SAFE_INTEGER, to: Number.MAX_SAFE_INTEGER };

/** An interval as a caller has it. */
export interface GivenInterval {
  readonly from: Instant;
  readonly to: Instant;
}

/** Refuses what is no object, such as a text. It may know more than its ends, as a bin of a rollup does. */
export function assertInterval(given: unknown): void {
  if (OBJECT.holds(given)) return;
  throw badInput(`interval is ${shown(given)}; it must be an object with from and to`);
}

/** What an argument must be that is an interval in UTC milliseconds; an end may be infinite. */
export const INTERVAL: Rule = {
  allowed: "an object with from and to, numbers of UTC milliseconds",
  holds: (value) => OBJECT.holds(value) && hasEnds(value as Interval),
};

function hasEnds({ from, to }: Interval): boolean {
  return [from, to].every((end) => typeof end === "number" && !Number.isNaN(end));
}

/** The interval in UTC milliseconds; `bad-input` for what is none. */
function intervalOf(given: GivenInterval): Interval {
  assertInterval(given);
  return { from: instantOf(given.from, "interval.from"), to: instantOf(given.to, "interval.to") };
}

/** {@link intervalOf}, of which each end is on the hour, the second after the first, and within 200 years of it. */
export function hourlyInterval(given: GivenInterval): Interval {
  const { from, to } = intervalOf(given);
  for (const end of [from, to]) if (!isHour(end)) throw offTheHour(formatInstant(end), end);
  const written = `the interval ${formatInterval({ from, to })}`;
  if (from >= to) throw badInput(`${written} is empty: it must end after it starts`);
  if ((to - from) / HOUR_MS > MOST_HOURS) throw badInput(`${written} is longer than 200 years`);
  return { from, to };
}

/** The start of an hour that a caller has given, or an error of code `bad-input`. */
export function givenHour(hour: Instant): Hour {
  const ms = instantOf(hour, "hour");
  if (!isHour(ms)) throw offTheHour(formatInstant(ms), ms);
  return ms;
}

function offTheHour(written: string, ms: number): AdaCarbonError {
  const before = hourOf(ms);
  return badInput(
    `${written} is not on the hour; the nearest hours are ${formatInstant(before)} and ${formatInstant(before + HOUR_MS)}`,
  );
}

/** The hour that contains the instant `ms`. */
export function hourOf(ms: number): Hour {
  if (typeof ms !== "number") throw badInput(`hourOf: ms is ${shown(ms)}; it must be UTC milliseconds`);
  return (Math.floor(ms / HOUR_MS) * HOUR_MS) as Hour;
}

/** Whether `ms` is the start of an hour. */
export function isHour(ms: number): ms is Hour {
  return Number.isSafeInteger(ms) && ms % HOUR_MS === 0;
}

/** The hours whose start lies in [from, to), ascending. */
export function hoursIn(interval: GivenInterval): Hour[] {
  const { from, to } = intervalOf(interval);
  if ((to - from) / HOUR_MS > MOST_HOURS)
    throw badInput(`the interval ${formatInterval({ from, to })} is longer than 200 years`);
  const hours: Hour[] = [];
  for (let t = Math.ceil(from / HOUR_MS) * HOUR_MS; t < to; t += HOUR_MS) hours.push(t as Hour);
  return hours;
}

/** The hours of the interval that are over at the instant `now`, ascending. */
export function finishedHours(interval: GivenInterval, now: Instant): FinishedHour[] {
  const { from, to } = intervalOf(interval);
  const firstUnfinished = instantOf(now, "now") - HOUR_MS + 1;
  return hoursIn({ from, to: Math.min(to, firstUnfinished) }) as FinishedHour[];
}

/** `hour` as a finished hour, or an error of code `bad-input` if it is off the grid or not over at `now`. */
export function finishedHour(hour: number, now: number): FinishedHour {
  if (!isHour(hour)) throw badInput(`${shown(hour)} is not the start of a UTC hour in milliseconds`);
  if (hour + HOUR_MS > now) {
    throw badInput(`the hour ${formatInstant(hour)} is not over yet at ${formatInstant(now)}`);
  }
  return hour as FinishedHour;
}

/**
 * Like {@link parseInstant}, for an instant that must be the start of a UTC hour.
 *
 * @example
 * import assert from "node:assert/strict";
 * import { parseHour, formatInstant } from "ada-carbon";
 *
 * assert.equal(formatInstant(parseHour("2025-09-10T01:00:00+01:00")), "2025-09-10T00:00:00Z");
 */
export function parseHour(text: string): Hour {
  const ms = parseInstant(text);
  if (isHour(ms)) return ms;
  throw offTheHour(text, ms);
}

/** `2025-09-10T00:00:00Z to 2025-09-11T00:00:00Z`, for messages. */
export function formatInterval(interval: Interval): string {
  assertArgument("formatInterval", "interval", interval, OBJECT);
  return `${formatInstant(interval.from)} to ${formatInstant(interval.to)}`;
}

/** Both ends of an interval as text, as documents have them. */
export function formatEnds({ from, to }: Interval): { readonly from: string; readonly to: string } {
  return { from: formatInstant(from), to: formatInstant(to) };
}

/** An instant as text; `null` where there is none. */
export function formatInstantOrNull(ms: number | null): string | null {
  return ms === null ? null : formatInstant(ms);
}

/** From the first of ascending hours to the end of the last; empty where there are none. */
export function spanOf(hours: readonly Hour[]): Interval {
  return { from: hours[0] ?? 0, to: (hours.at(-1) ?? -HOUR_MS) + HOUR_MS };
}

/** Whether two intervals have an instant in common. */
export function overlaps(a: Interval, b: Interval): boolean {
  return a.from < b.to && b.from < a.to;
}

/** The {@link spanOf} some hours as a text. */
export function spanText(hours: readonly Hour[]): string {
  return formatInterval(spanOf(hours));
}
