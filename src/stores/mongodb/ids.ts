import { badInput } from "../../usage/errors.js";
import { DAY_MS, formatInstant, type Interval } from "../../usage/hour.js";
import { formatScope, type Scope } from "../../usage/scope.js";

/** The years that ISO 8601 writes in four digits, so that ids sort by time. */
const EARLIEST = Date.parse("0000-01-01T00:00:00Z");
const LATEST = Date.parse("9999-12-31T23:59:59.999Z");
/** All days that can be stored. */
export const ALL_DAYS: Interval = { from: EARLIEST, to: LATEST + 1 };

/**
 * The `_id` of the document of a scope and UTC day, such as `machine:Artemis%20(Matlab):2025-09-10`: a text
 * without characters that mean anything to a server, in which no name can pass for another.
 *
 * @param day Start of the day in UTC milliseconds.
 * @throws {AdaCarbonError} `bad-input` outside the years 0 to 9999.
 */
export function dayId(scope: Scope, day: number): string {
  if (!(day >= EARLIEST && day <= LATEST)) {
    throw badInput(
      `${formatScope(scope)}: the hour ${day} is not in the years 0 to 9999; it cannot be stored in MongoDB`,
    );
  }
  return `${scope.kind}:${encodeURIComponent(scope.name)}:${formatInstant(day).slice(0, 10)}`;
}

/** Which ids the days of a scope have that overlap [from, to), of those that can be stored. */
export function dayIds(scope: Scope, { from, to }: Interval): { $gte: string; $lte: string } | undefined {
  const first = dayOf(Math.max(from, EARLIEST));
  const last = dayOf(Math.min(to - 1, LATEST));
  return first <= last ? { $gte: dayId(scope, first), $lte: dayId(scope, last) } : undefined;
}

/** Start of the UTC day of an instant. */
export function dayOf(ms: number): number {
  return Math.floor(ms / DAY_MS) * DAY_MS;
}

/** The `_id` of what is kept of a machine. */
export function machineId(machine: string): string {
  return `machine:${encodeURIComponent(machine)}`;
}

/** The `_id` of a workspace session. */
export function sessionId(id: string): string {
  return `session:${encodeURIComponent(id)}`;
}
