import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  ada,
  contents,
  coversHour,
  FROM,
  INTERVAL,
  isCpu,
  LATER,
  MINUTE,
  world,
} from "../../test/support/world.js";
import { perCore } from "../power/per-core.js";
import { RowIndex } from "../rows/row-index.js";
import { memoryUsageStore } from "../stores/memory/index.js";
import type { UsageStore } from "../stores/usage-store.js";
import { finishedHours, HOUR_MS } from "../usage/hour.js";
import { ADA, formatScope, type Scope } from "../usage/scope.js";
import type { SyncReport } from "./events.js";
import { reportOf } from "./report.js";

describe("a run", () => {
  it("processes every hour once, and finds nothing to do the second time", async () => {
    const w = await world();
    const store = memoryUsageStore();
    const report = await w.run(store);
    expect(report.statuses.processed).toBe(6);
    expect(report).toMatchObject({ failed: 0, kept: 0, provisional: 0, warnings: [], findings: [] });
    expect(report.conservationError).toBeLessThan(1e-12);
    expect(report.written.map(formatScope).sort()).toEqual([
      "ada",
      "group:CDAaaS",
      "group:IDAaaS",
      "host:a:9100",
      "host:b:9100",
      "host:c:9100",
      "machine:Laser",
      "machine:Muon",
      "project:CDAaaS",
      "project:IDAaaS",
      "user:amara",
      "user:unattributed",
    ]);
    expect(report.written.map(({ kind }) => kind).at(-1)).toBe("ada");

    const again = await w.run(store);
    expect(w.asked).toEqual({ prometheus: 0, intensity: 0 });
    expect(again).toMatchObject({ plan: { fetch: 0, restate: 0, done: 6 }, written: [] });
  });

  it("takes every project of the source when none is named, and groups as it is told", async () => {
    const w = await world();
    const store = memoryUsageStore();
    const report = await w.run(store, {
      projects: undefined,
      groupOf: ({ project, machine }) => `${project}_${machine}`,
    });
    expect(report.projects).toEqual(["CDAaaS", "IDAaaS"]);
    expect(await store.scopes("group")).toEqual([
      { kind: "group", name: "CDAaaS_Laser" },
      { kind: "group", name: "IDAaaS_Muon" },
    ]);
  });

  it("leaves out hours that are not over, and comes back for them", async () => {
    const w = await world();
    const store = memoryUsageStore();
    w.now = FROM + 4 * HOUR_MS + 59 * MINUTE;
    const report = await w.run(store);
    expect(report.plan).toMatchObject({ wanted: 6, fetch: 4, unfinished: 2 });
    expect(report.warnings.join()).toMatch(/2 hours are not over yet/);
    expect((await ada(store)).hours).toHaveLength(4);
    w.now = LATER;
    await w.run(store);
    const clean = memoryUsageStore();
    await w.run(clean);
    expect(await contents(store)).toEqual(await contents(clean));
  });

  it.each([
    [{ from: FROM + 1, to: INTERVAL.to }, /nearest hours are 2025-09-10T00:00:00Z and 2025-09-10T01:00:00Z/],
    [{ from: INTERVAL.to, to: FROM }, /must end after it starts/],
    [{ from: FROM, to: FROM }, /must end after it starts/],
  ])("refuses the interval %j", async (interval, message) => {
    const w = await world();
    await expect(w.run(memoryUsageStore(), { interval })).rejects.toMatchObject({
      code: "bad-input",
      message: expect.stringMatching(message),
    });
  });

  it("stops with the signal's own reason and leaves the store unlocked", async () => {
    const w = await world();
    const reason = new Error("enough");
    const controller = new AbortController();
    w.fault = (request) => {
      if (!isCpu(request)) return undefined;
      controller.abort(reason);
      return { hang: true };
    };
    const store = memoryUsageStore();
    await expect(w.run(store, { signal: controller.signal })).rejects.toBe(reason);
    w.fault = () => undefined;
    expect((await w.run(store)).statuses.processed).toBe(6);
  });
});

/** What a report is to say, by reading all that is stored. */
async function asStored(store: UsageStore, { interval, projects }: SyncReport): Promise<Partial<SyncReport>> {
  const read = async (scope: Scope): Promise<RowIndex> => new RowIndex(await store.read(scope, interval));
  const named = projects.map((name) => read({ kind: "project", name }));
  return reportOf(await read(ADA), await Promise.all(named), finishedHours(interval, LATER), perCore());
}

it("any order of overlapping runs, with failures between, ends as one run does", async () => {
  const w = await world({
    outages: [{ from: FROM + 4 * HOUR_MS + 20 * MINUTE, to: FROM + 4 * HOUR_MS + 50 * MINUTE }],
  });
  const clean = memoryUsageStore();
  await w.run(clean);
  const expected = await contents(clean);
  const step = fc.record({
    from: fc.integer({ min: 0, max: 5 }),
    length: fc.integer({ min: 1, max: 6 }),
    failing: fc.option(fc.integer({ min: 0, max: 5 })),
    size: fc.integer({ min: 1, max: 6 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 5 }), async (steps) => {
      const store = memoryUsageStore();
      for (const { from, length, failing, size } of steps) {
        const interval = {
          from: FROM + from * HOUR_MS,
          to: Math.min(FROM + (from + length) * HOUR_MS, INTERVAL.to),
        };
        w.fault = (request) =>
          failing !== null && isCpu(request) && coversHour(request, failing)
            ? { status: 500, body: "" }
            : undefined;
        await w.run(store, { interval, prometheus: { hoursPerRequest: size } }).then(
          async (report) => expect(report).toMatchObject(await asStored(store, report)),
          (error: unknown) => expect(error).toMatchObject({ code: "server-error" }),
        );
      }
      w.fault = () => undefined;
      await w.run(store);
      expect(await contents(store)).toEqual(expected);
    }),
    { numRuns: 15 },
  );
});
