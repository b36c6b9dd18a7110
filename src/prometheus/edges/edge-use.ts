import { HOUR_MS } from "../../usage/hour.js";
import type { StepGrid } from "../matrix.js";

/** CPU-seconds counted in all, by use; NaN where nothing is known. */
export interface Counted {
  readonly busy: Float64Array;
  readonly idle: Float64Array;
  /** Of modes that count as neither; zeros where there are none. */
  readonly ignored: Float64Array;
}

/** What is known of one row of hosts at the edges of hours. */
export interface RowEdges {
  /** When it was last scraped before each edge, UTC milliseconds; NaN where not known. */
  readonly scrapedAt: Float64Array;
  /** What had been counted then. */
  readonly before: Counted;
  /** What had been counted at the scrape after it. */
  readonly after: Counted;
  readonly spacingMs: number;
  /** CPUs that it shows, at most; NaN where not known. */
  readonly cores: number;
}

/** What a row used in each hour; NaN in an hour that its edges do not tell. CPU-seconds. */
export interface EdgeUse {
  readonly busy: Float64Array;
  readonly idle: Float64Array;
  readonly total: Float64Array;
}

/** Counters of CPUs that tick grow by a second a second: to a thousandth, or as they usually do on that host. */
const CLOCK_ERROR = 1e-3;
/** Kernels that lose or invent more than this share of the time are not believed. */
const HABIT = 0.02;
/** So many hours are a habit. */
const HABIT_HOURS = 5;
/** Between two scrapes around an edge no other is missing. */
const NEXT_SCRAPE = 1.6;
const CLOCK_JITTER_MS = 1_000;

/**
 * The use of each hour as the difference of the counters at its edges, each interpolated between the scrape before and
 * the scrape after. All modes together are a clock: if that does not show whole CPUs ticking all the hour, something
 * happened in it, and the hour is left to the raw samples.
 */
export function useBetweenEdges(row: RowEdges, edges: StepGrid): EdgeUse {
  const hours = edges.count - 1;
  const column = (): Float64Array => new Float64Array(hours).fill(Number.NaN);
  const use = { busy: column(), idle: column(), total: column() };
  const rates = clockRates(row, hours);
  const habit = habitOf(rates);
  for (let hour = 0; hour < hours; hour++) {
    const rate = rates[hour] as number;
    if (!isTicking(rate, habit) || rate > row.cores * (1 + HABIT)) continue;
    const start = interpolated(row, hour, edges, rate);
    const end = interpolated(row, hour + 1, edges, rate);
    if (start === undefined || end === undefined) continue;
    const [busy, idle, ignored] = [end.busy - start.busy, end.idle - start.idle, end.ignored - start.ignored];
    if (!(busy >= -ROUNDING && idle >= -ROUNDING && ignored >= -ROUNDING)) continue;
    use.busy[hour] = Math.max(0, busy);
    use.idle[hour] = Math.max(0, idle);
    use.total[hour] = busy + idle + ignored;
  }
  return use;
}

/** CPU-seconds: less than this is how numbers are rounded. */
const ROUNDING = 1e-6;

/** How many CPUs ticked between the last scrapes before two edges. */
function clockRates({ scrapedAt, before }: RowEdges, hours: number): Float64Array {
  const rates = new Float64Array(hours);
  for (let hour = 0; hour < hours; hour++) {
    const counted = countedAt(before, hour + 1) - countedAt(before, hour);
    rates[hour] = (counted * 1000) / ((scrapedAt[hour + 1] as number) - (scrapedAt[hour] as number));
  }
  return rates;
}

function countedAt({ busy, idle, ignored }: Counted, edge: number): number {
  return (busy[edge] as number) + (idle[edge] as number) + (ignored[edge] as number);
}

/** The middle of the rates, where there are enough of them; else NaN. */
function habitOf(rates: Float64Array): number {
  const known = rates.filter((rate) => rate > 0).sort();
  return known.length >= HABIT_HOURS ? (known[known.length >> 1] as number) : Number.NaN;
}

function isTicking(rate: number, habit: number): boolean {
  if (isWhole(rate, CLOCK_ERROR)) return true;
  return Math.abs(rate - habit) <= CLOCK_ERROR * habit && isWhole(habit, HABIT);
}

function isWhole(rate: number, error: number): boolean {
  const cpus = Math.round(rate);
  return cpus >= 1 && Math.abs(rate - cpus) <= error * cpus;
}

interface EdgeCounts {
  readonly busy: number;
  readonly idle: number;
  readonly ignored: number;
}

/** The counters at an edge, between the scrapes around it; `undefined` where there is no scrape after it. */
function interpolated(row: RowEdges, edge: number, edges: StepGrid, rate: number): EdgeCounts | undefined {
  const { before, after, spacingMs } = row;
  const sinceScrapeMs = edges.from + edge * HOUR_MS - (row.scrapedAt[edge] as number);
  const value = (counted: Counted, use: keyof Counted): number => counted[use][edge] as number;
  const at = (share: number): EdgeCounts | undefined => {
    const between = (use: keyof Counted): number =>
      share === 0
        ? value(before, use)
        : value(before, use) + (value(after, use) - value(before, use)) * share;
    return { busy: between("busy"), idle: between("idle"), ignored: between("ignored") };
  };
  if (sinceScrapeMs === 0) return at(0);
  const clockMs = ((countedAt(after, edge) - countedAt(before, edge)) * 1000) / rate;
  const apartMs = Math.abs(clockMs - spacingMs) <= HABIT * spacingMs ? spacingMs : clockMs;
  if (
    !(sinceScrapeMs > 0 && apartMs >= sinceScrapeMs && apartMs <= NEXT_SCRAPE * spacingMs + CLOCK_JITTER_MS)
  )
    return undefined;
  for (const use of ["busy", "idle", "ignored"] as const)
    if (value(after, use) < value(before, use) - ROUNDING) return undefined;
  return at(sinceScrapeMs / apartMs);
}
