import { type CpuScrape, type HostCounters, hostKey } from "./counters.js";
import { SCRAPE_SECONDS } from "./load.js";

/** A host as it is told apart from others. */
interface TwinCandidate {
  readonly project: string;
  readonly instance: string;
  /** UTC milliseconds. */
  readonly bootedAt: number | null;
  readonly cpus: number;
}

/** Hosts that are one machine: all of them have its boot time and its counters. */
export type Twins = readonly TwinCandidate[];

/** More hosts than that, booted at the same second, are not compared with each other: it would be all with all. */
const MOST_ALIKE = 50;
/** Machines that have only just booted have hardly used anything: their counters are all alike. */
const YOUNG_MS = 3_600_000;

/**
 * Finds hosts that are one machine under two names: a service discovery may show it under two projects, or by each of
 * its addresses. Two machines may boot at the same second, and have as many CPUs; but no two have the same counters
 * in every mode of every CPU. These are read once, when two hosts are first seen that could be one.
 */
export class TwinFinder {
  /** Whether two hosts are one machine, by their names and boot time. */
  #known: ReadonlyMap<string, boolean> = new Map();
  #pairs: readonly (readonly [TwinCandidate, TwinCandidate])[] = [];

  /** Takes the hosts of a poll; gives those whose counters must be read to tell. */
  compare(hosts: Iterable<TwinCandidate>, now: number): readonly TwinCandidate[] {
    this.#pairs = bootedTogether(hosts).flatMap((group) =>
      group.length > MOST_ALIKE ? [] : pairsOf(group).filter((pair) => couldBeOne(pair, now)),
    );
    const open = this.#pairs.filter((pair) => !this.#known.has(pairKey(pair)));
    return [...new Set(open.flat())];
  }

  /** The hosts of the poll that are one machine, by what was known before and by these counters. */
  twins(counters: ReadonlyMap<string, HostCounters>): Twins[] {
    const known = new Map<string, boolean>();
    const twins: Set<TwinCandidate>[] = [];
    for (const pair of this.#pairs) {
      const key = pairKey(pair);
      const [a, b] = pair.map(({ project, instance }) => counters.get(hostKey(project, instance)));
      const same = this.#known.get(key) ?? (a && b && isOneMachine(a, b));
      if (same === undefined) continue;
      known.set(key, same);
      if (!same) continue;
      const machine = twins.find((hosts) => pair.some((host) => hosts.has(host)));
      if (machine === undefined) twins.push(new Set(pair));
      else for (const host of pair) machine.add(host);
    }
    this.#known = known;
    return twins.map((machine) => [...machine]);
  }
}

function pairsOf(group: readonly TwinCandidate[]): (readonly [TwinCandidate, TwinCandidate])[] {
  return group.flatMap((a, i) => group.slice(i + 1).map((b) => [a, b] as const));
}

/** Hosts that booted at the same moment as another one, in groups. */
function bootedTogether(hosts: Iterable<TwinCandidate>): TwinCandidate[][] {
  const booted = [...hosts].filter(({ bootedAt }) => bootedAt !== null);
  return [...Map.groupBy(booted, ({ bootedAt }) => bootedAt).values()].filter(({ length }) => length > 1);
}

/** Whether two hosts have as many CPUs, and would have different counters by now if they were two machines. */
function couldBeOne([a, b]: readonly [TwinCandidate, TwinCandidate], now: number): boolean {
  if (!(a.cpus > 0) || a.cpus !== b.cpus) return false;
  return a.instance === b.instance || (a.bootedAt ?? now) < now - YOUNG_MS;
}

function pairKey([a, b]: readonly [TwinCandidate, TwinCandidate]): string {
  return JSON.stringify([a.bootedAt, a.project, a.instance, b.project, b.instance]);
}

/**
 * Whether the counters of two hosts are those of one machine: all of them, in the order in which they were scraped,
 * never fall and never gain more than the time allows. `undefined` where there are too few scrapes to tell.
 */
export function isOneMachine(a: HostCounters, b: HostCounters): boolean | undefined {
  const isOrdered = ([, scrapes]: readonly [string, readonly CpuScrape[]]): boolean => canFollow(scrapes);
  // A counter that fell tells nothing, today.
  if (![...a, ...b].every(isOrdered)) return undefined;
  if (a.size !== b.size || ![...a.keys()].every((cpu) => b.has(cpu))) return false;
  let hasOverlap = false;
  for (const [cpu, ofA] of a) {
    const ofB = b.get(cpu) ?? [];
    const together = [...ofA, ...ofB].sort((a, b) => a.time - b.time);
    if (!canFollow(together)) return false;
    if (ofA.some(({ time }) => time >= (ofB[0]?.time ?? Number.NaN)) && ofB.length + ofA.length > 2)
      hasOverlap = true;
  }
  return hasOverlap ? true : undefined;
}

/** Whether each scrape can be the next one of the same counters. */
function canFollow(scrapes: readonly CpuScrape[]): boolean {
  return scrapes.every((scrape, i) => {
    const before = scrapes[i - 1];
    if (before === undefined) return true;
    const most = (scrape.time - before.time) / 1000 + SCRAPE_SECONDS;
    return [...scrape.modes].every(([mode, value]) => {
      const gained = value - (before.modes.get(mode) ?? Number.NaN);
      return gained >= -SCRAPE_SECONDS && gained <= most;
    });
  });
}
