import { badInput, isAdaCarbonError } from "../../usage/errors.js";
import { parseInstant } from "../../usage/hour.js";
import { firstHourAt } from "./calendar.js";
import { wallClock } from "./zone.js";

const DATE = /^\d{4}-\d{2}-\d{2}$/;

/**
 * An instant with an offset, or a plain date, which is the first hour of that day in the zone, in UTC milliseconds.
 * `bad-input` for anything else.
 */
export function parseTime(text: string, zone: string): number {
  if (!DATE.test(text)) return parseInstant(text);
  return firstHourAt(midnight(text), wallClock(zone));
}

function midnight(date: string): number {
  try {
    return parseInstant(`${date}T00:00:00Z`);
  } catch (cause) {
    if (!isAdaCarbonError(cause)) throw cause;
    throw badInput(`"${date}" is not an instant: the calendar has no such day`, cause);
  }
}
