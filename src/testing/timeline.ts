import type { Interval } from "../usage/hour.js";
import type { Incarnation, SimulatedCluster, SimulatedHost } from "./cluster.js";

/** Scrapes without a gap, `scrapeMs` apart, within one incarnation. */
interface Run {
  /** Index of its first scrape in the timeline. */
  readonly start: number;
  readonly length: number;
  /** UTC milliseconds of its first scrape. */
  readonly time: number;
  readonly incarnation: Incarnation;
}

/**
 * The scrapes of one host, oldest first, numbered from 0. All its series have a sample at each of them.
 * They are kept as runs, so that a year costs no more than a day.
 */
export class ScrapeTimeline {
  readonly length: number;
  readonly #runs: readonly Run[];
  readonly #scrapeMs: number;

  constructor(cluster: SimulatedCluster, host: SimulatedHost) {
    this.#scrapeMs = cluster.scrapeMs;
    this.#runs = scrapeRuns(cluster, host);
    this.length = this.#runs.reduce((sum, run) => sum + run.length, 0);
  }

  /** UTC milliseconds. */
  time(index: number): number {
    const run = this.#runOf(index);
    return run.time + (index - run.start) * this.#scrapeMs;
  }

  /** The incarnation that answered the scrape. */
  incarnation(index: number): Incarnation {
    return this.#runOf(index).incarnation;
  }

  /** The number of scrapes before an instant, which is also the index of the first one at or after it. */
  countBefore(instant: number): number {
    let count = 0;
    for (const run of this.#runs) {
      const inRun = Math.ceil((instant - run.time) / this.#scrapeMs);
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

function scrapeRuns({ scraped, scrapeMs, outages }: SimulatedCluster, host: SimulatedHost): Run[] {
  const blind = outages.filter(({ instances }) => instances?.includes(host.instance) ?? true);
  const runs: Run[] = [];
  let start = 0;
  for (const incarnation of host.incarnations) {
    // The last instant of the scraped time is part of it.
    const up = {
      from: Math.max(incarnation.from, scraped.from),
      to: Math.min(incarnation.to, scraped.to + 1),
    };
    for (const seen of subtract(up, blind)) {
      const nth = (instant: number): number => Math.ceil((instant - host.phaseMs) / scrapeMs);
      const length = nth(seen.to) - nth(seen.from);
      if (length <= 0) continue;
      runs.push({ start, length, time: nth(seen.from) * scrapeMs + host.phaseMs, incarnation });
      start += length;
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
