import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { HOUR_MS } from "../usage/hour.js";
import { bestWindow } from "./best-window.js";
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
});
