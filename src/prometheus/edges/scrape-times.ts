import { HOUR_MS } from "../../usage/hour.js";
import type { StepGrid } from "../replies/matrix.js";

/** When a host was last scraped before one of the edges; UTC milliseconds. */
export interface ScrapeAnchor {
  /** The index of the edge. */
  readonly edge: number;
  readonly scrapedAt: number;
}

/** Jitter of scrapes: a host that is scraped this much earlier or later is still scraped at the same second. */
const JITTER_MS = 1_000;

/**
 * When a host was last scraped before each edge. Asking for it at every edge would cost Prometheus more than the sums
 * do, so it is asked for once in three days: a host is scraped at the same second of every hour, as long as nothing happens.
 * Whoever uses these times checks them against the counters, which are a clock. NaN where a host is not scraped so.
 */
export function scrapeTimes(anchors: readonly ScrapeAnchor[], edges: StepGrid): Float64Array {
  const times = new Float64Array(edges.count).fill(Number.NaN);
  const phases = anchors
    .filter(({ scrapedAt }) => !Number.isNaN(scrapedAt))
    .map(({ edge, scrapedAt }) => ({ edge, phaseMs: edges.from + edge * HOUR_MS - scrapedAt }));
  let next = 0;
  for (let edge = 0; edge < edges.count; edge++) {
    while (next < phases.length && (phases[next]?.edge ?? 0) < edge) next++;
    const before = phases[next - 1];
    const after = phases[next];
    const phaseMs = phaseBetween(before ?? after, after ?? before, edge);
    times[edge] = edges.from + edge * HOUR_MS - phaseMs;
  }
  return times;
}

interface Phase {
  readonly edge: number;
  readonly phaseMs: number;
}

function phaseBetween(before: Phase | undefined, after: Phase | undefined, edge: number): number {
  if (before === undefined || after === undefined) return Number.NaN;
  if (after.edge === edge) return after.phaseMs;
  if (Math.abs(before.phaseMs - after.phaseMs) > JITTER_MS) return Number.NaN;
  return before.phaseMs;
}

/** Counters that are this near to whole CPUs from one anchor to the next are as good a clock as the server's own. */
const EXACT = 1e-5;

/**
 * Whether the counters of a host are an exact clock, by the first two anchors between which it did not boot; undefined
 * where there are no two.
 *
 * @param countedAt CPU-seconds of all modes counted before an edge.
 */
export function isExactClock(
  anchors: readonly ScrapeAnchor[],
  countedAt: (edge: number) => number,
): boolean | undefined {
  const known = anchors.filter(({ scrapedAt }) => !Number.isNaN(scrapedAt));
  for (let i = 1; i < known.length; i++) {
    const [before, after] = [known[i - 1], known[i]];
    if (before === undefined || after === undefined) continue;
    const counted = countedAt(after.edge) - countedAt(before.edge);
    const cpus = (counted * 1000) / (after.scrapedAt - before.scrapedAt);
    const off = Math.abs(cpus - Math.round(cpus));
    // Far from whole CPUs: something happened in between, which says nothing of the clock.
    if (cpus >= 1 && off <= HAPPENED * cpus) return off <= EXACT * cpus;
  }
  return undefined;
}

const HAPPENED = 0.02;

/**
 * The same times, corrected by the counters, which are an exact clock: scrapes are not always on time. From each anchor
 * it goes from edge to edge as long as whole CPUs tick; NaN where that does not reach, such as between two fail-overs.
 */
export function timesByCounters(
  times: Float64Array,
  anchors: readonly ScrapeAnchor[],
  countedAt: (edge: number) => number,
): Float64Array {
  const corrected = new Float64Array(times.length).fill(Number.NaN);
  const isSet = new Uint8Array(times.length);
  for (const { edge: start, scrapedAt } of anchors) {
    if (Number.isNaN(scrapedAt)) continue;
    corrected[start] = scrapedAt;
    isSet[start] = 1;
    for (const step of [1, -1]) {
      for (let edge = start + step; edge >= 0 && edge < times.length && isSet[edge] === 0; edge += step) {
        const counted = countedAt(edge) - countedAt(edge - step);
        const cpus = Math.round(
          (counted * 1000) / ((times[edge] as number) - (times[edge - step] as number)),
        );
        const time = (corrected[edge - step] as number) + (counted * 1000) / cpus;
        if (!(cpus >= 1 && Math.abs(time - (times[edge] as number)) <= JITTER_MS)) break;
        corrected[edge] = time;
        isSet[edge] = 1;
      }
    }
  }
  return corrected;
}

/** How far apart scrapes usually are: what people write into a configuration, seconds. */
const USUAL_SPACINGS = [
  1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 24, 25, 30, 36, 40, 45, 48, 50, 60, 72, 75, 90, 100, 120, 144, 150,
  180, 200, 225, 240, 300, 360, 450, 600, 720, 900, 1_200, 1_800, 3_600,
];
/** A stretch of time may hold one scrape more or less than it should. */
const ONE_SCRAPE = 1;
/** Fewer scrapes do not say how far apart they are. */
const ENOUGH_SCRAPES = 4;
/** An hour with a gap has far fewer scrapes than the ten minutes beside it say. */
const WITH_GAP = 1.4;

/**
 * The usual time between two scrapes, milliseconds; NaN for none.
 *
 * @param inHour The most scrapes that there were in any hour.
 * @param inTenMinutes The most that there were in the ten minutes before any time that was asked about.
 */
export function usualSpacing(inHour: number, inTenMinutes: number): number {
  const ofHour = spacingOfCount(inHour, 3600);
  const ofMinutes = inTenMinutes >= ENOUGH_SCRAPES ? spacingOfCount(inTenMinutes, 600) : Number.NaN;
  return ofMinutes * WITH_GAP < ofHour || Number.isNaN(ofHour) ? ofMinutes : ofHour;
}

function spacingOfCount(scrapes: number, inSeconds: number): number {
  if (!(scrapes > 0)) return Number.NaN;
  const seconds = inSeconds / scrapes;
  const fitting = USUAL_SPACINGS.filter((usual) => Math.abs(inSeconds / usual - scrapes) <= ONE_SCRAPE);
  // Of several the one that people like best: the roundest.
  const round = [60, 30, 15, 300, 10, 20, 120, 600].find((usual) => fitting.includes(usual));
  const nearest = fitting.sort((a, b) => Math.abs(a - seconds) - Math.abs(b - seconds))[0];
  return Math.round((round ?? nearest ?? seconds) * 1000);
}
