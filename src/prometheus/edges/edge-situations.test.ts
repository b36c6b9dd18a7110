import { describe, expect, it } from "vitest";
import { HOUR_MS } from "../../usage/hour.js";
import {
  type Counted,
  type EdgeUse,
  type RowEdges,
  unitedEdges,
  useBetweenEdges,
  usualClockError,
} from "./edge-use.js";

const NONE = Number.NaN;
const FROM = Date.UTC(2025, 8, 10);
const EDGES = { from: FROM, stepMs: HOUR_MS, count: 3 };
const SPACING = 60;
const CPUS = 4;
const EXACT = 1e-4;

/** Busy CPU-seconds of a host of four CPUs at a second: half of one more in each hour. */
const busyAt = (second: number): number =>
  1_000 + second * (second < 3_600 ? 0.5 : 1) - (second < 3_600 ? 0 : 1_800);
const idleAt = (second: number): number => 50_000 + CPUS * second - busyAt(second);

/** What a host said that was scraped so many seconds before and after each edge. */
function rowOf(
  beforeSeconds: readonly number[],
  afterSeconds = beforeSeconds.map((s) => SPACING - s),
): RowEdges {
  const counted = (seconds: readonly number[]): Counted => ({
    busy: Float64Array.from(seconds, busyAt),
    idle: Float64Array.from(seconds, idleAt),
    ignored: new Float64Array(seconds.length),
  });
  const earlier = beforeSeconds.map((s, n) => n * 3_600 - s);
  return {
    scrapedAt: Float64Array.from(earlier, (second) => FROM + second * 1000),
    before: counted(earlier),
    after: counted(afterSeconds.map((s, n) => n * 3_600 + s)),
    spacingMs: SPACING * 1000,
    hasSeveralTargets: false,
    hasExactClock: false,
    cores: CPUS,
  };
}

const rounded = ({ busy, idle, total }: EdgeUse): number[][] =>
  [busy, idle, total].map((column) => Array.from(column, (value) => Math.round(value * 1e6) / 1e6));
/** The straight line between two scrapes around an edge that the load changes at is off by what lies between them. */
const WHOLE = [
  [1_800, 3_600],
  [12_600, 10_800],
  [14_400, 14_400],
];

describe("the use of hours by their edges", () => {
  it("is exact, if scrapes are on the edges", () => {
    expect(rounded(useBetweenEdges(rowOf([0, 0, 0]), EDGES, EXACT))).toEqual(WHOLE);
  });

  it("adds up from edge to edge, whatever the phase of the scrapes", () => {
    for (const phase of [1, 17, 30, 59]) {
      const [busy = [], , total] = rounded(useBetweenEdges(rowOf([phase, phase, phase]), EDGES, EXACT));
      expect(total).toEqual([14_400, 14_400]);
      // Between the scrapes around the edge in the middle nobody knows when the load changed.
      const unknown = (0.5 * phase * (SPACING - phase)) / SPACING;
      expect(busy[0]).toBeCloseTo(1_800 + unknown, 6);
      expect(busy[1]).toBeCloseTo(3_600 - unknown, 6);
    }
  });

  const change = (row: RowEdges, changes: Partial<RowEdges>): RowEdges => ({ ...row, ...changes });
  const moved = (
    counted: Counted,
    use: keyof Counted,
    edges: readonly number[],
    seconds: number,
  ): Counted => ({
    ...counted,
    [use]: counted[use].map((value, edge) => (edges.includes(edge) ? value + seconds : value)),
  });
  const row = rowOf([17, 17, 17]);
  const missing = (counted: Counted, edge: number): Counted => moved(counted, "busy", [edge], NONE);

  it.each<[string, RowEdges, [first: boolean, second: boolean]]>([
    ["in which nothing happened are told", row, [true, true]],
    [
      "that begin before the host are not",
      change(row, { before: missing(row.before, 0), after: missing(row.after, 0) }),
      [false, true],
    ],
    ["are not, if no scrape is after an edge", change(row, { after: missing(row.after, 2) }), [true, false]],
    [
      "are not, if the scrape before the edge in the middle is missing",
      rowOf([17, 77, 17], [43, 43, 43]),
      [false, false],
    ],
    [
      "are not, if the scrape after the edge in the middle is missing",
      rowOf([17, 17, 17], [43, 103, 43]),
      [false, false],
    ],
    [
      "are not, if all counters start anew",
      change(row, {
        before: moved(moved(row.before, "busy", [1, 2], -1_500), "idle", [1, 2], -60_000),
        after: moved(moved(row.after, "busy", [1, 2], -1_500), "idle", [1, 2], -60_000),
      }),
      [false, true],
    ],
    [
      "are not, if one counter fell by two seconds",
      change(row, {
        before: moved(row.before, "idle", [1, 2], -2),
        after: moved(row.after, "idle", [1, 2], -2),
      }),
      [false, true],
    ],
    [
      "are not, if a CPU came in the middle of one",
      change(row, {
        before: moved(row.before, "idle", [2], 1_800),
        after: moved(row.after, "idle", [2], 1_860),
      }),
      [true, false],
    ],
    ["are not, if more CPUs ticked than there are", change(row, { cores: 3 }), [false, false]],
    [
      "are, if nothing says how many there are",
      change(row, { cores: Number.POSITIVE_INFINITY }),
      [true, true],
    ],
    [
      "are not, if busy time fell as much as idle time jumped",
      change(row, {
        before: moved(moved(row.before, "busy", [2], -9_000), "idle", [2], 9_000),
        after: moved(moved(row.after, "busy", [2], -9_000), "idle", [2], 9_000),
      }),
      [true, false],
    ],
    [
      "are not, if a counter fell between the scrapes around an edge",
      change(row, { after: moved(moved(row.after, "busy", [2], -100), "idle", [2], 100) }),
      [true, false],
    ],
    [
      "are not, if nothing says when it was scraped",
      change(row, { scrapedAt: Float64Array.from(row.scrapedAt, (time, n) => (n === 1 ? NONE : time)) }),
      [false, false],
    ],
  ])("%s", (_, row, told) => {
    const { busy, idle, total } = useBetweenEdges(row, EDGES, EXACT);
    for (const column of [busy, idle, total])
      expect(Array.from(column, (value) => !Number.isNaN(value))).toEqual(told);
  });

  it("are told by two targets whose scrapes are closer than usual", () => {
    const close = rowOf([17, 17, 17], [13, 13, 13]);
    expect(rounded(useBetweenEdges(close, EDGES, EXACT))[2]).toEqual([NONE, NONE]);
    const several = { ...close, hasSeveralTargets: true };
    expect(rounded(useBetweenEdges(several, EDGES, EXACT))[2]).toEqual([14_400, 14_400]);
  });
});

