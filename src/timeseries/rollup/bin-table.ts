import { getISOWeek } from "date-fns/getISOWeek";
import { getISOWeekYear } from "date-fns/getISOWeekYear";
import { badInput } from "../../usage/errors.js";
import { HOUR_MS, type Interval, MOST_HOURS } from "../../usage/hour.js";
import { assertArgument, assertOptions, oneOf, optional, type Rules, TEXT } from "../../usage/options.js";
import { cutInto } from "../../usage/pieces.js";
import { cutByCalendar, WALL } from "./calendar.js";
import { type GivenPeriod, periodOf } from "./given-period.js";
import { type WallClock, wallClock } from "./zone.js";

/** Lengths of time that hours are gathered into. */
export const BIN_SIZES = ["hour", "day", "week", "month", "year"] as const;
/** How long a bin is, by the calendar of its zone. */
export type BinSize = (typeof BIN_SIZES)[number];

/** Whose calendar counts. */
export interface ZoneOptions {
  /** IANA time zone whose days, months and years are meant. Default `UTC`. */
  readonly zone?: string | undefined;
}

const ZONE_OPTIONS: Rules<ZoneOptions> = { zone: optional(TEXT) };

/** The zone of the options, which are checked together with the size of the bins. */
export function zoneOf(caller: string, by: BinSize, options: ZoneOptions): string {
  assertArgument(caller, "by", by, oneOf(BIN_SIZES));
  assertOptions(caller, options, ZONE_OPTIONS);
  return options.zone ?? "UTC";
}

/** One bin: the hours that start in [from, to), UTC milliseconds, and its name in the zone. */
export interface BinSpan extends Interval {
  /** `2025-09-10 13:00`, `2025-09-10`, `2025-W37`, `2025-09` or `2025`; an hour that comes twice adds its offset. */
  readonly label: string;
}

/** The bins of an interval. */
export interface BinTable {
  readonly by: BinSize;
  readonly zone: string;
  /** Ascending, without gaps; together they are the interval. */
  readonly bins: readonly BinSpan[];
}

/**
 * The bins of an interval. An hour belongs to the bin in which it starts, so days of a zone have 23 or 25
 * hours when its clocks change. Bounds off the hour are taken as the next hour.
 *
 * @throws {AdaCarbonError} `bad-input` for a zone that does not exist, or an interval over 200 years.
 *
 * @example
 * import assert from "node:assert/strict";
 * import { binTable } from "ada-carbon/timeseries";
 *
 * const october = { from: Date.UTC(2025, 9, 25, 23), to: Date.UTC(2025, 9, 28) };
 * const { bins } = binTable(october, "day", { zone: "Europe/London" });
 * assert.deepEqual(bins.map(({ label, from, to }) => [label, (to - from) / 3_600_000]), [
 *   ["2025-10-26", 25], ["2025-10-27", 24],
 * ]);
 */
export function binTable(interval: GivenPeriod, by: BinSize, options: ZoneOptions = {}): BinTable {
  const zone = zoneOf("binTable", by, options);
  const clock = wallClock(zone);
  const hours = wholeHours(periodOf(interval, options.zone));
  const pieces = by === "hour" ? cutInto(hours, HOUR_MS) : cutByCalendar(hours, by, clock);
  return { by, zone, bins: labelled(pieces, by, clock) };
}

function wholeHours({ from, to }: Interval): Interval {
  const first = Math.ceil(from / HOUR_MS) * HOUR_MS;
  const end = Math.max(first, Math.ceil(to / HOUR_MS) * HOUR_MS);
  if (!((end - first) / HOUR_MS <= MOST_HOURS) || Number.isNaN(new Date(first).getTime())) {
    throw badInput(`${from} to ${to} is not an interval of UTC milliseconds of at most 200 years`);
  }
  return { from: first, to: end };
}

/** How much of an ISO date and time names a bin. */
const LABEL_LENGTH: Record<Exclude<BinSize, "week">, number> = { hour: 16, day: 10, month: 7, year: 4 };
function labelled(pieces: readonly Interval[], by: BinSize, clock: WallClock): BinSpan[] {
  const labels = pieces.map(({ from }) => labelOf(clock(from), by));
  const times = new Map<string, number>();
  for (const label of labels) times.set(label, (times.get(label) ?? 0) + 1);
  return pieces.map((piece, i) => {
    const label = labels[i] ?? "";
    const twice = (times.get(label) ?? 0) > 1;
    return { ...piece, label: twice ? `${label}${offsetText(clock(piece.from) - piece.from)}` : label };
  });
}

function labelOf(wallMs: number, by: BinSize): string {
  if (by === "week")
    return `${getISOWeekYear(wallMs, WALL)}-W${String(getISOWeek(wallMs, WALL)).padStart(2, "0")}`;
  return new Date(wallMs).toISOString().slice(0, LABEL_LENGTH[by]).replace("T", " ");
}

function offsetText(offsetMs: number): string {
  const clockFace = new Date(Math.abs(offsetMs)).toISOString().slice(11, 16);
  return `${offsetMs < 0 ? "-" : "+"}${clockFace}`;
}
