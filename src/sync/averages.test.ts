import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ada, FROM, INTERVAL, MINUTE, world } from "../../test/support/world.js";
import { machineAverageModel, machineMeans, rebuildAverages } from "../averages/index.js";
import { perCore } from "../power/per-core.js";
import type { AverageStore, MachineAverages } from "../stores/average-store.js";
import { memoryAverageStore, memoryUsageStore } from "../stores/memory/index.js";
import { HOUR_MS } from "../usage/hour.js";
import { numberAt } from "../usage/series.js";
import { restate } from "./restate-interval.js";

describe("averages", () => {
  /** Every average as plain numbers, to compare with a rebuild. */
  const values = async (store: AverageStore): Promise<unknown[]> => {
    const all = await Promise.all((await store.list()).map((machine) => store.get(machine)));
    return all.map((one) => one && machineMeans(one satisfies MachineAverages));
  };

  it("follow what is stored, and equal a rebuild after any order of runs and restatements", async () => {
    const w = await world({ outages: [{ from: FROM + 100 * MINUTE, to: FROM + 150 * MINUTE }] });
    const step = fc.record({
      from: fc.integer({ min: 0, max: 5 }),
      length: fc.integer({ min: 1, max: 6 }),
      watts: fc.constantFrom(undefined, 5, 20),
      hoursPerRequest: fc.constantFrom(1, 24),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 4 }), async (steps) => {
        const [store, averages, rebuilt] = [memoryUsageStore(), memoryAverageStore(), memoryAverageStore()];
        for (const { from, length, watts, hoursPerRequest } of steps) {
          const interval = {
            from: FROM + from * HOUR_MS,
            to: Math.min(FROM + (from + length) * HOUR_MS, INTERVAL.to),
          };
          const report = await w.run(store, { interval, averages, prometheus: { hoursPerRequest } });
          expect(report.warnings.filter((warning) => warning.includes("averages"))).toEqual([]);
          if (watts !== undefined)
            await restate({ store, interval, averages, power: perCore({ busyWatts: watts }) });
        }
        await rebuildAverages(store, rebuilt, await averages.list());
        const [kept, fresh] = [await values(averages), await values(rebuilt)];
        expect(kept).toHaveLength(fresh.length);
        kept.forEach((one, i) => {
          for (const [name, value] of Object.entries(one ?? {})) {
            const exact = (fresh[i] as Record<string, number | string | null>)[name];
            if (typeof value === "number" && typeof exact === "number")
              expect(Math.abs(value - exact)).toBeLessThanOrEqual(1e-12 * Math.abs(exact));
            else expect(value).toEqual(exact);
          }
        });
      }),
      { numRuns: 8 },
    );
  });

  it("that missed something are made anew by the next run that has work", async () => {
    const w = await world();
    const [store, averages] = [memoryUsageStore(), memoryAverageStore()];
    await w.run(store, { interval: { from: FROM, to: FROM + 2 * HOUR_MS } });
    const report = await w.run(store, { averages });
    expect(report.warnings.join()).toMatch(/averages of 2 machines did not match/);
    expect((await averages.get("Muon"))?.hours).toBe(12);
  });

  it("make a power model, which does not feed them", async () => {
    const w = await world();
    const [store, averages] = [memoryUsageStore(), memoryAverageStore()];
    await w.run(store, {
      interval: { from: FROM, to: FROM + 3 * HOUR_MS },
      averages,
      power: perCore({ busyWatts: 30 }),
    });
    const before = await values(averages);
    const power = await machineAverageModel(averages, perCore());
    await w.run(store, { interval: { from: FROM + 3 * HOUR_MS, to: INTERVAL.to }, averages, power });
    expect(await values(averages)).toEqual(before);
    const series = await ada(store);
    expect(numberAt(series.busyKwh, 5) / numberAt(series.busyCpuSeconds, 5)).toBeCloseTo(30 / 3.6e6, 12);
    expect(series.provenance[5]?.model).toBe(power.id);
    expect(power.id).toMatch(/^machine-average\/1 averages=[0-9a-f]{16} given=0 learnt=2 else per-core/);
  });
});
