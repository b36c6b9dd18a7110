import { describe, expect, it } from "vitest";
import { ada, contents, coversHour, isCpu, world } from "../../test/support/world.js";
import { perCore } from "../power/per-core.js";
import { memoryUsageStore } from "../stores/memory/index.js";
import type { UsageStore } from "../stores/usage-store.js";
import type { Fault } from "../testing/index.js";
import { numberAt } from "../usage/series.js";

describe("failures", () => {
  it("of some hours leave the others, and are made good by the next run alone", async () => {
    const w = await world();
    const store = memoryUsageStore();
    w.fault = (request) =>
      isCpu(request) && coversHour(request, 3)
        ? {
            status: 422,
            body: '{"status":"error","errorType":"execution","error":"query processing would load too many samples"}',
          }
        : undefined;
    const report = await w.run(store);
    expect(report).toMatchObject({ failed: 1, statuses: { "not downloaded": 1, processed: 5 } });
    expect(report.warnings.join()).toMatch(
      /2025-09-10T03:00:00Z to 2025-09-10T04:00:00Z: .*too many samples/,
    );
    const series = await ada(store);
    expect([series.status[3], numberAt(series.busyKwh, 3)]).toEqual(["not downloaded", Number.NaN]);

    w.fault = () => undefined;
    expect(await w.run(store)).toMatchObject({ plan: { fetch: 1, done: 5 }, statuses: { processed: 6 } });
    const clean = memoryUsageStore();
    await w.run(clean);
    expect(await contents(store)).toEqual(await contents(clean));
  });

  it("of everything are an error, and nothing is stored", async () => {
    const w = await world();
    for (const fault of [
      { status: 503, body: "" },
      { reset: true },
      { status: 200, body: "<html>" },
      { truncateAt: 30 },
    ] satisfies Fault[]) {
      const store = memoryUsageStore();
      w.fault = (request) => (isCpu(request) ? fault : undefined);
      await expect(w.run(store)).rejects.toMatchObject({ isAdaCarbonError: true });
      expect(await contents(store)).toEqual([]);
    }
  });

  it("by 401 end the run at once", async () => {
    const w = await world();
    w.fault = () => ({ status: 401, body: "Unauthorized" });
    await expect(w.run(memoryUsageStore())).rejects.toMatchObject({ code: "unauthorised" });
    expect(w.asked.prometheus).toBe(1);
  });

  it("of the sums to agree, as after a crash between two writes, are found and mended", async () => {
    const w = await world();
    const clean = memoryUsageStore();
    await w.run(clean);
    for (let crashAfter = 0; crashAfter < 9; crashAfter++) {
      const store = memoryUsageStore();
      await w.run(store, { power: perCore({ busyWatts: 99 }) });
      await tear(store);
      const torn: UsageStore = {
        ...store,
        replace: async (batch, options) => {
          for (const series of batch.slice(0, crashAfter)) await store.replace([series], options);
          throw new Error("power cut");
        },
      };
      await expect(w.run(torn)).rejects.toThrow("power cut");
      await w.run(store);
      expect(await contents(store)).toEqual(await contents(clean));
    }
  });
});

/** Makes `ada` differ from its projects, so that every hour is planned again. */
async function tear(store: UsageStore): Promise<void> {
  const series = await ada(store);
  await store.replace([{ ...series, busyKwh: series.busyKwh.map((kwh) => kwh * 1.5) }]);
}
