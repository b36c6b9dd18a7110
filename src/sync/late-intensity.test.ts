import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { IntensitySource } from "ada-carbon";
import { fileUsageStore } from "ada-carbon/files";
import { cachedIntensity, gbCarbonIntensity, memoryIntensityCache } from "ada-carbon/intensity";
import { sqliteStores } from "ada-carbon/sqlite";
import { afterAll, describe, expect, it } from "vitest";
import { contents, FROM, INTERVAL, type World, world } from "../../test/support/world.js";
import { memoryUsageStore } from "../stores/memory/index.js";
import type { UsageStore } from "../stores/usage-store.js";
import { DAY_MS, HOUR_MS } from "../usage/hour.js";

// A forecast is replaced when the measured value appears, however old the hour.

const NEVER_MEASURED = { from: FROM + 2 * HOUR_MS, to: FROM + 2 * HOUR_MS + HOUR_MS / 2 };

/** A store whose hours are settled, but for one whose first half was never measured. */
async function withOneForecast(w: World, store: UsageStore = memoryUsageStore()): Promise<UsageStore> {
  w.grid = { unestimated: [NEVER_MEASURED] };
  w.now = INTERVAL.to + 3 * DAY_MS;
  expect(await w.run(store)).toMatchObject({ statuses: { processed: 6 }, provisional: 1 });
  return store;
}

describe("an intensity that is published late", () => {
  it.each([20, 400])("replaces the forecast after %d days", async (days) => {
    const w = await world();
    const store = await withOneForecast(w);
    w.grid = {};
    w.now = INTERVAL.to + days * DAY_MS;
    expect(await w.run(store)).toMatchObject({ plan: { restate: 1, done: 5 }, restated: 1, provisional: 0 });
    expect(w.asked).toEqual({ prometheus: 0, intensity: 1 });
    const clean = memoryUsageStore();
    await w.run(clean);
    expect(await contents(store)).toEqual(await contents(clean));
  });

  it("is seen through the cache", async () => {
    const w = await world();
    const cache = memoryIntensityCache();
    const grid = gbCarbonIntensity({ url: w.server.intensityUrl, retries: 0, clock: () => w.now });
    const intensity = (): IntensitySource => cachedIntensity(grid, cache, { clock: () => w.now });
    const store = memoryUsageStore();
    w.grid = { unestimated: [NEVER_MEASURED] };
    w.now = INTERVAL.to + HOUR_MS;
    await w.run(store, { intensity: intensity() });
    for (const days of [3, 16, 18]) {
      w.now = INTERVAL.to + days * DAY_MS;
      expect(await w.run(store, { intensity: intensity() })).toMatchObject({ provisional: 1 });
    }
    w.grid = {};
    w.now = INTERVAL.to + 20 * DAY_MS;
    expect(await w.run(store, { intensity: intensity() })).toMatchObject({ restated: 1, provisional: 0 });
  });

  it("replaces a constant, too", async () => {
    const w = await world();
    const store = memoryUsageStore();
    w.grid = { missing: [INTERVAL] };
    await w.run(store, { fallbackGco2eqPerKwh: 200 });
    w.grid = {};
    w.now = INTERVAL.to + 60 * DAY_MS;
    expect(await w.run(store)).toMatchObject({ restated: 6, provisional: 0 });
  });

  const folder = mkdtempSync(join(tmpdir(), "ada-carbon-late-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each([
    ["memory", async () => memoryUsageStore()],
    ["files", async () => fileUsageStore(folder)],
    [
      "SQLite",
      async () => {
        const stores = sqliteStores(":memory:");
        await stores.migrate();
        return stores.usage;
      },
    ],
  ])("is asked for once a day when the hour is old, by one request and one row: %s", async (_, open) => {
    const w = await world();
    const store = await withOneForecast(w, await open());
    const before = await contents(store);
    let [requests, rows] = [0, 0];
    const counting: UsageStore = {
      ...store,
      replace: async (batch, options) => {
        for (const { hours } of batch) rows += hours.length;
        await store.replace(batch, options);
      },
    };
    for (let run = 0; run < 72; run++) {
      w.now = INTERVAL.to + 100 * DAY_MS + run * HOUR_MS;
      expect(await w.run(counting)).toMatchObject({ provisional: 1, restated: 0 });
      requests += w.asked.intensity;
    }
    expect({ requests, rows }).toEqual({ requests: 3, rows: 3 });
    expect(await contents(store)).toEqual(before);
  });

  it("is asked for by every run while the hour is young", async () => {
    const w = await world();
    const store = await withOneForecast(w);
    for (let run = 0; run < 3; run++) {
      w.now += HOUR_MS;
      expect(await w.run(store)).toMatchObject({ plan: { restate: 1 }, written: [] });
      expect(w.asked.intensity).toBe(1);
    }
  });

  it("is asked for again by the next run when the service is down", async () => {
    const w = await world();
    const store = await withOneForecast(w);
    w.now = INTERVAL.to + 30 * DAY_MS;
    for (const fault of [
      { status: 500, body: "" },
      { status: 200, body: "{}" },
    ]) {
      w.fault = ({ path }) => (path.startsWith("/intensity-api") ? fault : undefined);
      expect(await w.run(store)).toMatchObject({ plan: { restate: 1 }, provisional: 1, written: [] });
    }
    w.fault = () => undefined;
    w.grid = {};
    expect(await w.run(store)).toMatchObject({ restated: 1, provisional: 0 });
  });
});
