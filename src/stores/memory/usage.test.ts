import { describe, expect, it } from "vitest";
import { type FinishedHour, HOUR_MS } from "../../usage/hour.js";
import { ADA, type Scope } from "../../usage/scope.js";
import { emptySeries, type UsageSeries } from "../../usage/series.js";
import { memoryUsageStore } from "./index.js";

const ALL = { from: 0, to: 1000 * HOUR_MS };
const project = (name: string): Scope => ({ kind: "project", name });

function usage(scope: Scope, firstHour: number, count: number, value: number): UsageSeries {
  const hours = Array.from({ length: count }, (_, i) => ((firstHour + i) * HOUR_MS) as FinishedHour);
  const series = emptySeries(scope, hours, { library: "0.1.0", model: "m", intensity: null });
  for (const name of ["busyCpuSeconds", "idleCpuSeconds", "busyKwh", "idleKwh"] as const) {
    series[name].fill(value);
  }
  series.status.fill("unprocessed");
  return series;
}

describe("memoryUsageStore", () => {
  it("replaces the hours it is given and keeps the others", async () => {
    const store = memoryUsageStore();
    await store.replace([usage(ADA, 0, 4, 1)]);
    await store.replace([usage(ADA, 2, 4, 2), usage(project("IDAaaS"), 0, 1, 9)]);
    expect([...(await store.read(ADA, ALL)).busyKwh]).toEqual([1, 1, 2, 2, 2, 2]);
    const slice = await store.read(ADA, { from: HOUR_MS, to: 3 * HOUR_MS });
    expect(slice.hours).toEqual([HOUR_MS, 2 * HOUR_MS]);
  });

  it("finds nothing where nothing is", async () => {
    const store = memoryUsageStore();
    await store.replace([usage(ADA, 0, 0, 1)]);
    expect((await store.read(ADA, ALL)).hours).toEqual([]);
    expect(await store.scopes("ada")).toEqual([]);
  });

  it("lists the scopes of a kind by name", async () => {
    const store = memoryUsageStore();
    await store.replace(["b", "a", "../x", "B"].map((name) => usage(project(name), 0, 1, 1)));
    expect(await store.scopes("project")).toEqual(["../x", "B", "a", "b"].map(project));
    expect(await store.scopes("machine")).toEqual([]);
  });

  it("is not changed through what was put in or what came out", async () => {
    const store = memoryUsageStore();
    const given = usage(ADA, 0, 1, 1);
    await store.replace([given]);
    given.busyKwh[0] = 2;
    (await store.read(ADA, ALL)).busyKwh[0] = 3;
    expect((await store.read(ADA, ALL)).busyKwh[0]).toBe(1);
  });

  it("refuses a whole batch for one series that no store accepts", async () => {
    const store = memoryUsageStore();
    const batch = [usage(ADA, 0, 1, 1), usage(project("IDAaaS"), 0, 1, -1)];
    await expect(store.replace(batch)).rejects.toMatchObject({ code: "bad-input" });
    expect(await store.scopes("ada")).toEqual([]);
  });

  it("rejects with the signal's own reason", async () => {
    const store = memoryUsageStore();
    const reason = new Error("enough");
    const signal = AbortSignal.abort(reason);
    await expect(store.read(ADA, ALL, { signal })).rejects.toBe(reason);
    await expect(store.replace([], { signal })).rejects.toBe(reason);
    await expect(store.scopes("ada", { signal })).rejects.toBe(reason);
  });
});
