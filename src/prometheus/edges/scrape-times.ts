import { HOUR_MS } from "../../usage/hour.js";
import type { StepGrid } from "../matrix.js";

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
 * do, so it is asked for once a day: a host is scraped at the same second of every hour, as long as nothing happens.
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
    const [before, after] = [phases[next - 1], phases[next]];
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

/** How far apart scrapes usually are: what people write into a configuration, seconds. */
const USUAL_SPACINGS = [
  1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 24, 25, 30, 36, 40, 45, 48, 50, 60, 72, 75, 90, 100, 120, 144, 150,
  180, 200, 225, 240, 300, 360, 450, 600, 720, 900, 1_200, 1_800, 3_600,
];
/** An hour may hold one scrape more or less than it should. */
const ONE_SCRAPE = 1;

/** The usual time between two scrapes by how many there were in an hour, milliseconds; NaN for none. */
export function spacingOfCount(scrapesAnHour: number): number {
  if (!(scrapesAnHour > 0)) return Number.NaN;
  const seconds = 3600 / scrapesAnHour;
  const fitting = USUAL_SPACINGS.filter((usual) => Math.abs(3600 / usual - scrapesAnHour) <= ONE_SCRAPE);
  // Of several the one that people like best: the roundest.
  const round = [60, 30, 15, 300, 10, 20, 120, 600].find((usual) => fitting.includes(usual));
  const nearest = fitting.sort((a, b) => Math.abs(a - seconds) - Math.abs(b - seconds))[0];
  return Math.round((round ?? nearest ?? seconds) * 1000);
}
