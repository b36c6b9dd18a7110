import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DAY_MS, HOUR_MS, type Interval, parseInstant } from "../usage/hour.js";
import { cachedIntensity, planRequests } from "./cache.js";
import { memoryIntensityCache } from "./cache-port.js";
import { gbCarbonIntensity } from "./gb.js";
import { uncovered } from "./periods.js";
import type { IntensityPeriod, IntensitySource } from "./port.js";

const HALF = HOUR_MS / 2;
const MINUTE = 60_000;
const T = parseInstant("2025-09-10T00:00Z");

/** A grid that knows every half hour except some, measured once it is over, with a clock to set. */
function world(options: { hasActual?: boolean; missing?: (from: number) => boolean } = {}) {
  const { hasActual = true, missing = () => false } = options;
  const state = { now: T + 30 * DAY_MS, value: 100, failing: false, asked: [] as Interval[] };
  const clock = (): number => state.now;
  const list = async (interval: Interval): Promise<IntensityPeriod[]> => {
    state.asked.push({ from: interval.from, to: interval.to });
    if (state.failing) throw new Error("the grid is down");
    const periods: IntensityPeriod[] = [];
    for (let from = Math.floor(interval.from / HALF) * HALF; from < interval.to; from += HALF) {
      const kind = hasActual && from + HALF <= state.now ? "actual" : "forecast";
      if (!missing(from))
        periods.push({ from, to: from + HALF, gco2eqPerKwh: state.value, kind, fetchedAt: state.now });
    }
    return periods;
  };
  const grid: IntensitySource = {
    id: "grid",
    hasActual,
    periods: list,
    forecast: (from, hours) => list({ from, to: from + Math.min(hours, 48) * HOUR_MS }),
  };
  const cache = memoryIntensityCache();
  return { state, grid, cache, cached: cachedIntensity(grid, cache, { clock }), clock };
}

const day = { from: T, to: T + DAY_MS };

