import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DAY_MS, HOUR_MS, parseInstant } from "../usage/hour.js";
import { cachedIntensity } from "./cache.js";
import { type IntensityCache, memoryIntensityCache } from "./cache-port.js";
import type { ForecastSource, IntensityPeriod, IntensitySource } from "./port.js";

// One cache for what is measured and what is predicted: the better one of a period stays.

const HALF = HOUR_MS / 2;
const MINUTE = 60_000;
const T = parseInstant("2025-09-10T12:00Z");

/** A grid whose list and whose forecast a test sets, of the half hour from T and the next one. */
class Grid {
  now = T + 10 * MINUTE;
  listed: "actual" | "forecast" = "actual";
  value = 100;
  predicted = 300;
  asked: string[] = [];
  readonly cache: IntensityCache = memoryIntensityCache();

  readonly #halves = (kind: IntensityPeriod["kind"], gco2eqPerKwh: number): IntensityPeriod[] =>
    [T, T + HALF].map((from) => ({
      ...{ from, to: from + HALF, gco2eqPerKwh, fetchedAt: this.now },
      kind: from > this.now ? "forecast" : kind,
    }));

  cached(): ForecastSource {
    const source: IntensitySource = {
      id: "grid",
      hasActual: true,
      periods: async ({ to }) => {
        this.asked.push("periods");
        return this.#halves(this.listed, this.value).filter(({ from }) => from < to);
      },
      forecast: async () => {
        this.asked.push("forecast");
        return this.#halves("forecast", this.predicted);
      },
    };
    const cached = cachedIntensity(source, this.cache, { clock: () => this.now });
    if (cached.forecast === undefined) throw new Error("it predicts");
    return { ...cached, forecast: cached.forecast };
  }

  async kept(): Promise<unknown[]> {
    const periods = await this.cache.load("grid", { from: T, to: T + HOUR_MS });
    return periods.map(({ kind, gco2eqPerKwh }) => [kind, gco2eqPerKwh]);
  }
}

const now = { from: T, to: T + HALF };
const values = (periods: readonly IntensityPeriod[]): unknown[] =>
  periods.map(({ kind, gco2eqPerKwh }) => [kind, gco2eqPerKwh]);

describe("one cache for both", () => {
  it("keeps what was measured when a prediction of the same half hour arrives", async () => {
    const grid = new Grid();
    const cached = grid.cached();
    expect(values(await cached.periods(now))).toContainEqual(["actual", 100]);
    expect(values(await cached.forecast(T, 1))).toEqual([
      ["actual", 100],
      ["forecast", 300],
    ]);
    expect(await grid.kept()).toEqual([
      ["actual", 100],
      ["forecast", 300],
    ]);
    expect(values(await cached.periods(now))).toEqual([["actual", 100]]);
    expect(grid.asked).toEqual(["periods", "forecast"]);
  });

  it("also when it is long ago, and does not ask for it at every call then", async () => {
    const grid = new Grid();
    await grid.cached().periods(now);
    grid.now += 10 * MINUTE;
    grid.listed = "forecast";
    grid.value = 500;
    const later = grid.cached();
    expect(values(await later.periods(now))).toContainEqual(["actual", 100]);
    expect(values(await later.periods(now))).toEqual([["actual", 100]]);
    expect(grid.asked).toEqual(["periods", "periods"]);
    grid.now += 5 * MINUTE;
    grid.listed = "actual";
    expect(values(await later.periods(now))).toContainEqual(["actual", 500]);
    expect(grid.asked).toHaveLength(3);
  });

  it("replaces a prediction by a measurement, a newer prediction, and a revised measurement", async () => {
    const grid = new Grid();
    grid.listed = "forecast";
    const cached = grid.cached();
    await cached.periods(now);
    expect((await grid.kept())[0]).toEqual(["forecast", 100]);
    grid.now += 5 * MINUTE;
    grid.predicted = 310;
    await cached.forecast(T, 1);
    expect((await grid.kept())[0]).toEqual(["forecast", 310]);
    grid.now += 5 * MINUTE;
    grid.listed = "actual";
    await cached.periods(now);
    expect((await grid.kept())[0]).toEqual(["actual", 100]);
    grid.now += DAY_MS;
    grid.value = 120;
    expect(values(await cached.periods(now))).toContainEqual(["actual", 120]);
    expect((await grid.kept())[0]).toEqual(["actual", 120]);
  });

  it("believes the later of two answers, whichever arrives first, and of two at once the measurement", async () => {
    const cache = memoryIntensityCache();
    const answers = new Map<string, (periods: IntensityPeriod[]) => void>();
    let clock = T;
    const wait = (name: string): Promise<IntensityPeriod[]> =>
      new Promise((resolve) => answers.set(name, resolve));
    const source: IntensitySource = {
      id: "grid",
      hasActual: true,
      periods: () => wait("periods"),
      forecast: () => wait("forecast"),
    };
    const cached = cachedIntensity(source, cache, { clock: () => clock });
    const half = { from: T, to: T + HALF };
    const both = [cached.forecast?.(T, 1), cached.periods(half)];
    await new Promise((resolve) => setTimeout(resolve, 5));
    clock += 1000;
    answers.get("periods")?.([{ ...half, gco2eqPerKwh: 90, kind: "actual", fetchedAt: T }]);
    answers.get("forecast")?.([{ ...half, gco2eqPerKwh: 300, kind: "forecast", fetchedAt: T + 1 }]);
    await Promise.all(both);
    expect(values(await cache.load("grid", half))).toEqual([["actual", 90]]);
  });

  it("never goes from measured to predicted, in whatever order it is asked", async () => {
    const step = fc.record({
      after: fc.integer({ min: 0, max: 8 }),
      ask: fc.constantFrom("periods", "forecast"),
      listed: fc.constantFrom("actual" as const, "forecast" as const),
      value: fc.integer({ min: 0, max: 400 }),
      anew: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
        const grid = new Grid();
        let cached = grid.cached();
        let measured = false;
        for (const { after, ask, listed, value, anew } of steps) {
          grid.now += after * MINUTE;
          Object.assign(grid, { listed, value, predicted: value });
          if (anew) cached = grid.cached();
          const answer = await (ask === "periods" ? cached.periods(now) : cached.forecast(T, 1));
          const [first] = answer;
          if (measured) expect(first?.kind).toBe("actual");
          measured ||= first?.kind === "actual";
          expect((await grid.kept())[0]).toEqual([first?.kind, first?.gco2eqPerKwh]);
        }
      }),
    );
  });
});
