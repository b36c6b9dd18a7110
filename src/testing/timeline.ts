import type { Interval } from "../usage/hour.js";
import { remembered } from "../usage/remembered.js";
import type { ReplicaDescription, SimulatedCluster } from "./cluster.js";
import type { ScrapeSpan, SimulatedHost, SimulatedTarget } from "./host.js";
import type { Incarnation } from "./host-description.js";
import { mix, within } from "./random.js";

/** Scrapes without a gap within one incarnation. */
interface Run {
  /** Index of its first scrape in the timeline. */
  readonly start: number;
  readonly length: number;
  readonly times: ScrapeTimes;
  /** Number of its first scrape among all instants of its times. */
  readonly number: number;
  readonly incarnation: Incarnation;
}

/**
 * The scrapes of one target by one Prometheus, oldest first, numbered from 0. They are kept as runs, so that a year
 * costs no more than a day.
 */
export class ScrapeTimeline {
  readonly length: number;
  readonly #runs: readonly Run[];

  constructor(
    cluster: SimulatedCluster,
    host: SimulatedHost,
    target: SimulatedTarget,
    replica: ReplicaDescription,
  ) {
    const beats = target.schedule.map((span) => ({
      span,
      times: new ScrapeTimes(host, span, replica.phaseMs ?? 0),
    }));
    const silent = [
      ...cluster.outages.filter(({ instances }) => instances?.includes(host.instance) ?? true),
      ...host.outages,
      ...target.outages,
      ...(replica.outages ?? []),
    ];
    this.#runs = scrapeRuns(beats, cluster.scraped, host, silent);
    this.length = this.#runs.reduce((sum, run) => sum + run.length, 0);
  }

  /** UTC milliseconds. */
  time(index: number): number {
    const run = this.#runOf(index);
    return run.times.time(run.number + index - run.start);
  }

  /** The incarnation that answered the scrape. */
  incarnation(index: number): Incarnation {
    return this.#runOf(index).incarnation;
  }

  /** The number of scrapes before an instant, which is also the index of the first one at or after it. */
  countBefore(instant: number): number {
    if (instant === Number.POSITIVE_INFINITY) return this.length;
    if (instant === Number.NEGATIVE_INFINITY) return 0;
    const numbers = new Map<ScrapeTimes, number>();
    let count = 0;
    for (const run of this.#runs) {
      const inRun = remembered(numbers, run.times, () => run.times.firstFrom(instant)) - run.number;
      if (inRun <= 0) break;
      count = run.start + Math.min(inRun, run.length);
    }
    return count;
  }

  /** The scrapes in (first, end) that are the first of a new incarnation. */
  bootsWithin(first: number, end: number): readonly number[] {
    const boots: number[] = [];
    this.#runs.forEach((run, i) => {
      const before = this.#runs[i - 1];
      if (run.start <= first || run.start >= end || before === undefined) return;
      if (before.incarnation !== run.incarnation) boots.push(run.start);
    });
    return boots;
  }

  #runOf(index: number): Run {
    const run = this.#runs.findLast(({ start }) => start <= index);
    if (run === undefined || index < 0 || index >= this.length)
      throw new RangeError(`there is no scrape ${index}`);
    return run;
  }
}

function scrapeRuns(
  beats: readonly { readonly span: Interval; readonly times: ScrapeTimes }[],
  scraped: Interval,
  host: SimulatedHost,
  silent: readonly Interval[],
): Run[] {
  const runs: Run[] = [];
  let start = 0;
  for (const incarnation of host.incarnations) {
    // The last instant of the scraped time is part of it.
    const up = {
      from: Math.max(incarnation.from + host.exporterDelayMs, scraped.from),
      to: Math.min(incarnation.to, scraped.to + 1),
    };
    for (const { span, times } of beats) {
      const during = { from: Math.max(up.from, span.from), to: Math.min(up.to, span.to) };
      if (during.from >= during.to) continue;
      for (const seen of subtract(during, [...silent, ...times.missedIn(during.from, during.to)])) {
        const number = times.firstFrom(seen.from);
        const length = times.firstFrom(seen.to) - number;
        if (length <= 0) continue;
        runs.push({ start, length, times, number, incarnation });
        start += length;
      }
    }
  }
  return runs;
}

/** What is left of [from, to) without the holes, in order. */
function subtract(whole: Interval, holes: readonly Interval[]): Interval[] {
  const left: Interval[] = [];
  let from = whole.from;
  for (const hole of [...holes].sort((a, b) => a.from - b.from)) {
    if (hole.from > from) left.push({ from, to: Math.min(hole.from, whole.to) });
    from = Math.max(from, hole.to);
  }
  left.push({ from, to: whole.to });
  return left.filter((part) => part.to > part.from);
}

/** The instants at which one target is scraped at one beat, numbered from 1970 on, whether there is an answer or not. */
class ScrapeTimes {
  readonly everyMs: number;
  readonly #phaseMs: number;
  readonly #jitterMs: number;
  readonly #seed: number;
  readonly #missedPerMille: number;

  /** `delayMs` is how much later than others the replica scrapes. */
  constructor(host: SimulatedHost, { scrapeMs, phaseMs }: ScrapeSpan, delayMs: number) {
    this.everyMs = scrapeMs;
    this.#phaseMs = phaseMs + delayMs;
    this.#jitterMs = host.scrapeJitterMs;
    this.#seed = mix(host.scrapeSeed, phaseMs + delayMs);
    this.#missedPerMille = host.missedScrapesPerMille;
  }

  /** UTC milliseconds of the scrape with a number. */
  time(number: number): number {
    const late = this.#jitterMs === 0 ? 0 : within(mix(this.#seed, number), 0, this.#jitterMs);
    return number * this.everyMs + this.#phaseMs + late;
  }

  /** The number of the first scrape at or after an instant. */
  firstFrom(instant: number): number {
    let number = Math.ceil((instant - this.#phaseMs - this.#jitterMs) / this.everyMs);
    while (this.time(number) < instant) number++;
    return number;
  }

  /** The scrapes of [from, to) that fail by chance, as times of a millisecond each. */
  missedIn(from: number, to: number): { from: number; to: number }[] {
    if (this.#missedPerMille === 0) return [];
    const missed: { from: number; to: number }[] = [];
    for (let number = this.firstFrom(from); this.time(number) < to; number++) {
      if (within(mix(mix(this.#seed, 1), number), 0, 999) >= this.#missedPerMille) continue;
      missed.push({ from: this.time(number), to: this.time(number) + 1 });
    }
    return missed;
  }
}
