import { describe, expect, it } from "vitest";
import { type FinishedHour, HOUR_MS } from "../usage/hour.js";
import type { IntensityKind } from "../usage/provenance.js";
import { ADA } from "../usage/scope.js";
import { at, emptySeries, type MutableSeries } from "../usage/series.js";
import { boundsOf } from "./bounds.js";

/** One hour: 3600 s busy (0.012 kWh), 7200 s idle (0.002 kWh), at 200 g. */
function hour(coverage: number, kind: IntensityKind | null): MutableSeries {
  const intensity = kind && { kind, source: "s", fetchedAt: 0, settled: true };
  const series = emptySeries(ADA, [HOUR_MS as FinishedHour], { library: "", model: "m", intensity });
  const values = { busyCpuSeconds: 3600, idleCpuSeconds: 7200, busyKwh: 0.012, idleKwh: 0.002, coverage };
  for (const [name, value] of Object.entries(values)) series[name as keyof typeof values][0] = value;
  if (kind !== null) {
    series.gco2eqPerKwh[0] = 200;
    series.busyGco2eq[0] = 2.4;
    series.idleGco2eq[0] = 0.4;
  }
  return series;
}

const exact = { busyPower: { low: 1, high: 1 }, idlePower: { low: 1, high: 1 } };

describe("bounds of an hour", () => {
  it("come from the range of the power model", () => {
    const { lowKwh, highKwh } = boundsOf(hour(1, "actual"));
    expect(at(lowKwh, 0)).toBeCloseTo(0.0035 + 0.00148, 12);
    expect(at(highKwh, 0)).toBeCloseTo(0.014, 12);
  });

  it("from what was not observed: nothing at least, busy cores at most", () => {
    const { lowKwh, highKwh } = boundsOf(hour(0.75, "actual"), exact);
    expect(at(lowKwh, 0)).toBeCloseTo(0.014, 12);
    // A quarter of 14,400 CPU-seconds is missing: 3,600 at 12 W.
    expect(at(highKwh, 0)).toBeCloseTo(0.014 + 0.012, 12);
  });

  it.each([
    ["actual", 0.95, 1.05],
    ["forecast", 0.8, 1.2],
    ["fallback", 0.5, 1.5],
  ] as const)("from an intensity that is %s", (kind, low, high) => {
    const bounds = boundsOf(hour(1, kind), exact);
    expect([at(bounds.lowGco2eq, 0), at(bounds.highGco2eq, 0)].map((grams) => grams / 2.8)).toEqual([
      expect.closeTo(low, 12),
      expect.closeTo(high, 12),
    ]);
  });

  it("enclose the estimate, and claim no carbon where none is known", () => {
    for (const coverage of [1, 0.5, Number.NaN]) {
      const bounds = boundsOf(hour(coverage, null));
      expect(at(bounds.lowKwh, 0)).toBeLessThanOrEqual(0.014);
      expect(at(bounds.highKwh, 0)).toBeGreaterThanOrEqual(0.014);
      expect(at(bounds.lowGco2eq, 0)).toBeNaN();
    }
  });

  it("refuse ranges that are none", () => {
    expect(() => boundsOf(hour(1, null), { busyPower: { low: 1.2, high: 1.5 } })).toThrow(/1.2 to 1.5/);
  });
});
