import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { HOUR_MS } from "../usage/hour.js";
import { bestWindow, type PowerStep } from "./best-window.js";
import type { IntensityPeriod } from "./port.js";

const HALF = HOUR_MS / 2;
const QUARTER = HALF / 2;

/** Half hours from 0 on; `null` is a gap. */
const halves = (values: readonly (number | null)[]): IntensityPeriod[] =>
  values.flatMap((gco2eqPerKwh, i) =>
    gco2eqPerKwh === null
      ? []
      : [{ from: i * HALF, to: (i + 1) * HALF, gco2eqPerKwh, kind: "forecast" as const, fetchedAt: 0 }],
  );

describe("bestWindow", () => {
  test("finds the least mean and says what waiting saves", () => {
    expect(bestWindow(halves([200, 180, 90, 100, 150]), 1)).toEqual({
      from: 2 * HALF,
      to: 4 * HALF,
      gco2eqPerKwh: 95,
      nowGco2eqPerKwh: 190,
      savedGco2eqPerKwh: 95,
    });
  });

  test("of equals the earliest, also with decimal fractions", () => {
    expect(bestWindow(halves([3, 1, 1, 1, 1, 3]), 1)?.from).toBe(HALF);
    expect(bestWindow(halves([0.3, 0.1, 0.2, 0.1, 0.2, 0.1, 0.2]), 1)?.from).toBe(HALF);
    expect(bestWindow(halves([0, 0, 0]), 1)?.from).toBe(0);
  });

  test("does not bridge gaps", () => {
    expect(bestWindow(halves([100, 1, null, 1, 100, 60]), 1)).toMatchObject({ from: 0, gco2eqPerKwh: 50.5 });
    expect(bestWindow(halves([1, null, 1, null, 1]), 1)).toBeNull();
    expect(bestWindow([], 1)).toBeNull();
    expect(bestWindow(halves([1, 1]), 1.5)).toBeNull();
  });

  test("now is null where the periods do not cover it", () => {
    const window = bestWindow(halves([5, null, 7, 8]), 1);
    expect(window).toMatchObject({ from: 2 * HALF, nowGco2eqPerKwh: null, savedGco2eqPerKwh: null });
  });

  test("never starts before notBefore, which is what now means", () => {
    const window = bestWindow(halves([1, 2, 4, 8, 4]), 0.5, { notBefore: QUARTER });
    expect(window).toMatchObject({
      from: QUARTER,
      gco2eqPerKwh: 1.5,
      nowGco2eqPerKwh: 1.5,
      savedGco2eqPerKwh: 0,
    });
    expect(bestWindow(halves([1, 2]), 0.5, { notBefore: HOUR_MS })).toBeNull();
  });

  test("a window shorter or longer than its periods may end rather than start where one does", () => {
    expect(bestWindow(halves([9, 4, 1, 9]), 0.75)).toMatchObject({ from: 3 * QUARTER, to: 6 * QUARTER });
  });

  test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])("%d hours are bad input", (hours) => {
    expect(() => bestWindow([], hours)).toThrow(expect.objectContaining({ code: "bad-input" }));
  });

  test("no quarter hour start is better than the one found", () => {
    const value = fc.option(fc.integer({ min: 0, max: 9 }), { freq: 8 });
    fc.assert(
      fc.property(fc.array(value, { maxLength: 20 }), fc.integer({ min: 1, max: 12 }), (values, quarters) => {
        const window = bestWindow(halves(values), quarters / 4);
        const byQuarter = values.flatMap((v) => [v, v]);
        const means = byQuarter.flatMap((_, i) => {
          const inside = byQuarter.slice(i, i + quarters);
          if (inside.length < quarters || inside.includes(null)) return [];
          return [inside.reduce<number>((a, b) => a + (b ?? 0), 0) / quarters];
        });
        if (window === null) expect(means).toEqual([]);
        else expect(window.gco2eqPerKwh).toBeCloseTo(Math.min(...means), 9);
      }),
    );
  });

  test("is over by notAfter, be it between two bounds of periods", () => {
    const periods = halves([200, 180, 150, 90, 90]);
    expect(bestWindow(periods, 1, { notAfter: 4 * HALF })).toMatchObject({
      from: 2 * HALF,
      gco2eqPerKwh: 120,
    });
    expect(bestWindow(periods, 1, { notAfter: 3 * HALF + QUARTER })).toMatchObject({
      ...{ from: HALF + QUARTER, gco2eqPerKwh: 142.5 },
    });
    expect(bestWindow(periods, 1, { notAfter: 2 * HALF })?.from).toBe(0);
    expect(bestWindow(periods, 1, { notAfter: 2 * HALF - 1 })).toBeNull();
  });

  test("with a power curve the grams of the whole run count", () => {
    const periods = halves([100, 300, 300, 150, 150, 150, 150]);
    expect(bestWindow(periods, 2)?.from).toBe(3 * HALF);
    expect(
      bestWindow(periods, 2, {
        power: [
          [0, 1000],
          [0.5, 10],
        ],
      }),
    ).toMatchObject({
      from: 0,
      gco2eqPerKwh: (500 * 100 + 5 * (300 + 300 + 150)) / 515,
      savedGco2eqPerKwh: 0,
      run: { kwh: 0.515, gco2eq: expect.closeTo(0.5 * 100 + 0.005 * 750, 9) },
    });
    const shares = bestWindow(periods, 2, {
      power: [
        [0, 1],
        [0.5, 0.01],
      ],
    });
    expect(shares).toMatchObject({ from: 0, gco2eqPerKwh: expect.closeTo((500 * 100 + 5 * 750) / 515, 9) });
  });

  test.each<{ power: PowerStep[] }>([
    { power: [] },
    { power: [[1, 300]] },
    {
      power: [
        [0, 300],
        [2, 1],
      ],
    },
    {
      power: [
        [0, 300],
        [1, 1],
        [1, 2],
      ],
    },
    { power: [[0, -1]] },
    { power: [[0, 0]] },
    { power: [[0, Number.NaN]] },
  ])("$power is no power curve of two hours", ({ power }) => {
    expect(() => bestWindow(halves([1, 1, 1, 1]), 2, { power })).toThrow(
      expect.objectContaining({ code: "bad-input" }),
    );
  });

  test("no start by the minute has less grams than the one found, whatever the curve and the deadline", () => {
    const MINUTE = 60_000;
    const step = fc.tuple(fc.integer({ min: 1, max: 89 }), fc.integer({ min: 0, max: 500 }));
    const values = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 4, maxLength: 12 });
    fc.assert(
      fc.property(values, fc.array(step, { maxLength: 3 }), fc.nat(120), (values, steps, spare) => {
        const later = [...new Map(steps)].sort(([a], [b]) => a - b);
        const power = [[0, 300] as const, ...later.map(([minute, watts]) => [minute / 60, watts] as const)];
        const notAfter = Math.min(values.length * 30, 90 + spare) * MINUTE;
        const wattAt = (minute: number): number =>
          power.findLast(([from]) => from * 60 <= minute + 1e-9)?.[1] ?? 0;
        const gramsFrom = (start: number): number =>
          Array.from(
            { length: 90 },
            (_, i) => (wattAt(i) / 60_000) * (values[Math.floor((start + i) / 30)] ?? 0),
          ).reduce((a, b) => a + b);
        const starts = Array.from({ length: notAfter / MINUTE - 90 + 1 }, (_, i) => gramsFrom(i));
        const window = bestWindow(halves(values), 1.5, { power, notAfter });
        expect(window?.run?.gco2eq).toBeCloseTo(Math.min(...starts), 9);
        expect(window?.to).toBeLessThanOrEqual(notAfter);
      }),
    );
  });
});
