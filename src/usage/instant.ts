import { badInput } from "./errors.js";
import { shown } from "./shown.js";

/** What has a place on the time line by itself, such as `Temporal.Instant` and `Temporal.ZonedDateTime`. */
export interface EpochTime {
  readonly epochMilliseconds: number;
}

/**
 * A moment, as a caller has it: UTC milliseconds, ISO 8601 with Z or an offset, a `Date`, a `Temporal.Instant` or a
 * `Temporal.ZonedDateTime`.
 */
export type Instant = number | string | Date | EpochTime;

const HOW =
  "give UTC milliseconds, a text such as 2025-09-10T00:00:00Z, a Date, a Temporal.Instant or a Temporal.ZonedDateTime";

/** An instant in UTC milliseconds, or an error of code `bad-input` that says of which argument. */
export function instantOf(value: Instant, name: string): number {
  const ms = millisecondsOf(value, name);
  // One that is too far off to be written down may stand for an open end.
  if (!Number.isFinite(ms)) throw badInput(`${name} is ${shown(value)}, which is no instant; ${HOW}`);
  return ms;
}

function millisecondsOf(value: unknown, name: string): number {
  if (typeof value === "number") return value;
  if (value instanceof Date) return value.getTime();
  if (typeof value === "string") return parseNamed(value, name);
  if (typeof value !== "object" || value === null || !("epochMilliseconds" in value)) return Number.NaN;
  return Number(value.epochMilliseconds);
}

function parseNamed(text: string, name: string): number {
  try {
    return parseInstant(text);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : "";
    throw badInput(`${name}: ${why}`, cause);
  }
}

const ISO = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/;

/**
 * An ISO 8601 instant with an offset (`2025-09-10T00:00:00Z`, `2025-09-10T01:00+01:00`) in UTC milliseconds.
 * A space may stand for the T, as pandas and databases write it. A local time without an offset is refused, and so is a
 * date that does not exist.
 */
export function parseInstant(text: string): number {
  const iso = ISO.test(text) ? text.replace(" ", "T") : "";
  const ms = Date.parse(iso);
  // An offset may lead out of the years 0000 to 9999.
  if (Number.isNaN(ms) || !existsAsWritten(iso) || ms < YEAR_0 || ms >= YEAR_10000) {
    throw badInput(
      `${shown(text)} is not an instant; write it like 2025-09-10T00:00:00Z, with Z or an offset such as +01:00`,
    );
  }
  return ms;
}

/** `Date.parse` rolls 31 February over to March; what was written must come back. */
function existsAsWritten(text: string): boolean {
  const wall = `${text.slice(0, 16)}:00Z`;
  return formatInstant(Date.parse(wall)) === wall;
}

// The years that ISO 8601 writes with four digits.
export const YEAR_0: number = Date.parse("0000-01-01T00:00:00Z");
export const YEAR_10000: number = Date.parse("+010000-01-01T00:00:00Z");

/** UTC milliseconds as ISO 8601, without a fraction where there is none: `2025-09-10T00:00:00Z`. */
export function formatInstant(ms: number): string {
  // Of null the platform makes 1970.
  const date = new Date(typeof ms === "number" ? ms : Number.NaN);
  if (Number.isNaN(date.getTime())) throw badInput(`${shown(ms)} is no instant; give UTC milliseconds`);
  return date.toISOString().replace(".000Z", "Z");
}
