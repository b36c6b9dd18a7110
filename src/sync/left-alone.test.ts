import { describe, expect, it } from "vitest";
import {
  ada,
  asksCpu,
  contents,
  coversHour,
  FROM,
  INTERVAL,
  isCpu,
  MINUTE,
  type World,
  world,
} from "../../test/support/world.js";
import { gbCarbonIntensity } from "../intensity/gb.js";
import { memoryUsageStore } from "../stores/memory/index.js";
import { DAY_MS, HOUR_MS } from "../usage/hour.js";
import { restate } from "./restate-interval.js";

// Whatever a run leaves as it is, it says.

const national = (w: World) =>
  gbCarbonIntensity({ url: w.server.intensityUrl, retries: 0, clock: () => w.now });
const regional = (w: World) =>
  gbCarbonIntensity({ url: w.server.intensityUrl, region: 12, retries: 0, clock: () => w.now });

describe("what a run leaves as it is", () => {
  it("hours that are over but wanting are counted, and those that are not wanted any more", async () => {
    const w = await world({ outages: [{ from: INTERVAL.to - 30 * MINUTE, to: Number.POSITIVE_INFINITY }] });
    const store = memoryUsageStore();
    w.now = INTERVAL.to + 10 * MINUTE;
    expect(await w.run(store)).toMatchObject({ wanting: 0, tooYoung: 1, givenUp: 0 });
    w.now = INTERVAL.to + 3 * DAY_MS;
    expect(await w.run(store)).toMatchObject({ wanting: 1, tooYoung: 0, givenUp: 0 });
    w.now = INTERVAL.to + 20 * DAY_MS;
    expect(await w.run(store)).toMatchObject({ wanting: 0, givenUp: 1, plan: { done: 6 } });
  });

  it("hours without data and hours without carbon are wanting, however old", async () => {
    const w = await world({ outages: [{ from: 0, to: FROM + 3 * HOUR_MS + MINUTE }] });
    const store = memoryUsageStore();
    w.now = INTERVAL.to + 60 * DAY_MS;
    w.grid = { missing: [{ from: INTERVAL.to - HOUR_MS, to: INTERVAL.to }] };
    const report = await w.run(store);
    expect(report.statuses).toMatchObject({ "not downloaded": 3 });
    expect(report.wanting).toBe(4);
    expect(report.warnings.join("\n")).toMatch(/does not know the intensity of 1 hour, 2025-09-10T05:00:00Z/);
  });

  it("hours of another intensity source are counted, and young ones take the new one", async () => {
    const w = await world();
    const store = memoryUsageStore();
    await w.run(store);
    expect(await w.run(store, { intensity: regional(w) })).toMatchObject({
      otherIntensity: 6,
      plan: { done: 6 },
    });

    const young = memoryUsageStore();
    w.now = INTERVAL.to + HOUR_MS;
    await w.run(young);
    expect(await w.run(young, { intensity: regional(w) })).toMatchObject({ otherIntensity: 0, restated: 6 });
  });

  it("but hours that are looked up on purpose take the source that is asked", async () => {
    const w = await world();
    const store = memoryUsageStore();
    await w.run(store);
    await restate({ store, interval: INTERVAL, intensity: regional(w) });
    const clean = memoryUsageStore();
    await w.run(clean, { intensity: regional(w) });
    expect((await ada(store)).busyGco2eq).toEqual((await ada(clean)).busyGco2eq);
    await restate({ store, interval: INTERVAL, intensity: national(w) });
    expect((await ada(store)).provenance[0]?.intensity?.source).toBe("gb-carbon-intensity/national");
  });

  it("hours whose CPU-seconds are kept still get the better intensity", async () => {
    const w = await world();
    const store = memoryUsageStore();
    w.now = INTERVAL.to + HOUR_MS;
    w.grid = { unestimated: [INTERVAL] };
    w.edit = (body, query) =>
      asksCpu(query) ? body.replace('{"status"', '{"warnings":["a store is away"],"status"') : body;
    expect(await w.run(store)).toMatchObject({ provisional: 6, wanting: 6 });
    // The source has forgotten most hosts, and refuses an hour.
    w.edit = (body) => {
      const reply = JSON.parse(body);
      if (Array.isArray(reply.data?.result))
        reply.data.result = reply.data.result.filter(
          ({ metric }: { metric: Record<string, string> }) => metric.instance === "a:9100",
        );
      return JSON.stringify(reply);
    };
    w.fault = (request) =>
      isCpu(request) && coversHour(request, 3) ? { status: 422, body: "{}" } : undefined;
    w.grid = {};
    w.now = INTERVAL.to + 3 * DAY_MS;
    const report = await w.run(store, { prometheus: { hoursPerRequest: 1 } });
    expect(report).toMatchObject({ kept: 5, failed: 1, restated: 6, provisional: 0 });
    expect((await ada(store)).provenance.map((row) => row.intensity?.kind)).toEqual(Array(6).fill("actual"));
  });

  it("carbon by a constant stays when a later run has neither a value nor a constant", async () => {
    const w = await world();
    const store = memoryUsageStore();
    w.grid = { missing: [INTERVAL] };
    await w.run(store, { fallbackGco2eqPerKwh: 200 });
    const before = await contents(store);
    await restate({ store, interval: INTERVAL, intensity: national(w) });
    await w.run(store);
    expect(await contents(store)).toEqual(before);
    expect(await w.run(store, { fallbackGco2eqPerKwh: 300 })).toMatchObject({ restated: 6 });
  });

  it("a restatement says what the grid does not know", async () => {
    const w = await world();
    const store = memoryUsageStore();
    await w.run(store);
    w.grid = { missing: [{ from: FROM, to: FROM + 2 * HOUR_MS }] };
    const report = await restate({ store, interval: INTERVAL, intensity: national(w) });
    expect(report.warnings).toEqual([expect.stringMatching(/does not know the intensity of 2 hours/)]);
  });
});
