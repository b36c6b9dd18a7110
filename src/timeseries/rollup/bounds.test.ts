import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { combineBounds } from "./bounds.js";

describe("combineBounds", () => {
  const estimate = fc
    .tuple(
      fc.double({ min: 0, max: 1e6, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.double({ min: 1, max: 3, noNaN: true }),
    )
    .map(([value, low, high]) => ({ value, low: value * low, high: value * high }));

  it("widens with the correlation, from the root of squares to the sum, and never below 0", () => {
    fc.assert(
      fc.property(fc.array(estimate, { maxLength: 50 }), (estimates) => {
        const [none, half, full] = [0, 0.5, 1].map((r) => combineBounds(estimates, r));
        const sum = (read: (each: { low: number; high: number }) => number): number =>
          estimates.reduce((total, each) => total + read(each), 0);
        const slack = 1e-9 * (1 + (full?.high ?? 0));
        expect(Math.abs((full?.low ?? 0) - sum((each) => each.low))).toBeLessThanOrEqual(slack);
        expect(Math.abs((full?.high ?? 0) - sum((each) => each.high))).toBeLessThanOrEqual(slack);
        expect(none?.high ?? 0).toBeLessThanOrEqual((half?.high ?? 0) + slack);
        expect(half?.high ?? 0).toBeLessThanOrEqual((full?.high ?? 0) + slack);
        expect(full?.low ?? 0).toBeGreaterThanOrEqual(-slack);
      }),
    );
  });

  it("refuses what is no correlation, and bounds that are not around their value", () => {
    expect(() => combineBounds([], 1.5)).toThrow(/must be 0 to 1/);
    expect(() => combineBounds([{ value: 1, low: 2, high: 3 }], 0)).toThrow(/not around 1/);
    expect(combineBounds([], 0.3)).toEqual({ value: 0, low: 0, high: 0 });
  });
});
