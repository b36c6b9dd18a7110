import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DAY_MS, HOUR_MS, type Hour, hoursIn, parseHour } from "../usage/hour.js";
import { hourlyIntensity, withFallback } from "./hourly.js";
import type { IntensityPeriod } from "./port.js";

const HALF = HOUR_MS / 2;
const T = parseHour("2025-09-10T00:00:00Z");
const LATER = T + 10 * DAY_MS;
const grid = { id: "grid", hasActual: true };

const period = (from: number, to: number, gco2eqPerKwh: number, more: Partial<IntensityPeriod> = {}) => ({
  from: T + from,
  to: T + to,
  gco2eqPerKwh,
  kind: "actual" as const,
  fetchedAt: LATER,
  ...more,
});

describe("hourlyIntensity", () => {
  test("two half hours", () => {
    const { gco2eqPerKwh, provenance } = hourlyIntensity(
      [period(0, HALF, 100), period(HALF, 2 * HALF, 141)],
      [T],
      grid,
    );
    expect([...gco2eqPerKwh]).toEqual([120.5]);
    expect(provenance).toEqual([{ kind: "actual", source: "grid", fetchedAt: LATER, settled: true }]);
  });

  test("parts of unequal length weigh by time", () => {
    const quarter = HALF / 2;
    const periods = [period(-HALF, quarter, 400), period(quarter, 5 * HOUR_MS, 0)];
    const hours = hoursIn({ from: T, to: T + 2 * HOUR_MS });
    expect([...hourlyIntensity(periods, hours, grid).gco2eqPerKwh]).toEqual([100, 0]);
  });

  test("an hour not covered fully is missing, not an average of what there is", () => {
    for (const periods of [[], [period(0, HALF, 100)], [period(0, HALF, 1), period(HALF + 1, HOUR_MS, 1)]]) {
      const { gco2eqPerKwh, provenance } = hourlyIntensity(periods, [T], grid);
      expect([...gco2eqPerKwh]).toEqual([Number.NaN]);
      expect(provenance).toEqual([null]);
    }
  });

  test("an hour is as good as the worst of its parts", () => {
    const forecast = period(HALF, HOUR_MS, 1, { kind: "forecast", fetchedAt: T });
    const mixed = hourlyIntensity([period(0, HALF, 1), forecast], [T], grid);
    expect(mixed.provenance[0]).toEqual({ kind: "forecast", source: "grid", fetchedAt: T, settled: false });
    const early = period(HALF, HOUR_MS, 1, { fetchedAt: T + 3 * HOUR_MS });
    const young = hourlyIntensity([period(0, HALF, 1), early], [T], grid);
    expect(young.provenance[0]).toMatchObject({ kind: "actual", fetchedAt: T + 3 * HOUR_MS, settled: false });
  });

  test("a source that only forecasts settles on forecasts", () => {
    const forecasts = [period(0, HOUR_MS, 7, { kind: "forecast" })];
    const [provenance] = hourlyIntensity(forecasts, [T], { id: "region", hasActual: false }).provenance;
    expect(provenance).toMatchObject({ kind: "forecast", settled: true });
  });

  test("of overlapping periods the measured, then the newer, then the higher counts, in any order", () => {
    const rivals = [
      period(0, HOUR_MS, 900, { kind: "forecast", fetchedAt: LATER + 1 }),
      period(0, HOUR_MS, 500, { fetchedAt: LATER - 1 }),
      period(0, HOUR_MS, 100),
      period(0, HOUR_MS, 120),
    ];
    for (const periods of [rivals, rivals.toReversed()]) {
      const hourly = hourlyIntensity(periods, [T], grid);
      expect(hourly.gco2eqPerKwh[0]).toBe(120);
      expect(hourly.provenance[0]?.fetchedAt).toBe(LATER);
    }
  });

  test("equal provenance is shared, and a year takes well under a second", () => {
    const hours = hoursIn({ from: T, to: T + 366 * DAY_MS });
    const fetchedAt = T + 500 * DAY_MS;
    const periods = hours.flatMap((_, i) => [
      period(i * HOUR_MS, i * HOUR_MS + HALF, i, { fetchedAt }),
      period(i * HOUR_MS + HALF, (i + 1) * HOUR_MS, i, { fetchedAt }),
    ]);
    const started = performance.now();
    const hourly = hourlyIntensity(periods, hours, grid);
    expect(performance.now() - started).toBeLessThan(1000);
    expect([...hourly.gco2eqPerKwh]).toEqual(hours.map((_, i) => i));
    expect(new Set(hourly.provenance).size).toBe(1);
  });

  test("hours may come in any order, repeat, and be none", () => {
    const periods = [period(0, HOUR_MS, 1), period(HOUR_MS, 2 * HOUR_MS, 2)];
    const hours = [T + HOUR_MS, T, T + HOUR_MS] as Hour[];
    expect([...hourlyIntensity(periods, hours, grid).gco2eqPerKwh]).toEqual([2, 1, 2]);
    expect(hourlyIntensity(periods, [], grid).provenance).toEqual([]);
  });

  test("over random periods: minute by minute it is the same mean, or the hour is missing", () => {
    const minute = 60_000;
    const random = fc
      .tuple(
        fc.integer({ min: -30, max: 170 }),
        fc.constantFrom(5, 15, 30, 60, 90),
        fc.integer({ min: 0, max: 500 }),
      )
      .map(([from, length, value]) => period(from * minute, (from + length) * minute, value));
    fc.assert(
      fc.property(fc.array(random, { maxLength: 15 }), (periods) => {
        const hours = hoursIn({ from: T, to: T + 3 * HOUR_MS });
        const { gco2eqPerKwh, provenance } = hourlyIntensity(periods, hours, grid);
        hours.forEach((hour, i) => {
          // All are measured and fetched at once, so the higher counts.
          const minutes = Array.from({ length: 60 }, (_, m) => hour + m * minute).map((t) =>
            periods
              .filter((p) => p.from <= t && t < p.to)
              .reduce((max, p) => Math.max(max, p.gco2eqPerKwh), -1),
          );
          const mean = minutes.includes(-1) ? Number.NaN : minutes.reduce((a, b) => a + b, 0) / 60;
          if (!Number.isNaN(mean)) expect(gco2eqPerKwh[i]).toBeCloseTo(mean, 9);
          expect(Number.isNaN(gco2eqPerKwh[i])).toBe(Number.isNaN(mean));
          expect(provenance[i] === null).toBe(Number.isNaN(mean));
        });
      }),
    );
  });
});

describe("withFallback", () => {
  test("fills what is missing, and only that", () => {
    const hourly = hourlyIntensity([period(0, HOUR_MS, 0)], [T, (T + HOUR_MS) as Hour], grid);
    const filled = withFallback(hourly, 250);
    expect([...filled.gco2eqPerKwh]).toEqual([0, 250]);
    expect(filled.provenance[0]).toBe(hourly.provenance[0]);
    expect(filled.provenance[1]).toEqual({
      kind: "fallback",
      source: "constant",
      fetchedAt: null,
      settled: false,
    });
    expect([...hourly.gco2eqPerKwh]).toEqual([0, Number.NaN]);
  });

  test.each([-1, Number.NaN, Number.POSITIVE_INFINITY])("%d is no constant", (constant) => {
    const hourly = hourlyIntensity([], [T], grid);
    expect(() => withFallback(hourly, constant)).toThrow(expect.objectContaining({ code: "bad-input" }));
  });
});
