import { tzOffset } from "@date-fns/tz/tzOffset";
import { badInput } from "../../usage/errors.js";
import { RecentlyUsed } from "../../usage/recently-used.js";

const MINUTE_MS = 60_000;

/**
 * What the clocks on the wall of a time zone show at a UTC instant, as if it were UTC: milliseconds that
 * `Date`'s UTC methods take apart into the local year, month, day and hour.
 */
export type WallClock = (utcMs: number) => number;

/** The clocks of an IANA time zone such as `Europe/London`. `bad-input` if there is no such zone. */
export function wallClock(zone: string): WallClock {
  const name = canonicalZone(zone);
  const offset = name === "UTC" ? 0 : fixedOffset(name);
  if (offset !== undefined) return (utcMs) => utcMs + offset;
  return (utcMs) => utcMs + tzOffset(name, new Date(utcMs)) * MINUTE_MS;
}

/** No clock is so far from UTC, or is set by more. */
const LONGEST_OFFSET_MS = 1440 * MINUTE_MS;

/**
 * The instants at which the wall shows a time: two where clocks are set back over it. One that is skipped comes when they
 * are set on.
 */
export function instantsAt(wallMs: number, clock: WallClock): number[] {
  const byOffset = [wallMs - LONGEST_OFFSET_MS, wallMs + LONGEST_OFFSET_MS].map(
    (ms) => wallMs - (clock(ms) - ms),
  );
  const instants = new Set(byOffset.filter((instant) => clock(instant) === wallMs));
  if (instants.size > 0) return [...instants].sort((a, b) => a - b);
  let setOn = Math.min(...byOffset);
  while (clock(setOn) < wallMs) setOn += MINUTE_MS;
  return [setOn];
}

/** The first instant at which the wall shows a time. */
export function instantAt(wallMs: number, clock: WallClock): number {
  return instantsAt(wallMs, clock)[0] ?? wallMs;
}

/**
 * The offset of a zone such as `+05:30`, which is nothing else. `tzOffset` keeps a formatter for every name it is
 * asked for: fit for the four hundred zones with a name, not for the three thousand offsets.
 */
function fixedOffset(zone: string): number | undefined {
  const [, sign, hours = "", minutes = ""] = /^([+-])(\d\d):(\d\d)$/.exec(zone) ?? [];
  if (sign === undefined) return undefined;
  return (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * MINUTE_MS;
}

/** Names that have been looked up: as they were written, and as they are spelt. */
const canonicalNames = new RecentlyUsed<string>(1000);

/**
 * The one spelling of a time zone: `europe/LONDON` is `Europe/London`. What is kept by zone is kept by it, since
 * whoever asks may write a zone in thousands of ways. `bad-input` if there is no such zone.
 */
export function canonicalZone(zone: string): string {
  return canonicalNames.get(zone, () => {
    try {
      return new Intl.DateTimeFormat("en-GB", { timeZone: zone }).resolvedOptions().timeZone;
    } catch (cause) {
      throw badInput(
        `${JSON.stringify(zone)} is not a time zone; write UTC or an IANA name such as Europe/London`,
        cause,
      );
    }
  });
}
