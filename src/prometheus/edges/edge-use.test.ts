import { describe, expect, it } from "vitest";
import { HOUR_MS } from "../../usage/hour.js";
import { type Counted, countedAt, type RowEdges, useBetweenEdges, usualClockError } from "./edge-use.js";
import { isExactClock, scrapeTimes, timesByCounters, usualSpacing } from "./scrape-times.js";

const FROM = Date.UTC(2025, 8, 10);
const HOURS = 6;
const SPACING_MS = 60_000;
const EDGES = { from: FROM, stepMs: HOUR_MS, count: HOURS + 1 };
const CPUS = 4;

/** Counters of a host as kernels say them: in hundredths of a second, 30% busy, and more from hour to hour. */
function countedUntil(time: number): { busy: number; idle: number } {
  const seconds = (time - FROM) / 1000 + 1e6;
  const busy = CPUS * seconds * 0.3 + 500 * Math.sin(seconds / 5000);
  const hundredths = (value: number): number => Math.round(value * 100) / 100;
  return { busy: hundredths(busy), idle: hundredths(CPUS * seconds - busy) };
}

function countedAtTimes(times: readonly number[]): Counted {
  const columns = times.map(countedUntil);
  return {
    busy: Float64Array.from(columns, ({ busy }) => busy),
    idle: Float64Array.from(columns, ({ idle }) => idle),
    ignored: new Float64Array(times.length),
  };
}

/** A host that is scraped so long before every full hour; what was said of it, and nothing more. */
function rowScrapedBefore(phaseMs: number): RowEdges {
  const scraped = Array.from({ length: HOURS + 1 }, (_, edge) => FROM + edge * HOUR_MS - phaseMs);
  const before = countedAtTimes(scraped);
  const after = countedAtTimes(scraped.map((time) => time + SPACING_MS));
  const anchors = [0, HOURS].map((edge) => ({ edge, scrapedAt: scraped[edge] ?? Number.NaN }));
  const times = scrapeTimes(anchors, EDGES);
  const counted = (edge: number): number => countedAt(before, edge);
  const hasExactClock = isExactClock(anchors, counted) === true;
  return {
    scrapedAt: hasExactClock ? timesByCounters(times, anchors, counted) : times,
    hasExactClock,
    hasSeveralTargets: false,
    before,
    after,
    spacingMs: SPACING_MS,
    cores: CPUS,
  };
}

describe("an hour in which nothing happened", () => {
  it.each([0, 1, 7, 500, 30_000, 59_990, 59_999])(
    "is told by its edges, scraped %i ms before them",
    (phaseMs) => {
      const row = rowScrapedBefore(phaseMs);
      const use = useBetweenEdges(row, EDGES, usualClockError([row], HOURS));
      for (let hour = 0; hour < HOURS; hour++) {
        expect(Math.abs((use.total[hour] as number) / (CPUS * 3600) - 1)).toBeLessThan(1e-5);
        const [start, end] = [countedUntil(FROM + hour * HOUR_MS), countedUntil(FROM + (hour + 1) * HOUR_MS)];
        expect(Math.abs((use.busy[hour] as number) - (end.busy - start.busy))).toBeLessThan(
          CPUS * 3600 * 1e-4,
        );
      }
    },
  );

  it("adds up to the day, whatever lies in between", () => {
    const row = rowScrapedBefore(12_345);
    const use = useBetweenEdges(row, EDGES, usualClockError([row], HOURS));
    const sum = use.busy.reduce((total, busy) => total + busy, 0);
    const whole = countedUntil(FROM + HOURS * HOUR_MS).busy - countedUntil(FROM).busy;
    expect(Math.abs(sum - whole)).toBeLessThan(0.1);
  });
});

describe("an hour in which something happened is left to the raw samples", () => {
  const without = (change: (row: RowEdges) => void): boolean[] => {
    const row = rowScrapedBefore(12_345);
    change(row);
    const use = useBetweenEdges(row, EDGES, usualClockError([row], HOURS));
    return [...use.total].map((total) => Number.isNaN(total));
  };

  const later = (use: "busy" | "idle", seconds: number) => (row: RowEdges) => {
    for (let edge = 3; edge <= HOURS; edge++)
      row.before[use][edge] = (row.before[use][edge] as number) - seconds;
  };
  it.each([
    ["a counter fell", later("busy", 20)],
    ["a CPU stood still for a while", later("idle", 900)],
  ])("%s", (_, change) => {
    expect(without(change)[2]).toBe(true);
    expect(without(change)[0]).toBe(false);
  });

  it("no scrape after an edge", () => {
    expect(
      without((row) => {
        for (const use of ["busy", "idle"] as const) row.after[use][3] = row.before[use][3] as number;
      }),
    ).toEqual([false, false, true, true, false, false]);
  });
});

it.each([
  [60, 10, 60],
  [61, 11, 60],
  [59, 10, 60],
  [240, 40, 15],
  [12, 2, 300],
  [6, 1, 600],
  [30, 10, 60],
  [Number.NaN, 10, 60],
])("%i scrapes an hour and %i in ten minutes are %i s apart", (inHour, inTenMinutes, seconds) => {
  expect(usualSpacing(inHour, inTenMinutes)).toBe(seconds * 1000);
});
