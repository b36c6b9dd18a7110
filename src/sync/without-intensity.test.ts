import { describe, expect, it } from "vitest";
import { ada, INTERVAL, LATER, world } from "../../test/support/world.js";
import { constantIntensity } from "../intensity/constant.js";
import { prometheusCpuSource } from "../prometheus/cpu-source.js";
import { memoryUsageStore } from "../stores/memory/index.js";
import { runSync } from "./sync.js";

describe("a run without a source of intensity", () => {
  it("stores energy, says that carbon is missing, and is done; a later run with one adds it", async () => {
    const w = await world();
    w.now = LATER;
    const store = memoryUsageStore();
    const options = {
      cpu: prometheusCpuSource({ url: w.server.prometheusUrl }),
      store,
      interval: INTERVAL,
      clock: () => w.now,
    };
    const first = await runSync(options);
    expect(first).toMatchObject({
      statuses: { unprocessed: 6 },
      wanting: 0,
      total: { hoursWithoutCarbon: 6 },
    });
    expect(first.total.busyKwh).toBeGreaterThan(0);
    expect(first.total.busyGco2eq).toBeNull();
    expect(first.warnings).toEqual([expect.stringContaining("no source of intensity")]);
    expect(w.asked.intensity).toBe(0);
    expect(await runSync(options)).toMatchObject({ plan: { fetch: 0, restate: 0, done: 6 }, written: [] });

    const withCarbon = await runSync({ ...options, intensity: constantIntensity(125) });
    expect(withCarbon).toMatchObject({ statuses: { processed: 6 }, restated: 6, provisional: 0, wanting: 0 });
    const series = await ada(store);
    expect([...series.gco2eqPerKwh]).toEqual(Array(6).fill(125));
    expect(series.provenance[0]?.intensity).toEqual({
      ...{ kind: "fallback", source: "constant/125", fetchedAt: null, settled: true },
    });
    // One number that was agreed on stays, and a run without a source leaves it.
    for (const intensity of [constantIntensity(125), undefined])
      expect(await runSync({ ...options, intensity })).toMatchObject({ plan: { done: 6 }, written: [] });
    expect(await runSync({ ...options, intensity: constantIntensity(90) })).toMatchObject({
      otherIntensity: 6,
    });
  });

  it("asks nobody and locks nothing before its options are right", async () => {
    const asked = (): never => {
      throw new Error("was asked");
    };
    const store = { ...memoryUsageStore(), scopes: asked, read: asked, lock: asked };
    const cpu = { where: "nowhere", projects: asked, cpuHours: asked, scrapes: asked };
    const right = { cpu, store, interval: INTERVAL };
    for (const wrong of [
      { interval: undefined },
      { interval: { from: "2025-09-10", to: INTERVAL.to } },
      { interval: { from: INTERVAL.from + 1, to: INTERVAL.to } },
      { completeAt: 2 },
      { tenures: { source: {} } },
      { projekts: ["IDAaaS"] },
    ])
      await expect(runSync({ ...right, ...wrong } as never)).rejects.toMatchObject({ code: "bad-input" });
    await expect(runSync({ ...right, projekts: ["IDAaaS"] } as never)).rejects.toThrow(
      'runSync has no "projekts"; did you mean projects?',
    );
  });
});
