import { describe, expect, it } from "vitest";
import { ada, contents, FROM, INTERVAL, LATER, world } from "../../test/support/world.js";
import { memoryUsageStore } from "../stores/memory/index.js";
import { HOUR_MS } from "../usage/hour.js";
import { numberAt } from "../usage/series.js";

describe("carbon", () => {
  it("is stated from a forecast at first, and again when the measured value is there", async () => {
    const w = await world();
    const store = memoryUsageStore();
    w.now = INTERVAL.to + HOUR_MS;
    w.grid = { unestimated: [{ from: FROM + 2 * HOUR_MS, to: FROM + 3 * HOUR_MS + HOUR_MS / 2 }] };
    const first = await w.run(store);
    expect(first).toMatchObject({ statuses: { processed: 6 }, provisional: 6 });
    const before = await ada(store);
    expect(before.provenance.map((row) => row.intensity?.kind)).toEqual([
      "actual",
      "actual",
      "forecast",
      "forecast",
      "actual",
      "actual",
    ]);

    // Measured values are revised for two days: looked at again, but nothing is written while nothing changes.
    w.now += HOUR_MS;
    const soon = await w.run(store);
    expect(soon).toMatchObject({ plan: { restate: 6 }, restated: 0, written: [] });

    w.now = LATER;
    w.grid = {};
    const later = await w.run(store);
    expect(later).toMatchObject({ plan: { restate: 6, fetch: 0 }, restated: 6, provisional: 0 });
    expect(w.asked.prometheus).toBe(0);
    const clean = memoryUsageStore();
    await w.run(clean);
    expect(await contents(store)).toEqual(await contents(clean));
    expect((await ada(store)).busyGco2eq).not.toEqual(before.busyGco2eq);
    await w.run(store);
    expect(w.asked).toEqual({ prometheus: 0, intensity: 0 });
  });

  it("is missing, not zero, while the service is down, and made up for without asking Prometheus", async () => {
    const w = await world();
    const store = memoryUsageStore();
    w.fault = ({ path }) => (path.startsWith("/intensity-api") ? { status: 200, body: "{}" } : undefined);
    await w.run(store);
    w.fault = ({ path }) => (path.startsWith("/intensity-api") ? { status: 500, body: "oops" } : undefined);
    const report = await w.run(store);
    expect(report).toMatchObject({
      statuses: { unprocessed: 6 },
      restated: 0,
      warnings: [expect.stringMatching(/no carbon intensity.*answered 500/)],
    });
    const series = await ada(store);
    expect(numberAt(series.busyKwh, 0)).toBeGreaterThan(0);
    expect(series.busyGco2eq.every(Number.isNaN)).toBe(true);

    w.fault = () => undefined;
    expect(await w.run(store)).toMatchObject({ statuses: { processed: 6 }, restated: 6 });
    expect(w.asked.prometheus).toBe(0);
  });

  it("falls back to the constant given, provisionally, and never in place of a forecast", async () => {
    const w = await world();
    const store = memoryUsageStore();
    w.grid = { missing: [{ from: FROM, to: FROM + 2 * HOUR_MS }], unestimated: [INTERVAL] };
    const report = await w.run(store, { fallbackGco2eqPerKwh: 200 });
    expect(report).toMatchObject({ statuses: { processed: 6 }, provisional: 6 });
    const series = await ada(store);
    expect(series.provenance.map((row) => row.intensity?.kind)).toEqual([
      "fallback",
      "fallback",
      "forecast",
      "forecast",
      "forecast",
      "forecast",
    ]);
    expect(numberAt(series.busyGco2eq, 0)).toBeCloseTo(numberAt(series.busyKwh, 0) * 200, 12);

    w.fault = ({ path }) => (path.startsWith("/intensity-api") ? { status: 500, body: "" } : undefined);
    await w.run(store, { fallbackGco2eqPerKwh: 300 });
    expect((await ada(store)).provenance[3]?.intensity?.kind).toBe("forecast");
  });

  it("of an hour without one of its half hours is missing", async () => {
    const w = await world();
    const store = memoryUsageStore();
    w.grid = { missing: [{ from: FROM + HOUR_MS / 2, to: FROM + HOUR_MS }] };
    expect((await w.run(store)).statuses).toMatchObject({ unprocessed: 1, processed: 5 });
  });
});
