import { describe, expect, it } from "vitest";
import { HOUR_MS } from "../../usage/hour.js";
import {
  isExactClock,
  type ScrapeAnchor,
  scrapeTimes,
  timesByCounters,
  usualSpacing,
} from "./scrape-times.js";

const NONE = Number.NaN;
const FROM = Date.UTC(2025, 8, 10);
const edge = (n: number): number => FROM + n * HOUR_MS;
/** Scraped so many milliseconds before an edge. */
const anchor = (n: number, beforeMs: number): ScrapeAnchor => ({ edge: n, scrapedAt: edge(n) - beforeMs });
const phasesOf = (times: Float64Array): number[] => Array.from(times, (time, n) => edge(n) - time);

describe("when a host was scraped before each edge", () => {
  const grid = { from: FROM, stepMs: HOUR_MS, count: 5 };
  it.each<[string, readonly ScrapeAnchor[], number[]]>([
    [
      "is at the same second of every hour",
      [anchor(0, 17_000), anchor(4, 17_000)],
      [17_000, 17_000, 17_000, 17_000, 17_000],
    ],
    [
      "may jitter by a second",
      [anchor(0, 17_000), anchor(4, 17_900)],
      [17_000, 17_000, 17_000, 17_000, 17_900],
    ],
    [
      "is not known between two that differ",
      [anchor(0, 17_000), anchor(4, 31_000)],
      [17_000, NONE, NONE, NONE, 31_000],
    ],
    [
      "is that of the only one there is",
      [anchor(2, 5_000), anchor(4, NONE)],
      [5_000, 5_000, 5_000, 5_000, 5_000],
    ],
    [
      "is known on the one side of a change",
      [anchor(0, 17_000), anchor(2, 17_000), anchor(4, 2_000)],
      [17_000, 17_000, 17_000, NONE, 2_000],
    ],
    ["is not known where nothing says", [anchor(0, NONE)], [NONE, NONE, NONE, NONE, NONE]],
  ])("%s", (_, anchors, expected) => {
    expect(phasesOf(scrapeTimes(anchors, grid))).toEqual(expected);
  });
});

describe("counters as a clock", () => {
  const anchors = [anchor(0, 17_000), anchor(2, 17_000), anchor(4, 17_000)];
  const ticking =
    (cpus: number, share = 1) =>
    (n: number) =>
      cpus * share * n * 3_600;
  it.each<[string, (n: number) => number, boolean | undefined]>([
    ["are exact, if whole CPUs tick", ticking(4), true],
    ["are not, if kernels lose a thousandth of the time", ticking(4, 0.999), false],
    ["say nothing, if half a CPU was there", ticking(2.5), undefined],
    ["say nothing, if nothing ticks", ticking(0), undefined],
    ["say nothing, if there are none", () => NONE, undefined],
    [
      "are judged where nothing happened: it booted in the first two hours",
      (n) => (n < 2 ? 1e6 : n * 7_200),
      true,
    ],
  ])("%s", (_, countedAt, expected) => {
    expect(isExactClock(anchors, countedAt)).toBe(expected);
  });

  it("that has one anchor says nothing", () => {
    expect(isExactClock([anchor(0, 17_000), anchor(4, NONE)], ticking(4))).toBeUndefined();
  });

  it("correct the times of scrapes that were not on time", () => {
    const late = [0, 120, -80, 300, 0];
    const times = Float64Array.from(late, (_, n) => edge(n) - 17_000);
    const countedAt = (n: number): number => 4 * (n * 3_600 + (late[n] ?? 0) / 1000);
    const corrected = timesByCounters(times, [anchor(0, 17_000)], countedAt);
    expect(phasesOf(corrected).map(Math.round)).toEqual(late.map((ms) => 17_000 - ms));
    // From the last anchor backwards it is the same.
    expect(phasesOf(timesByCounters(times, [anchor(4, 17_000)], countedAt)).map(Math.round)).toEqual(
      late.map((ms) => 17_000 - ms),
    );
  });

  it("say nothing beyond an hour in which something happened", () => {
    const times = Float64Array.from([0, 1, 2, 3], (n) => edge(n) - 17_000);
    const late = [0, 200, 200, 200];
    const countedAt = (n: number): number => 4 * (n * 3_600 + (late[n] ?? 0) / 1000) - (n >= 2 ? 1_000 : 0);
    expect(phasesOf(timesByCounters(times, [anchor(0, 17_000)], countedAt)).map(Math.round)).toEqual([
      17_000,
      16_800,
      Number.NaN,
      Number.NaN,
    ]);
  });
});

describe("the usual time between scrapes, by how many there were", () => {
  it.each<[string, inHour: number, inTenMinutes: number, seconds: number]>([
    ["a minute", 60, 10, 60],
    ["a minute, with one more than there should be", 61, 11, 60],
    ["a quarter of a minute", 240, 40, 15],
    ["two minutes", 30, 5, 120],
    ["five minutes", 12, 2, 300],
    ["a minute in an hour with a long gap", 30, 10, 60],
    ["a minute, where nothing else is known", NONE, 10, 60],
    ["a minute, if ten minutes have a gap", 60, 4, 60],
    ["77 seconds, which nobody writes, is near 75", 47, 8, 75],
    ["nothing", 0, 0, NONE],
    ["nothing known", NONE, NONE, NONE],
  ])("%s", (_, inHour, inTenMinutes, seconds) => {
    expect(usualSpacing(inHour, inTenMinutes)).toBe(seconds * 1000);
  });
});
