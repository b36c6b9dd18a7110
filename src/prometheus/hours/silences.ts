import { HOUR_MS, type Interval } from "../../usage/hour.js";
import type { HostServer } from "../client/host-server.js";
import type { RowPresence } from "../edges/measure-edges.js";
import { lastScrapeAt, type Machine, spacingAround } from "../scrapes/machines.js";
import { beforeBirth, birthOf, EDGE_SCRAPES, farApart } from "../scrapes/measure-machine.js";
import type { InstanceScrapes } from "../scrapes/read-scrapes.js";
import type { GroupHours } from "./clean-hours.js";
import { HEARTBEAT_MS, Heartbeats } from "./heartbeats.js";
import { SIGHT_MS } from "./out-of-sight.js";
import type { ScrapedGroup } from "./scraped-group.js";
import type { ChunkHosts } from "./unclear-scrapes.js";

/** Whether a machine that is silent is gone, or nothing was heard of any host, and more may come. */
export class Silences {
  readonly #heartbeats: Heartbeats;
  readonly #known: ChunkHosts;
  readonly #span: Interval;
  readonly #graceMs: number;
  /** The latest time at which any host is known to have been scraped, UTC milliseconds. */
  readonly #lastHeard: number;
  /** Hours in which a host was scraped all the time. */
  readonly #heardHours: ReadonlySet<number>;
  /** Nothing can have been heard later, UTC milliseconds. */
  readonly #now: number;

  constructor(
    server: HostServer,
    known: ChunkHosts,
    span: Interval,
    { graceMs, now }: { readonly graceMs: number; readonly now: number },
    scraped: readonly ScrapedGroup[],
  ) {
    this.#now = now;
    this.#heartbeats = new Heartbeats(server);
    this.#known = known;
    this.#span = span;
    this.#graceMs = graceMs;
    this.#lastHeard = lastHeardAt(known, span, scraped);
    this.#heardHours = new Set(known.presences.flatMap(({ scrapes }) => hoursInFull(scrapes)));
  }

