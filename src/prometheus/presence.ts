import { HOUR_MS } from "../usage/hour.js";
import { at } from "../usage/series.js";

/** What was seen of one instance, hour by hour. Times are UTC milliseconds; NaN is not known. */
export interface Sightings {
  /** NaN or 0 in an hour in which it was not scraped. */
  readonly cores: Float64Array;
  /** How many scrapes, the first and the last; needed in {@link turningHours} and where there is no boot time. */
  scrapes: Float64Array;
  first: Float64Array;
  last: Float64Array;
  /** Boot time of the first and of the last incarnation seen in the hour; the same column if nobody looked closer. */
  bootFirst: Float64Array;
  readonly bootLast: Float64Array;
  /** Whether it was seen in the day before the first hour; needed if it was not seen in that hour. */
  seenBefore: boolean;
  seenAfter: boolean;
  /** Boot time of the first incarnation seen after the last hour. */
  bootAfter: number;
}

/** Boot times jitter by a second when the clock is corrected; a reboot takes longer than this. */
const SAME_BOOT_MS = 5_000;
/** From boot to the exporter answering; what a scrape can be late beyond its own spacing. */
const STARTUP_MS = 30_000;

/** When an instance is known to have been up, hour by hour; UTC milliseconds. */
export interface UpTimes {
  /** How long; less than `to - from` where it was down in between. */
  readonly milliseconds: Float64Array;
  /** From when to when within the hour; NaN where it was not up. */
  readonly from: Float64Array;
  readonly to: Float64Array;
}

/**
 * When in each hour an instance is known to have been up, whether it was scraped or not.
 *
 * The counters alone cannot say that: an hour that lost its last scrapes looks like one whose host was
 * deleted. The boot time can: a host seen later with an older boot time was up all the while. A host that
 * comes or goes is taken to have come with its first scrape (or its boot, if scraping began long after
 * it) and gone with its last one; the time down during a reboot is where scrapes are missing around it.
 *
 * @param times What to write into: there are many hosts, and their times are only looked at.
 */
export function upTimes(
  hours: readonly number[],
  seen: Sightings,
  spacingMs: number,
  times: UpTimes = roomForUpTimes(hours.length),
): UpTimes {
  times.milliseconds.fill(0);
  times.from.fill(Number.NaN);
  times.to.fill(Number.NaN);
  const firstSeen = firstSighting(seen);
  let later = seen.seenAfter;
  let nextBoot = seen.bootAfter;
  for (let i = hours.length - 1; i >= 0; i--) {
    const start = hours[i] ?? Number.NaN;
    const end = start + HOUR_MS;
    const outlives = later && !(nextBoot >= end);
    const isSeen = at(seen.cores, i) > 0;
    // Nearly every hour of nearly every host; told apart first because making objects of each takes long.
    if (isSeen && outlives && at(seen.bootFirst, i) < start && at(seen.bootLast, i) < start) {
      nextBoot = at(seen.bootFirst, i);
      times.milliseconds[i] = HOUR_MS;
      times.from[i] = start;
      times.to[i] = end;
      continue;
    }
    let up: Up | undefined;
    if (isSeen) {
      const sighting = sightingAt(seen, i);
      up = upWhileSeen({ start, end, spacingMs }, sighting, firstSeen < i, outlives);
      later = true;
      nextBoot = sighting.bootFirst;
    } else if (outlives && firstSeen < i) {
      const from = Math.max(start, Number.isNaN(nextBoot) ? start : nextBoot);
      up = { from, to: end, milliseconds: end - from };
    }
    if (up === undefined) continue;
    times.milliseconds[i] = up.milliseconds;
    times.from[i] = up.from;
    times.to[i] = up.to;
  }
  return times;
}

export function roomForUpTimes(count: number): UpTimes {
  const column = (): Float64Array => new Float64Array(count);
  return { milliseconds: column(), from: column(), to: column() };
}

interface Up {
  readonly from: number;
  readonly to: number;
  readonly milliseconds: number;
}

interface HourContext {
  readonly start: number;
  readonly end: number;
  readonly spacingMs: number;
}

