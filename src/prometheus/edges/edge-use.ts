import { HOUR_MS } from "../../usage/hour.js";
import { CPU_TIME_ERROR } from "../../usage/physical.js";
import { columnsInBlock } from "../../usage/series.js";
import type { StepGrid } from "../replies/matrix.js";

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
  /** Whether it is scraped more than once, so that scrapes are closer than that. */
  readonly hasSeveralTargets: boolean;
  /** Whether its counters are a clock as exact as the server's: then they say when it was scraped. */
  readonly hasExactClock: boolean;
  /** CPUs that it shows, at most; NaN where not known. */
  readonly cores: number;
}

/** What a row used in each hour; NaN in an hour that its edges do not tell. CPU-seconds. */
export interface EdgeUse {
  readonly busy: Float64Array;
  readonly idle: Float64Array;
  readonly total: Float64Array;
}

const CLOCK_JITTER_MS = 2_000;
/** Counters are read in hundredths of a second: a scrape so near to the full hour was at it. */
const CLOCK_READING_MS = 20;

/**
 * The use of each hour as the difference of the counters at its edges, each interpolated between the scrape before and
 * the scrape after. All modes together are a clock: if that does not show whole CPUs ticking all the hour, something
 * happened in it, and the hour is left to the raw samples.
 *
 * @param clockError How far from whole CPUs the clock may be, as a share: {@link usualClockError}.
 */
export function useBetweenEdges(row: RowEdges, edges: StepGrid, clockError: number): EdgeUse {
  const hours = edges.count - 1;
  const column = columnsInBlock(3, hours, Number.NaN);
  const use = { busy: column(), idle: column(), total: column() };
  const rates = clockRates(row, hours);
  for (let hour = 0; hour < hours; hour++) {
    const rate = rates[hour] as number;
    if (!(offWhole(rate) <= clockError) || rate > row.cores * (1 + CPU_TIME_ERROR)) continue;
    const start = shareOfStep(row, hour, edges, rate, clockError);
    const end = shareOfStep(row, hour + 1, edges, rate, clockError);
    const busy = between(row, "busy", hour + 1, end) - between(row, "busy", hour, start);
    const idle = between(row, "idle", hour + 1, end) - between(row, "idle", hour, start);
    const ignored = between(row, "ignored", hour + 1, end) - between(row, "ignored", hour, start);
    if (!(busy >= -ROUNDING && idle >= -ROUNDING && ignored >= -ROUNDING)) continue;
    use.busy[hour] = Math.max(0, busy);
    use.idle[hour] = Math.max(0, idle);
    use.total[hour] = busy + idle + ignored;
  }
  return use;
}

/** What kernels get wrong at least and at most, as a share of the time, for their counters to be a clock. */
const CLOCK_ERROR = { least: 1e-4, most: 0.01 };
/** So many times the error that three of four hours exceed is unusual. */
const UNUSUAL = 6;
/** Fewer hours of hosts than this do not say what is usual. */
const ENOUGH_HOURS = 5;

/**
 * How far the counters of hosts usually are from whole CPUs ticking. Bare kernels count to a ten-thousandth, virtual
 * ones lose up to a hundredth of the time: what is unusual depends on the cloud.
 */
export function usualClockError(rows: readonly RowEdges[], hours: number): number {
  const errors = new Float64Array(rows.length * hours);
  let count = 0;
  for (const row of rows) {
    const rates = clockRates(row, hours);
    for (let hour = 0; hour < hours; hour++) {
      const error = offWhole(rates[hour] as number);
      if (error <= CLOCK_ERROR.most) errors[count++] = error;
    }
  }
  if (count < ENOUGH_HOURS) return CLOCK_ERROR.least;
  // Not the middle: where something happened in most hours, the best of them still say how good the clocks are.
  const usual = errors.subarray(0, count).sort()[count >> 2] as number;
  return Math.min(Math.max(UNUSUAL * usual, CLOCK_ERROR.least), CLOCK_ERROR.most);
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

export function countedAt({ busy, idle, ignored }: Counted, edge: number): number {
  return (busy[edge] as number) + (idle[edge] as number) + (ignored[edge] as number);
}

/** How far from a whole number of CPUs, as a share of it; NaN where there is none. */
function offWhole(rate: number): number {
  const cpus = Math.round(rate);
  return cpus >= 1 ? Math.abs(rate - cpus) / cpus : Number.NaN;
}

/**
 * How far an edge lies from the scrape before it to the scrape after it, 0 to 1; NaN where there is no scrape after it,
 * or others are missing beside it.
 */
function shareOfStep(row: RowEdges, edge: number, edges: StepGrid, rate: number, clockError: number): number {
  const { before, after, spacingMs, hasSeveralTargets, hasExactClock } = row;
  const sinceScrapeMs = edges.from + edge * HOUR_MS - (row.scrapedAt[edge] as number);
  const clockMs = ((countedAt(after, edge) - countedAt(before, edge)) * 1000) / rate;
  const offMs = Math.max(CPU_TIME_ERROR, 2 * clockError) * spacingMs + CLOCK_JITTER_MS;
  const isUsual = Math.abs(clockMs - spacingMs) <= offMs;
  // Several targets make scrapes closer than that.
  if (!isUsual && !(hasSeveralTargets && clockMs < spacingMs)) return Number.NaN;
  // What was scraped at the full hour is what counted then; the scrape after it shows that as many CPUs tick.
  if (Math.abs(sinceScrapeMs) <= CLOCK_READING_MS) return 0;
  const apartMs = isUsual && !hasSeveralTargets && !hasExactClock ? spacingMs : clockMs;
  const isBetween = sinceScrapeMs > 0 && sinceScrapeMs <= apartMs + CLOCK_READING_MS;
  return isBetween ? Math.min(1, sinceScrapeMs / apartMs) : Number.NaN;
}

/** What had been counted of one use at an edge: NaN where that is not known, or the counters fell there. */
function between({ before, after }: RowEdges, use: keyof Counted, edge: number, share: number): number {
  const value = before[use][edge] as number;
  if (share === 0) return value;
  const gained = (after[use][edge] as number) - value;
  return gained < -ROUNDING ? Number.NaN : value + gained * share;
}

/** What two rows that are one machine say together: of the scrapes around each edge the nearest ones. */
export function unitedEdges(a: RowEdges, b: RowEdges): RowEdges {
  const edges = a.scrapedAt.length;
  const empty = (): Counted => ({
    busy: new Float64Array(edges),
    idle: new Float64Array(edges),
    ignored: new Float64Array(edges),
  });
  const united = {
    ...a,
    hasSeveralTargets: true,
    scrapedAt: new Float64Array(edges),
    before: empty(),
    after: empty(),
  };
  const copy = (from: Counted, to: Counted, edge: number): void => {
    for (const use of ["busy", "idle", "ignored"] as const) to[use][edge] = from[use][edge] as number;
  };
  for (let edge = 0; edge < edges; edge++) {
    const later =
      (b.scrapedAt[edge] as number) > (a.scrapedAt[edge] as number) || Number.isNaN(a.scrapedAt[edge])
        ? b
        : a;
    united.scrapedAt[edge] = later.scrapedAt[edge] as number;
    copy(later.before, united.before, edge);
    const [fromA, fromB] = [countedAt(a.after, edge), countedAt(b.after, edge)];
    copy(fromB < fromA || Number.isNaN(fromA) ? b.after : a.after, united.after, edge);
  }
  return united;
}