  /** Asks the source about the silences of these machines. Returns what it says is missing. */
  listen(scraped: readonly ScrapedGroup[]): Promise<readonly string[]> {
    const [span, now] = [this.#span, this.#now];
    const questions = scraped.flatMap(({ of, own, machines }) =>
      machines.flatMap((machine) => {
        const questions = silentBoots(machine);
        if (!wasScrapedBefore(machine, of, span)) questions.push(...silentBirth(machine, own));
        if (this.mayComeYet(machine, of)) {
          const from = lastScrapeAt(machine);
          const to = Math.max(from, span.to) + this.#graceOf(machine) + 2 * HEARTBEAT_MS;
          questions.push({ from, to: Math.min(now, to) });
        } else if (this.#mayHaveEndedUnheard(machine, of))
          questions.push({ from: lastScrapeAt(machine), to: this.#outageEndsBy(machine) });
        return questions;
      }),
    );
    if (this.#lastHeard < span.to) questions.push({ from: span.to, to: Math.min(now, span.to + SIGHT_MS) });
    return this.#heartbeats.listen(questions);
  }

  /** The parts of [from, to) in which nothing was heard of any host. */
  unheardIn(from: number, to: number): Interval[] {
    return this.#heartbeats.unheardIn(from, to);
  }

  /** Whether any host was heard after the end of an hour of the chunk. */
  isHeardBeyond(hour: number): boolean {
    const end = this.#span.from + (hour + 1) * HOUR_MS;
    return this.#lastHeard >= end || this.#heartbeats.isHeardAfter(end);
  }

  /** Whether a machine fell silent in the chunk, and no host has been heard for long enough since. */
  mayComeYet(machine: Machine, of: GroupHours): boolean {
    const time = lastScrapeAt(machine) + this.#graceOf(machine);
    return (
      this.#endsWithin(machine, of) &&
      this.#lastHeard < time &&
      !laterScrapes(this.#known.presences, this.#span, time) &&
      !this.#heartbeats.isHeardAfter(time)
    );
  }

  /** How much later others must be heard for a machine to be gone: it must have missed a scrape, however rare they are. */
  #graceOf(machine: Machine): number {
    return Math.max(this.#graceMs, EDGE_SCRAPES * (lastSpacingOf(machine) || 0));
  }

  /**
   * Until when it is not known whether a machine that fell silent in the chunk was up: while nobody was heard after its
   * last scrape, and to the end of the chunk if it may still come. Its last scrape, if others were heard.
   */
  unknownUntil(machine: Machine, of: GroupHours): number {
    const last = lastScrapeAt(machine);
    if (this.mayComeYet(machine, of)) return Math.max(this.#span.to, last);
    if (!this.#mayHaveEndedUnheard(machine, of)) return last;
    const [unheard] = this.unheardIn(last, this.#outageEndsBy(machine));
    const isOutage =
      unheard !== undefined &&
      unheard.from <= outageBy(machine) &&
      unheard.to - last > farApart(lastSpacingOf(machine));
    return isOutage ? unheard.to : last;
  }

  /** Whether a machine fell silent in the chunk, and no host is known to have been scraped all the time around then. */
  #mayHaveEndedUnheard(machine: Machine, of: GroupHours): boolean {
    if (!this.#endsWithin(machine, of)) return false;
    const times = [lastScrapeAt(machine), outageBy(machine)];
    return times.some((time) => !this.#heardHours.has(Math.floor((time - this.#span.from) / HOUR_MS)));
  }

  /** Whether nothing was seen of a machine after its last scrape that was read, before the end of the chunk. */
  #endsWithin(machine: Machine, { rows, spans }: GroupHours): boolean {
    const last = lastScrapeAt(machine);
    const seen = machine.rows.map((row) => {
      const isCounted = (this.#known.presences[row]?.spacingMs ?? Number.NaN) > 0;
      // Where scrapes are not counted, what an edge had is of one that may lie in the hour before.
      return (spans[rows.indexOf(row)]?.last ?? Number.NEGATIVE_INFINITY) - Number(!isCounted);
    });
    return last < this.#span.to && Math.max(...seen) <= Math.floor((last - this.#span.from) / HOUR_MS);
  }

  /** Until when it is looked whether anybody was heard: how long an outage was shows beyond the end of the chunk, too. */
  #outageEndsBy(machine: Machine): number {
    return Math.min(this.#now, this.#span.to + farApart(lastSpacingOf(machine)) + HEARTBEAT_MS);
  }
}

/** By when nobody is heard any more, if it was not the machine that ended: it had not come to its next scrape. */
function outageBy(machine: Machine): number {
  return lastScrapeAt(machine) + HEARTBEAT_MS + EDGE_SCRAPES * (lastSpacingOf(machine) || HEARTBEAT_MS);
}

function lastSpacingOf({ scrapes }: Machine): number {
  return spacingAround(scrapes, scrapes.length);
}

/** An hour with so many of the scrapes that an hour of the host has at most was scraped in full. */
const FULL_SHARE = 0.95;
/** An outage leaves two hours with a part of their scrapes, and perhaps with as many: two alike say nothing. */
const LEAST_FULL_HOURS = 3;

/** The silences in which machines booted. */
function silentBoots({ scrapes, boots }: Machine): Interval[] {
  const silences: Interval[] = [];
  boots.forEach((boot, i) => {
    const from = scrapes[i - 1]?.time ?? Number.NaN;
    if (boot - from > HEARTBEAT_MS) silences.push({ from, to: boot });
  });
  return silences;
}

/**
 * Whether a machine was scraped before the first scrape of it that was read. Raw samples are read from where something
 * happened: in a clean hour, or before the chunk, it was there already.
 */
export function wasScrapedBefore(
  { scrapes: [first] }: Machine,
  { isClean }: GroupHours,
  span: Interval,
): boolean {
  if (first === undefined) return false;
  return first.time < span.from || isClean[Math.floor((first.time - span.from) / HOUR_MS)] === 1;
}

/** The time from a machine's boot to its first scrape, if that is long, and long before it. */
function silentBirth({ scrapes: [first] }: Machine, { layout }: InstanceScrapes): Interval[] {
  const bornAt = birthOf(first, layout);
  return first !== undefined && first.time - bornAt > HEARTBEAT_MS ? [beforeBirth(bornAt, first)] : [];
}

function lastHeardAt({ groups }: ChunkHosts, span: Interval, scraped: readonly ScrapedGroup[]): number {
  let last = Number.NEGATIVE_INFINITY;
  // An hour that is clean has a scrape after its end.
  for (const { isClean } of groups) last = Math.max(last, span.from + (isClean.lastIndexOf(1) + 1) * HOUR_MS);
  for (const { machines } of scraped)
    for (const machine of machines) last = Math.max(last, lastScrapeAt(machine) || Number.NEGATIVE_INFINITY);
  return last;
}

/** The hours in which a host has as many scrapes as in others; none, where these are few. */
function hoursInFull(scrapes: Float64Array): number[] {
  const most = scrapes.reduce((most, count) => (count > most ? count : most), 0);
  const full = [...scrapes.keys()].filter((hour) => (scrapes[hour] as number) >= FULL_SHARE * most);
  return full.length >= LEAST_FULL_HOURS ? full : [];
}

/** Whether any host was scraped in an hour of the chunk that began after a time. */
function laterScrapes(presences: readonly RowPresence[], span: Interval, time: number): boolean {
  const first = Math.max(0, Math.ceil((time - span.from) / HOUR_MS));
  return presences.some(({ scrapes }) => scrapes.subarray(first).some((count) => count > 0));
}