describe("how far counters usually are from whole CPUs", () => {
  const losing = (share: number): RowEdges => {
    const row = rowOf([0, 0, 0]);
    const idle = row.before.idle.map((value, n) => value - share * CPUS * n * 3_600);
    return { ...row, before: { ...row.before, idle } };
  };
  it.each<[string, readonly number[], number]>([
    ["a ten-thousandth at least", [0, 0, 0, 0], 1e-4],
    ["six times what three of four exceed", [0.001, 0.001, 0.001, 0.005, 0.005], 0.006],
    [
      "six times what the best quarter has, if something happened to most",
      [0.001, 0.001, 0.009, 0.009, 0.009],
      0.006,
    ],
    ["a hundredth at most", [0.005, 0.005, 0.005], 0.01],
    ["a ten-thousandth, if there are too few to say", [0.001, 0.001], 1e-4],
    [
      "what is far off is no clock at all, and does not count",
      [0.001, 0.001, 0.001, 0.3, 0.4, 0.4, 0.4],
      0.006,
    ],
  ])("%s", (_, shares, expected) => {
    expect(usualClockError(shares.map(losing), 2)).toBeCloseTo(expected, 9);
  });
});

describe("two rows that are one machine", () => {
  it("say together what the nearest scrapes say", () => {
    const [a, b] = [rowOf([50, 50, 50]), rowOf([20, 20, 20])];
    for (const united of [unitedEdges(a, b), unitedEdges(b, a)]) {
      expect(Array.from(united.scrapedAt, (time, n) => FROM + n * HOUR_MS - time)).toEqual([
        20_000, 20_000, 20_000,
      ]);
      expect(united.after.busy).toEqual(a.after.busy);
      const [busy = [], , total] = rounded(useBetweenEdges(united, EDGES, EXACT));
      expect(total).toEqual([14_400, 14_400]);
      expect(busy[0]).toBeCloseTo(1_800 + (0.5 * 20 * 10) / 30, 6);
    }
  });

  it("are told by the one where the other was not scraped", () => {
    const [a, b] = [rowOf([50, 50, 50]), rowOf([20, 20, 20])];
    const gone = (counted: Counted): Counted => ({ ...counted, busy: counted.busy.map(() => NONE) });
    const absent = {
      ...b,
      scrapedAt: b.scrapedAt.map(() => NONE),
      before: gone(b.before),
      after: gone(b.after),
    };
    for (const united of [unitedEdges(a, absent), unitedEdges(absent, a)])
      expect(rounded(useBetweenEdges(united, EDGES, EXACT))).toEqual(
        rounded(useBetweenEdges(a, EDGES, EXACT)),
      );
  });
});
