import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type FinishedHour, HOUR_MS } from "../usage/hour.js";
import type { IntensityKind } from "../usage/provenance.js";
import { ADA } from "../usage/scope.js";
import { emptySeries, type MutableSeries, numberAt } from "../usage/series.js";
import { boundsOf } from "./bounds.js";

/** One hour: 3600 s busy (0.012 kWh), 7200 s idle (0.002 kWh), at 200 g. */
function hour(coverage: number, kind: IntensityKind | null, spread?: number): MutableSeries {
  const intensity = kind && { kind, source: "s", fetchedAt: 0, settled: true };
  const measurement = spread === undefined ? {} : { spread };
  const provenance = { library: "", model: "m", intensity, ...measurement };
  const series = emptySeries(ADA, [HOUR_MS as FinishedHour], provenance);
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
    expect(numberAt(lowKwh, 0)).toBeCloseTo(0.0015 + 2 * 0.0003, 12);
    expect(numberAt(highKwh, 0)).toBeCloseTo(0.0149 + 2 * 0.0043, 12);
  });

  it("from what was not observed: nothing at least, busy cores at most", () => {
    const { lowKwh, highKwh } = boundsOf(hour(0.75, "actual"), exact);
    expect(numberAt(lowKwh, 0)).toBeCloseTo(0.014, 12);
    // A quarter of 14,400 CPU-seconds is missing: 3,600 at 12 W.
    expect(numberAt(highKwh, 0)).toBeCloseTo(0.014 + 0.012, 12);
  });

  it.each([
    ["actual", 0.95, 1.05],
    ["forecast", 0.8, 1.2],
    ["fallback", 0.5, 1.5],
  ] as const)("from an intensity that is %s", (kind, low, high) => {
    const bounds = boundsOf(hour(1, kind), exact);
    expect(
      [numberAt(bounds.lowGco2eq, 0), numberAt(bounds.highGco2eq, 0)].map((grams) => grams / 2.8),
    ).toEqual([expect.closeTo(low, 12), expect.closeTo(high, 12)]);
  });

  it("from what was spread: as many busy CPU-seconds may have been idle, or idle ones busy", () => {
    const { lowKwh, highKwh, highGco2eq } = boundsOf(hour(0.75, "actual", 0.25), exact);
    // A quarter of 10,800 CPU-seconds was spread. A busy core takes 12 W, an idle one 1 W.
    const changed = (2700 * (12 - 1)) / 3.6e6;
    expect(numberAt(lowKwh, 0)).toBeCloseTo(0.014 - changed, 12);
    expect(numberAt(highKwh, 0)).toBeCloseTo(0.014 + changed, 12);
    expect(numberAt(highGco2eq, 0)).toBeCloseTo((0.014 + changed) * 200 * 1.05, 12);
  });

  it("from what was neither observed nor spread, beside what was spread", () => {
    const { highKwh } = boundsOf(hour(0.5, "actual", 0.25), exact);
    // 10,800 CPU-seconds are three quarters of 14,400: 3,600 were spread, and 3,600 are missing, at 12 W.
    expect(numberAt(highKwh, 0)).toBeCloseTo(0.014 + (3600 * (12 - 1)) / 3.6e6 + 0.012, 12);
  });

  it("of an hour that was spread whole: all of it idle at least, and busy at most", () => {
    const { lowKwh, highKwh } = boundsOf(hour(0, "actual", 1), exact);
    expect(numberAt(lowKwh, 0)).toBeCloseTo(10_800 / 3.6e6, 12);
    expect(numberAt(highKwh, 0)).toBeCloseTo((10_800 * 12) / 3.6e6, 12);
  });

  it("count nothing as unseen where rounding makes more than all of what was observed and spread", () => {
    const [whole, rounded] = [hour(0.75, null, 0.25), hour(0.75, null, 0.2501)];
    expect(numberAt(boundsOf(rounded, exact).highKwh, 0)).toBeCloseTo(
      numberAt(boundsOf(whole, exact).highKwh, 0),
      5,
    );
  });

  it("are those of the power model where an hour has busy or idle CPU-seconds only", () => {
    const busy = hour(0.5, null, 0.5);
    busy.idleCpuSeconds[0] = 0;
    busy.idleKwh[0] = 0;
    const idle = hour(0.5, null, 0.5);
    idle.busyCpuSeconds[0] = 0;
    idle.busyKwh[0] = 0;
    expect(numberAt(boundsOf(busy, exact).highKwh, 0)).toBeCloseTo(0.012, 12);
    // What an idle core takes is not known of this hour.
    expect(numberAt(boundsOf(busy, exact).lowKwh, 0)).toBeCloseTo(0.006, 12);
    expect(numberAt(boundsOf(idle, exact).lowKwh, 0)).toBeCloseTo(0.002, 12);
  });

  it("enclose whatever was used, however the spread part lay in the hour", () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    const seconds = fc.integer({ min: 0, max: 10_000 });
    fc.assert(
      fc.property(seconds, seconds, seconds, share, share, (busy, idle, spread, estimated, really) => {
        const [busyWatts, idleWatts] = [12, 1];
        const kwh = (busySeconds: number, idleSeconds: number): number =>
          (busySeconds * busyWatts + idleSeconds * idleWatts) / 3.6e6;
        const all = busy + idle + spread;
        fc.pre(busy > 0 && idle > 0 && spread > 0);
        const series = hour((busy + idle) / all, null, spread / all);
        series.busyCpuSeconds[0] = busy + spread * estimated;
        series.idleCpuSeconds[0] = idle + spread * (1 - estimated);
        series.busyKwh[0] = kwh(numberAt(series.busyCpuSeconds, 0), 0);
        series.idleKwh[0] = kwh(0, numberAt(series.idleCpuSeconds, 0));
        const { lowKwh, highKwh } = boundsOf(series, exact);
        const used = kwh(busy + spread * really, idle + spread * (1 - really));
        expect(numberAt(lowKwh, 0)).toBeLessThanOrEqual(used * (1 + 1e-9));
        expect(numberAt(highKwh, 0)).toBeGreaterThanOrEqual(used * (1 - 1e-9));
      }),
    );
  });

  it("enclose the estimate, and claim no carbon where none is known", () => {
    for (const coverage of [1, 0.5, Number.NaN]) {
      const bounds = boundsOf(hour(coverage, null));
      expect(numberAt(bounds.lowKwh, 0)).toBeLessThanOrEqual(0.014);
      expect(numberAt(bounds.highKwh, 0)).toBeGreaterThanOrEqual(0.014);
      expect(numberAt(bounds.lowGco2eq, 0)).toBeNaN();
    }
  });

  it("refuse ranges that are none", () => {
    expect(() => boundsOf(hour(1, null), { busyPower: { low: 1.2, high: 1.5 } })).toThrow(/1.2 to 1.5/);
  });
});
