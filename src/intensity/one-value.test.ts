import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { HOUR_MS } from "../usage/hour.js";
import { oneValueEach } from "./one-value.js";
import { byCredibility } from "./periods.js";
import type { IntensityPeriod } from "./port.js";

const HALF = HOUR_MS / 2;
const T = Date.UTC(2025, 8, 10);

const period = (from: number, to: number, gco2eqPerKwh: number, more: Partial<IntensityPeriod> = {}) => ({
  ...{ from: T + from, to: T + to, gco2eqPerKwh, kind: "actual" as const, fetchedAt: T },
  ...more,
});

describe("oneValueEach", () => {
  test("leaves periods that do not overlap as they are, in order, and says nothing", () => {
    const [first, second] = [period(0, HALF, 90), period(HALF, HOUR_MS, 80)];
    expect(oneValueEach([second, first], "grid")).toEqual({ periods: [first, second], warnings: [] });
  });

  test("says nothing of a period that is given twice with the same value", () => {
    const first = period(0, HALF, 90);
    expect(oneValueEach([first, { ...first }], "grid")).toEqual({ periods: [first], warnings: [] });
  });

  test("takes the measured value, then the newer, then the higher, and says so", () => {
    const low = period(0, HALF, 90);
    const high = period(0, HALF, 101);
    const predicted = period(0, HALF, 300, { kind: "forecast", fetchedAt: T + 1 });
    const { periods, warnings } = oneValueEach([predicted, high, low], "grid");
    expect(periods).toEqual([high]);
    expect(warnings).toEqual([
      "grid gives more than one value for 2025-09-10T00:00:00Z to 2025-09-10T00:30:00Z (90, 101 and 300 gCO2eq/kWh): " +
        "of such the measured one counts, then the one fetched later, then the higher",
    ]);
  });

  test("cuts periods where they overlap in part", () => {
    const { periods, warnings } = oneValueEach([period(0, HOUR_MS, 90), period(HALF, 3 * HALF, 101)], "grid");
    expect(periods).toEqual([period(0, HALF, 90), period(HALF, 3 * HALF, 101)]);
    expect(warnings).toEqual([expect.stringMatching(/00:30:00Z to 2025-09-10T01:00:00Z \(90 and 101 g/)]);
  });

  test("says it once however many there are", () => {
    const many = Array.from({ length: 400 }, (_, i) => period(i * HALF, (i + 1) * HALF, i % 2));
    const doubled = many.map((one) => ({ ...one, gco2eqPerKwh: 50 }));
    const { warnings } = oneValueEach([...many, ...doubled], "grid");
    expect(warnings).toEqual([
      expect.stringMatching(/^grid gives more than one value for 2025-09-10T00:00:00Z .* and 399 more times/),
    ]);
  });

  test("every instant keeps the most credible of its periods, whatever their order", () => {
    const random = fc
      .tuple(
        fc.integer({ min: 0, max: 40 }),
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 0, max: 5 }),
        fc.constantFrom("actual" as const, "forecast" as const),
      )
      .map(([from, length, value, kind]) => period(from, from + length, value, { kind }));
    fc.assert(
      fc.property(fc.array(random, { maxLength: 12 }), (all) => {
        const { periods } = oneValueEach(all, "grid");
        expect(oneValueEach(all.toReversed(), "grid").periods).toEqual(periods);
        expect(new Set(periods.map(({ from }) => from)).size).toBe(periods.length);
        for (let t = T; t < T + 60; t++) {
          const there = (p: IntensityPeriod): boolean => p.from <= t && t < p.to;
          const [expected] = all.filter(there).sort(byCredibility);
          const here = periods.filter(there);
          expect(here.map(({ kind, gco2eqPerKwh }) => [kind, gco2eqPerKwh])).toEqual(
            expected === undefined ? [] : [[expected.kind, expected.gco2eqPerKwh]],
          );
        }
      }),
    );
  });
});
