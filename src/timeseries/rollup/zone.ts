import { tzOffset } from "@date-fns/tz/tzOffset";
import { AdaCarbonError } from "../../usage/errors.js";

const MINUTE_MS = 60_000;

/**
 * What the clocks on the wall of a time zone show at a UTC instant, as if it were UTC: milliseconds that
 * `Date`'s UTC methods take apart into the local year, month, day and hour.
 */
export type WallClock = (utcMs: number) => number;

/** The clocks of an IANA time zone such as `Europe/London`. `bad-input` if there is no such zone. */
export function wallClock(zone: string): WallClock {
  if (zone === "UTC") return (utcMs) => utcMs;
  try {
    new Intl.DateTimeFormat("en-GB", { timeZone: zone });
  } catch (cause) {
    throw new AdaCarbonError(
      "bad-input",
      `${JSON.stringify(zone)} is not a time zone; write UTC or an IANA name such as Europe/London`,
      { cause },
    );
  }
  return (utcMs) => utcMs + tzOffset(zone, new Date(utcMs)) * MINUTE_MS;
}
