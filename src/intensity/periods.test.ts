import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { overlaps } from "../usage/hour.js";
import { byCredibility, disjoint, uncovered, withoutDuplicates } from "./periods.js";
import type { IntensityPeriod } from "./port.js";

const interval = fc
  .tuple(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 1, max: 12 }))
  .map(([from, length]) => ({ from, to: from + length }));

const period: fc.Arbitrary<IntensityPeriod> = fc
  .tuple(
    interval,
    fc.integer({ min: 0, max: 5 }),
    fc.constantFrom("actual" as const, "forecast" as const),
    fc.integer({ min: 0, max: 2 }),
  )
  .map(([bounds, gco2eqPerKwh, kind, fetchedAt]) => ({ ...bounds, gco2eqPerKwh, kind, fetchedAt }));

describe("disjoint", () => {
  test("every instant has the most credible of the periods that cover it, whatever their order", () => {
    fc.assert(
      fc.property(fc.array(period, { maxLength: 12 }), fc.integer(), (periods, seed) => {
        const shuffled = periods.toSorted((a, b) => ((a.from * 7 + b.to * 13 + seed) % 3) - 1);
        const pieces = disjoint(shuffled);
        for (let t = 0; t < 60; t++) {
          const [expected] = periods.filter((p) => p.from <= t && t < p.to).sort(byCredibility);
          const here = pieces.filter((p) => p.from <= t && t < p.to);
          expect(here.map((piece) => piece.period)).toEqual(expected === undefined ? [] : [expected]);
        }
        expect(disjoint(periods)).toEqual(pieces);
        pieces.forEach((piece, i) => {
          expect(piece.from).toBeGreaterThanOrEqual(pieces[i - 1]?.to ?? 0);
        });
      }),
    );
  });

  test.each([
    { from: 5, to: 5 },
    { from: 5, to: 4 },
    { gco2eqPerKwh: -1 },
    { gco2eqPerKwh: Number.NaN },
    { gco2eqPerKwh: Number.POSITIVE_INFINITY },
    { from: Number.NaN },
  ])("a period with %j is bad input", (wrong) => {
    const right: IntensityPeriod = { from: 0, to: 6, gco2eqPerKwh: 1, kind: "actual", fetchedAt: 0 };
    expect(() => disjoint([{ ...right, ...wrong }])).toThrow(expect.objectContaining({ code: "bad-input" }));
  });
});

test("uncovered is what no interval covers", () => {
  fc.assert(
    fc.property(interval, fc.array(interval, { maxLength: 8 }), (whole, covered) => {
      const gaps = uncovered(whole, covered);
      for (let t = -1; t < 60; t++) {
        const inside = whole.from <= t && t < whole.to;
        const isCovered = covered.some(({ from, to }) => from <= t && t < to);
        expect(gaps.filter(({ from, to }) => from <= t && t < to)).toHaveLength(inside && !isCovered ? 1 : 0);
      }
      gaps.forEach((gap, i) => {
        expect(gap.to).toBeGreaterThan(gap.from);
        expect(overlaps(gap, whole)).toBe(true);
        expect(gap.from).toBeGreaterThan(gaps[i - 1]?.to ?? -1);
      });
    }),
  );
});

test("withoutDuplicates does not depend on the order", () => {
  fc.assert(
    fc.property(fc.array(period, { maxLength: 12 }), (periods) => {
      expect(withoutDuplicates(periods.toReversed())).toEqual(withoutDuplicates(periods));
    }),
  );
});