describe("cachedIntensity", () => {
  test("a settled day is asked for once, also by another object over the same cache", async () => {
    const { state, grid, cache, cached, clock } = world();
    const first = await cached.periods(day);
    expect(first).toHaveLength(48);
    state.now += 300 * DAY_MS;
    expect(await cached.periods(day)).toEqual(first);
    expect(await cachedIntensity(grid, cache, { clock }).periods(day)).toEqual(first);
    expect(state.asked).toEqual([day]);
  });

  test("only what is missing is asked for, in one piece", async () => {
    const { state, cached } = world();
    await cached.periods({ from: T + 6 * HOUR_MS, to: T + 12 * HOUR_MS });
    state.asked.length = 0;
    expect(await cached.periods({ from: T, to: T + 9 * HOUR_MS })).toHaveLength(18);
    expect(state.asked).toEqual([{ from: T, to: T + 6 * HOUR_MS }]);
  });

  test("what may still be revised is asked for again, but not within five minutes", async () => {
    const { state, cached } = world();
    state.now = day.to + HOUR_MS;
    await cached.periods(day);
    state.now += 4 * MINUTE;
    state.value = 200;
    expect((await cached.periods(day))[0]?.gco2eqPerKwh).toBe(100);
    state.now += MINUTE;
    expect((await cached.periods(day)).map((p) => p.gco2eqPerKwh)).toEqual(Array(48).fill(200));
    expect(state.asked).toEqual([day, day]);
  });

  test("a day becomes settled half hour by half hour", async () => {
    const { state, cached } = world();
    state.now = T + 48 * HOUR_MS + 12 * HOUR_MS;
    await cached.periods(day);
    state.now += 10 * DAY_MS;
    await cached.periods(day);
    expect(state.asked).toEqual([day, { from: T + 12 * HOUR_MS, to: day.to }]);
  });

  test("a forecast is not settled by age where the source measures, and is where it does not", async () => {
    for (const [hasActual, requests] of [
      [true, 2],
      [false, 1],
    ] as const) {
      const { state, grid, cache, clock } = world({ hasActual });
      const old: IntensityPeriod = {
        from: T,
        to: T + HALF,
        gco2eqPerKwh: 1,
        kind: "forecast",
        fetchedAt: state.now,
      };
      let asked = 0;
      const periods = async () => {
        asked += 1;
        return [{ ...old, fetchedAt: state.now }];
      };
      const stubborn = { ...grid, periods };
      const cached = cachedIntensity(stubborn, cache, { clock });
      await cached.periods(old);
      state.now += HOUR_MS;
      await cached.periods(old);
      expect(asked).toBe(requests);
    }
  });

  test("what the source does not know is remembered for five minutes", async () => {
    const { state, cached } = world({ missing: (from) => from >= T + 6 * HOUR_MS && from < T + 7 * HOUR_MS });
    expect(await cached.periods(day)).toHaveLength(46);
    expect(await cached.periods(day)).toHaveLength(46);
    expect(state.asked).toHaveLength(1);
    state.now += 5 * MINUTE;
    expect(await cached.periods(day)).toHaveLength(46);
    expect(state.asked).toEqual([day, { from: T + 6 * HOUR_MS, to: T + 7 * HOUR_MS }]);
  });

  test("a settled value stands even if it is within a range that is asked for again", async () => {
    const hole = (from: number): boolean => from === T || from === day.to - HALF;
    const { state, cached } = world({ missing: hole });
    await cached.periods(day);
    state.now += HOUR_MS;
    state.value = 999;
    expect(new Set((await cached.periods(day)).map((p) => p.gco2eqPerKwh))).toEqual(new Set([100]));
    expect(state.asked).toEqual([day, day]);
  });

  test("a failure is a failure, even over an old value; what had arrived is kept", async () => {
    const { state, cached } = world();
    state.now = day.to + HOUR_MS;
    await cached.periods(day);
    state.now += HOUR_MS;
    state.failing = true;
    await expect(cached.periods(day)).rejects.toThrow("the grid is down");
    state.failing = false;
    expect(await cached.periods(day)).toHaveLength(48);
  });

  test("a long run that fails goes on from where it came to", async () => {
    const { state, grid, cache, clock } = world();
    state.now = T + 200 * DAY_MS;
    const long = { from: T, to: T + 100 * DAY_MS };
    const periods: IntensitySource["periods"] = async (interval) => {
      state.failing = interval.from > T + 50 * DAY_MS;
      return grid.periods(interval);
    };
    await expect(cachedIntensity({ ...grid, periods }, cache, { clock }).periods(long)).rejects.toThrow();
    state.failing = false;
    state.asked.length = 0;
    expect(await cachedIntensity(grid, cache, { clock }).periods(long)).toHaveLength(100 * 48);
    expect(state.asked[0]?.from).toBe(T + 56 * DAY_MS);
  });

  test("forecast is not asked for again within five minutes, even if it stopped short", async () => {
    const { state, cached } = world();
    state.now = T;
    const first = await cached.forecast?.(T, 60);
    expect(first).toHaveLength(96);
    state.now += MINUTE;
    expect(await cached.forecast?.(T, 60)).toEqual(first);
    expect(await cached.forecast?.(T + HOUR_MS, 3)).toHaveLength(6);
    expect(state.asked).toHaveLength(1);
    state.now += 4 * MINUTE;
    await cached.forecast?.(T, 60);
    expect(state.asked).toHaveLength(2);
  });

  test("has no forecast where the source has none", () => {
    const { grid } = world();
    const { forecast: _, ...listing } = grid;
    expect("forecast" in cachedIntensity(listing, memoryIntensityCache())).toBe(false);
  });

  test("an aborted signal and a reversed interval reject, and reach the source", async () => {
    const { state, cached } = world();
    const reason = new Error("enough");
    await expect(cached.periods(day, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    await expect(cached.periods({ from: 2, to: 1 })).rejects.toMatchObject({ code: "bad-input" });
    expect(state.asked).toEqual([]);
  });

  test("of two periods for one half hour it keeps the one that the rule says, whole, and says so", async () => {
    const { grid, cache, clock, state } = world();
    const one = { from: T, to: T + HALF, kind: "actual" as const, fetchedAt: state.now };
    const periods = [
      { ...one, to: T + HOUR_MS, gco2eqPerKwh: 90 },
      { ...one, gco2eqPerKwh: 101 },
    ];
    for (const answer of [periods, periods.toReversed()]) {
      const warnings: string[] = [];
      const cached = cachedIntensity({ ...grid, periods: async () => answer }, cache, { clock });
      const hour = { from: T, to: T + HOUR_MS };
      const given = await cached.periods(hour, { onWarning: (message) => warnings.push(message) });
      expect(given.map(({ to, gco2eqPerKwh }) => [to - T, gco2eqPerKwh])).toEqual([
        [HALF, 101],
        [HOUR_MS, 90],
      ]);
      expect(warnings).toEqual(answer === periods ? [expect.stringMatching(/90 and 101/)] : []);
    }
  });

  test("a clock that was set back makes nothing fresh", async () => {
    const { state, cached } = world();
    state.now = day.to;
    await cached.periods(day);
    state.now -= HOUR_MS;
    await cached.periods(day);
    expect(state.asked).toHaveLength(2);
  });

  test("a year of the GB service: at most 27 requests, then none", async () => {
    let requests = 0;
    const fetch: typeof globalThis.fetch = async (input) => {
      requests += 1;
      const [from = "", to = ""] = new URL((input as Request).url).pathname.split("/").slice(2);
      const data = [];
      for (let end = parseInstant(from); end <= parseInstant(to); end += HALF) {
        const bounds = { from: new Date(end - HALF).toISOString(), to: new Date(end).toISOString() };
        data.push({ ...bounds, intensity: { forecast: 1, actual: 2 } });
      }
      return Response.json({ data });
    };
    const clock = (): number => parseInstant("2026-01-10T00:00Z");
    const cached = cachedIntensity(gbCarbonIntensity({ fetch, clock }), memoryIntensityCache(), { clock });
    // Off the grid of half hours, which adds one to them, but no request.
    const year = { from: parseInstant("2024-12-31T00:10Z"), to: parseInstant("2026-01-01T00:10Z") };
    expect(await cached.periods(year)).toHaveLength(366 * 48 + 1);
    expect(requests).toBeLessThanOrEqual(27);
    requests = 0;
    expect(await cached.periods(year)).toHaveLength(366 * 48 + 1);
    expect(requests).toBe(0);
  });

  test("whatever is asked for in whatever order, the answer is the source's, and nothing settled twice", async () => {
    const slot = fc.tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 40 }));
    await fc.assert(
      fc.asyncProperty(fc.array(slot, { maxLength: 8 }), async (slots) => {
        const { state, grid, cache, clock } = world({ missing: (from) => (from / HALF) % 7 === 0 });
        const cached = cachedIntensity(grid, cache, { clock, bridgeMs: 0 });
        for (const [start, length] of slots) {
          const interval = { from: T + start * HALF, to: T + (start + length) * HALF };
          const answer = await cached.periods(interval);
          const asked = [...state.asked];
          expect(answer).toEqual(await grid.periods(interval));
          state.asked = asked;
        }
        const halves = state.asked.flatMap(({ from, to }) =>
          Array.from({ length: (to - from) / HALF }, (_, i) => from + i * HALF),
        );
        expect(new Set(halves).size).toBe(halves.length);
      }),
    );
  });
});