interface Sighting {
  readonly scrapes: number;
  readonly first: number;
  readonly last: number;
  readonly bootFirst: number;
  readonly bootLast: number;
}

function sightingAt(seen: Sightings, i: number): Sighting {
  return {
    scrapes: at(seen.scrapes, i),
    first: at(seen.first, i),
    last: at(seen.last, i),
    bootFirst: at(seen.bootFirst, i),
    bootLast: at(seen.bootLast, i),
  };
}

/** The first hour, as an index, in which the instance was seen: -1 for one before the first, infinity for none. */
function firstSighting({ seenBefore, cores }: Sightings): number {
  if (seenBefore) return -1;
  const first = cores.findIndex((count) => count > 0);
  return first < 0 ? Number.POSITIVE_INFINITY : first;
}

function upWhileSeen(hour: HourContext, seen: Sighting, earlier: boolean, outlives: boolean): Up | undefined {
  const booted = !Number.isNaN(seen.bootFirst);
  const wasUp = booted ? seen.bootFirst < hour.start : earlier;
  // One scrape of a host that comes or goes: no increase can be measured, and none is expected.
  if (seen.scrapes === 1 && !(wasUp && outlives)) return undefined;
  // Without a boot time metric, the number of scrapes is all there is.
  if (Number.isNaN(seen.first) || Number.isNaN(seen.last)) {
    const scraped = Math.min(HOUR_MS, (seen.scrapes - 1) * hour.spacingMs);
    return { from: hour.start, to: hour.end, milliseconds: wasUp && outlives ? HOUR_MS : scraped };
  }
  const from = wasUp ? hour.start : appears(seen, hour.spacingMs);
  const to = Math.max(from, outlives ? hour.end : Math.min(hour.end, seen.last));
  const span = to - from;
  if (!booted || seen.bootLast - seen.bootFirst <= SAME_BOOT_MS) return { from, to, milliseconds: span };
  const scraped = (seen.scrapes - 1) * hour.spacingMs;
  const milliseconds = Math.max(0, seen.first - from) + scraped + Math.max(0, to - seen.last);
  return { from, to, milliseconds: Math.min(span, milliseconds) };
}

function appears(seen: Sighting, spacingMs: number): number {
  const scrapedAtOnce = seen.first - seen.bootFirst <= 2 * spacingMs + STARTUP_MS;
  return scrapedAtOnce || Number.isNaN(seen.bootFirst) ? seen.first : seen.bootFirst;
}

/**
 * The hours, as indices, in which an instance comes, goes or reboots, as far as the latest boot of each hour can
 * say: only there does it matter when it was scraped first and last.
 */
export function turningHours(hours: readonly number[], seen: Sightings): number[] {
  const turning: number[] = [];
  let later = seen.seenAfter;
  let nextBoot = seen.bootAfter;
  for (let i = hours.length - 1; i >= 0; i--) {
    if (!(at(seen.cores, i) > 0)) continue;
    const start = hours[i] ?? Number.NaN;
    const boot = at(seen.bootLast, i);
    if (boot >= start || !later || nextBoot >= start + HOUR_MS) turning.push(i);
    later = true;
    nextBoot = boot;
  }
  return turning.reverse();
}

/** More host-hours than this say no more about the spacing of scrapes. */
const SPACINGS = 20_000;

/** The usual time between two scrapes when no two scrapes were looked at: as many as there were in an hour. */
export function scrapeSpacing(all: Iterable<Sightings>): number {
  const sightings = [...all];
  const hours = sightings.reduce((sum, { scrapes }) => sum + scrapes.length, 0);
  const stride = Math.ceil(hours / SPACINGS);
  const counts: number[] = [];
  let next = 0;
  for (const { scrapes } of sightings) {
    for (; next < scrapes.length; next += stride) if (at(scrapes, next) >= 3) counts.push(at(scrapes, next));
    next -= scrapes.length;
  }
  return HOUR_MS / (median(counts) ?? 60);
}

/** The middle of some numbers, the upper one of two. */
export function median(numbers: readonly number[]): number | undefined {
  return Float64Array.from(numbers).sort()[Math.floor(numbers.length / 2)];
}
