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
  const name = canonicalZone(zone);
  return name === "UTC" ? (utcMs) => utcMs : (utcMs) => utcMs + tzOffset(name, new Date(utcMs)) * MINUTE_MS;
}

/** Names that have been looked up: as they were written, and as they are spelt. Started anew when there are many. */
const canonicalNames = new Map([["UTC", "UTC"]]);
const MOST_SPELLINGS = 1000;

/**
 * The one spelling of a time zone: `europe/LONDON` is `Europe/London`. What is kept by zone is kept by it, since
 * whoever asks may write a zone in thousands of ways. `bad-input` if there is no such zone.
 */
export function canonicalZone(zone: string): string {
  const known = canonicalNames.get(zone);
  if (known !== undefined) return known;
  try {
    const name = new Intl.DateTimeFormat("en-GB", { timeZone: zone }).resolvedOptions().timeZone;
    if (canonicalNames.size >= MOST_SPELLINGS) canonicalNames.clear();
    canonicalNames.set(zone, name);
    return name;
  } catch (cause) {
    throw new AdaCarbonError(
      "bad-input",
      `${JSON.stringify(zone)} is not a time zone; write UTC or an IANA name such as Europe/London`,
      { cause },
    );
  }
}
