import { describe, expect, it } from "vitest";
import { HOUR_MS } from "../usage/hour.js";
import { type Sightings, scrapeSpacing, turningHours, upTimes } from "./presence.js";

const MINUTE = 60_000;
const T0 = Date.UTC(2025, 8, 10);
const HOURS = [0, 1, 2, 3].map((n) => T0 + n * HOUR_MS);
const at = (minutes: number): number => T0 + minutes * MINUTE;

/** What is seen of a host that was up in `spans` (minutes, each with its boot) and scraped in every minute not in `unscraped`. */
function watch(spans: readonly [number, number][], unscraped: readonly [number, number][] = []): Sightings {
  const inside = (list: readonly [number, number][], m: number): boolean =>
    list.some(([a, b]) => m >= a && m < b);
  const scrapes = Array.from({ length: 6 * 60 }, (_, i) => i - 60 + 0.5).filter(
    (m) => inside(spans, m) && !inside(unscraped, m),
  );
  const bootOf = (m: number): number => at(spans.findLast(([a]) => a <= m)?.[0] ?? Number.NaN);
  const column = (value: (of: number[]) => number): Float64Array =>
    Float64Array.from(HOURS, (_, h) => {
      const seen = scrapes.filter((m) => m >= h * 60 && m < (h + 1) * 60);
      return seen.length === 0 ? Number.NaN : value(seen);
    });
  const after = scrapes.filter((m) => m >= 240);
  return {
    cores: column(() => 4),
    scrapes: column((seen) => seen.length),
    first: column((seen) => at(seen[0] ?? 0)),
    last: column((seen) => at(seen.at(-1) ?? 0)),
    bootFirst: column((seen) => bootOf(seen[0] ?? 0)),
    bootLast: column((seen) => bootOf(seen.at(-1) ?? 0)),
    seenBefore: scrapes.some((m) => m < 0),
    seenAfter: after.length > 0,
    bootAfter: bootOf(after[0] ?? Number.NaN),
  };
}

const minutesUp = (seen: Sightings): number[] =>
  [...upTimes(HOURS, seen, MINUTE).milliseconds].map((ms) => ms / MINUTE);
const LONG_UP: [number, number] = [-9999, 9999];

