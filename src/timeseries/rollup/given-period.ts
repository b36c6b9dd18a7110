import { badInput } from "../../usage/errors.js";
import { assertInterval, type Interval } from "../../usage/hour.js";
import { type Instant, instantOf } from "../../usage/instant.js";
import { kindOf, shown } from "../../usage/shown.js";
import { calendarUnit } from "./period.js";

/** A `Temporal.PlainDate`. */
export interface CalendarDate {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly [Symbol.toStringTag]: "Temporal.PlainDate";
}

/**
 * A moment, or a day, ISO week, month or year of a zone, which is its first hour: `2025-09-10`, `2025-W37`, `2025-09`,
 * `2025`, or a `Temporal.PlainDate`.
 */
export type Moment = Instant | CalendarDate;

/** A half-open interval as a caller has it. */
export interface GivenPeriod {
  readonly from: Moment;
  /** Where it begins is the end. */
  readonly to: Moment;
  /** IANA time zone whose days, weeks, months and years are meant. Without it, they are refused. */
  readonly zone?: string | undefined;
}

/** The period in UTC milliseconds; `bad-input` for what is none. */
export function periodOf(given: GivenPeriod, zone?: string): Interval {
  assertInterval(given);
  const ownZone = given.zone ?? zone;
  return {
    from: momentOf(given.from, ownZone, "interval.from"),
    to: momentOf(given.to, ownZone, "interval.to"),
  };
}

/** UTC milliseconds of a moment. */
export function momentOf(value: Moment, zone: string | undefined, name: string): number {
  return unitOf(value, zone, name)?.from ?? instantOf(value as Instant, name);
}

/** The day, week, month or year that is meant; `undefined` for an instant, which is no more than that. */
export function unitOf(value: Moment, zone: string | undefined, name: string): Interval | undefined {
  const text = calendarText(value);
  if (text === undefined) return undefined;
  const unit = calendarUnit(text, zone ?? "UTC");
  if (unit === undefined || zone !== undefined) return unit;
  throw badInput(
    `${name} is ${shown(text)}, a date without a zone; give zone, such as UTC, or an instant such as 2025-09-10T00:00:00Z`,
  );
}

function calendarText(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  if (typeof value !== "object" || value === null || kindOf(value) !== "Temporal.PlainDate") return undefined;
  // What comes after it is the name of a calendar.
  return String(value).replace(/\[.*$/, "");
}