test("planRequests cuts a long stretch on the hour", () => {
  const start = T + 10 * MINUTE;
  expect(planRequests([{ from: start, to: T + 5 * HOUR_MS }], 0, 2 * HOUR_MS)).toEqual([
    { from: start, to: T + 2 * HOUR_MS },
    { from: T + 2 * HOUR_MS, to: T + 4 * HOUR_MS },
    { from: T + 4 * HOUR_MS, to: T + 5 * HOUR_MS },
  ]);
});

test("planRequests covers all that is missing, and joins what is close", () => {
  const busy = fc.tuple(fc.integer({ min: 0, max: 900 }), fc.integer({ min: 1, max: 9 }));
  fc.assert(
    fc.property(fc.array(busy, { maxLength: 30 }), fc.integer({ min: 0, max: 100 }), (known, bridge) => {
      const covered = known.map(([from, length]) => ({ from, to: from + length }));
      const missing = uncovered({ from: 0, to: 1000 }, covered);
      const requests = planRequests(missing, bridge, HOUR_MS);
      for (const gap of missing)
        expect(requests.filter(({ from, to }) => from <= gap.from && gap.to <= to)).toHaveLength(1);
      requests.forEach((request, i) => {
        const before = requests[i - 1];
        if (before !== undefined) expect(request.from - before.to).toBeGreaterThanOrEqual(bridge);
        // No wider than what is missing.
        expect(missing.some(({ from }) => from === request.from)).toBe(true);
        expect(missing.some(({ to }) => to === request.to)).toBe(true);
      });
    }),
  );
});
