import { describe, expect, it } from "vitest";
import { FROM, HOSTS, MINUTE, world } from "../../test/support/world.js";
import { memoryUsageStore } from "../stores/memory/index.js";
import { prune } from "../sync/prune.js";
import { dayEntryToSeries, parseDayEntry } from "../timeseries/index.js";
import { HOUR_MS } from "../usage/hour.js";
import { readDayEntry } from "./day.js";

describe("a day of a project", () => {
  it("is a document with an entry a machine, whose hours and totals add up", async () => {
    const w = await world({ hosts: [...HOSTS, { ...HOSTS[0], instance: "d:9100", machine: "Laser" }] });
    const store = memoryUsageStore();
    await w.run(store);
    const entry = await readDayEntry(store, "IDAaaS", FROM);
    expect([entry.cloud_project_name, entry.date]).toEqual(["IDAaaS", "10_09_2025"]);
    expect(Object.keys(entry.timeseries).sort()).toEqual([
      "00:00",
      "01:00",
      "02:00",
      "03:00",
      "04:00",
      "05:00",
      "totals",
    ]);
    for (const [hour, machines] of Object.entries(entry.timeseries)) {
      expect(Object.keys(machines).sort()).toEqual(["Laser", "Muon", "all"]);
      const { all, ...parts } = machines;
      for (const [name, whole] of Object.entries(all ?? {})) {
        const sum = Object.values(parts).reduce((total, part) => total + Number(Reflect.get(part, name)), 0);
        expect(sum / Number(whole), `${hour} ${name}`).toBeCloseTo(1, 9);
      }
    }
    const read = parseDayEntry(JSON.stringify(entry), { where: "a test" });
    expect(read).toEqual(entry);
    expect(dayEntryToSeries(read)).toBeDefined();
  });

  it("says failed where nothing was got, and not zero", async () => {
    const w = await world({ outages: [{ from: 0, to: FROM + 4 * HOUR_MS + MINUTE }] });
    const store = memoryUsageStore();
    await w.run(store);
    const { timeseries } = await readDayEntry(store, "IDAaaS", FROM);
    expect(timeseries["03:00"]?.all?.busy_kwh).toBe("failed");
    expect(timeseries["03:00"]?.Muon?.busy_kwh).toBe("failed");
    expect(timeseries["05:00"]?.Muon?.busy_kwh).toBeGreaterThan(0);
  });

  it("that is not stored is no-data", async () => {
    await expect(readDayEntry(memoryUsageStore(), "IDAaaS", FROM)).rejects.toMatchObject({
      code: "no-data",
      message: expect.stringMatching(/no stored hour on 2025-09-10/),
    });
  });
});

describe("prune", () => {
  it("says first, removes then, and keeps what is younger", async () => {
    const w = await world();
    const store = memoryUsageStore();
    await w.run(store);
    const before = FROM + 2 * HOUR_MS + 1;
    const dry = await prune({ store, before, dryRun: true });
    expect(dry).toMatchObject({ dryRun: true, scopes: 12, rows: 24, oldest: FROM });
    expect(await prune({ store, before })).toMatchObject({ ...dry, dryRun: false });
    expect(await prune({ store, before })).toMatchObject({ rows: 0, scopes: 0, oldest: null });
    expect(
      (await store.read({ kind: "ada", name: "ada" }, { from: 0, to: Number.MAX_SAFE_INTEGER })).hours,
    ).toHaveLength(4);
  });
});