describe("minutes a host was up", () => {
  it("all of them, scraped or not, when its boot is older than the gap", () => {
    expect(minutesUp(watch([LONG_UP]))).toEqual([60, 60, 60, 60]);
    // 45 minutes across two hours, then a gap of more than an hour, then one at the end of the chunk.
    expect(minutesUp(watch([LONG_UP], [[37, 82]]))).toEqual([60, 60, 60, 60]);
    expect(minutesUp(watch([LONG_UP], [[50, 190]]))).toEqual([60, 60, 60, 60]);
    expect(minutesUp(watch([LONG_UP], [[200, 270]]))).toEqual([60, 60, 60, 60]);
    expect(minutesUp(watch([LONG_UP], [[-30, 130]]))).toEqual([60, 60, 60, 60]);
  });

  it("from its first scrape, when it comes", () => {
    expect(minutesUp(watch([[80, 9999]]))).toEqual([0, 39.5, 60, 60]);
  });

  it("and when in the hour that was", () => {
    const { from, to } = upTimes(HOURS, watch([[80, 9999]]), MINUTE);
    expect([...from].map((ms) => (ms - T0) / MINUTE)).toEqual([Number.NaN, 80.5, 120, 180]);
    expect([...to].map((ms) => (ms - T0) / MINUTE)).toEqual([Number.NaN, 120, 180, 240]);
  });

  it("from its boot, when scraping began long after it", () => {
    expect(minutesUp(watch([[70, 9999]], [[70, 100]]))).toEqual([0, 50, 60, 60]);
  });

  it("not before it was first seen, even if it was up: nobody knew it", () => {
    expect(minutesUp(watch([LONG_UP], [[-60, 90]]))).toEqual([0, 60, 60, 60]);
  });

  it("until its last scrape, when it goes for good", () => {
    expect(minutesUp(watch([[-9999, 80]]))).toEqual([60, 19.5, 0, 0]);
    expect(
      minutesUp(
        watch([
          [-9999, 80],
          [200, 9999],
        ]),
      ),
    ).toEqual([60, 19.5, 0, 39.5]);
  });

  it("less the time down, when it reboots within the hour", () => {
    const [, rebooted] = minutesUp(
      watch([
        [-9999, 80],
        [85, 9999],
      ]),
    );
    expect(rebooted).toBeCloseTo(55, 5);
  });

  it("keeps the unscraped edge in sight when it also reboots", () => {
    const seen = watch(
      [
        [-9999, 100],
        [105, 9999],
      ],
      [[60, 82]],
    );
    expect(minutesUp(seen)[1]).toBeCloseTo(55, 5);
  });

  it("none for a single scrape on its way in or out: no increase can be measured", () => {
    expect(minutesUp(watch([[59.4, 9999]]))).toEqual([0, 60, 60, 60]);
    expect(minutesUp(watch([[-9999, 60.9]]))).toEqual([60, 0, 0, 0]);
  });

  it("takes a clock correction of a second for no reboot", () => {
    const seen = watch([LONG_UP]);
    seen.bootLast[1] = (seen.bootLast[1] ?? 0) + 1000;
    expect(minutesUp(seen)).toEqual([60, 60, 60, 60]);
  });

  it("does without the boot time metric: what is seen on both sides of a gap was up", () => {
    const seen = watch(
      [LONG_UP],
      [
        [37, 82],
        [120, 180],
      ],
    );
    for (const column of [seen.first, seen.last, seen.bootFirst, seen.bootLast]) column.fill(Number.NaN);
    expect(minutesUp({ ...seen, bootAfter: Number.NaN })).toEqual([60, 60, 60, 60]);
  });
});

describe("hours to look at closely", () => {
  /** As before a closer look: of each hour only its latest boot is known, and no scrape. */
  const roughly = (seen: Sightings): Sightings => {
    const unknown = new Float64Array(HOURS.length).fill(Number.NaN);
    return { ...seen, bootFirst: seen.bootLast, first: unknown, last: unknown };
  };

  it.each<[string, [number, number][], [number, number][], number[]]>([
    ["none of a host that is up all along", [LONG_UP], [[37, 82]], []],
    ["the one it comes in", [[80, 9999]], [], [1]],
    ["the one it goes in", [[-9999, 80]], [], [1]],
    ["both when it stays for some hours", [[30, 130]], [], [0, 2]],
    [
      "those it goes and comes back in",
      [
        [-9999, 80],
        [200, 9999],
      ],
      [],
      [1, 3],
    ],
    [
      "the one it reboots in, and the one before: it may have gone then",
      [
        [-9999, 80],
        [85, 9999],
      ],
      [],
      [0, 1],
    ],
    ["the last one with scrapes when it is not seen again", [LONG_UP], [[130, 9999]], [2]],
  ])("%s", (_, spans, unscraped, turning) => {
    const seen = watch(spans, unscraped);
    expect(turningHours(HOURS, roughly(seen))).toEqual(turning);
    // What is looked at there is all there is to know.
    const looked = roughly(seen);
    const only = (column: Float64Array, otherwise: Float64Array): Float64Array =>
      column.map((value, i) => (turning.includes(i) ? value : (otherwise[i] ?? Number.NaN)));
    const closer = {
      ...looked,
      first: only(seen.first, looked.first),
      last: only(seen.last, looked.last),
      bootFirst: only(seen.bootFirst, looked.bootFirst),
    };
    expect(upTimes(HOURS, closer, MINUTE)).toEqual(upTimes(HOURS, seen, MINUTE));
  });
});

it("the spacing of scrapes is that of a usual hour where no two scrapes were looked at", () => {
  expect(scrapeSpacing([watch([LONG_UP], [[70, 100]]), watch([LONG_UP])])).toBe(MINUTE);
  expect(scrapeSpacing([])).toBe(MINUTE);
});
