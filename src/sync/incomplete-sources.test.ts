import { describe, expect, it } from "vitest";
import { ada, asksCpu, contents, FROM, INTERVAL, MINUTE, world } from "../../test/support/world.js";
import { memoryUsageStore } from "../stores/memory/index.js";
import { DAY_MS, HOUR_MS } from "../usage/hour.js";
import { at } from "../usage/series.js";

describe("what the source leaves out", () => {
  it("by its own words makes the hours incomplete until it answers in full", async () => {
    const w = await world();
    const store = memoryUsageStore();
    w.now = INTERVAL.to + HOUR_MS;
    w.edit = (body, query) =>
      asksCpu(query)
        ? body.replace('{"status"', '{"warnings":["results truncated due to limit"],"status"')
        : body;
    const report = await w.run(store);
    expect(report.statuses["download incomplete"]).toBe(6);
    expect(report.warnings.join()).toMatch(/results truncated due to limit/);
    w.edit = (body) => body;
    expect(await w.run(store)).toMatchObject({ plan: { fetch: 6 }, statuses: { processed: 6 } });
  });

  it("for good is not asked for again past the horizon", async () => {
    const w = await world({
      outages: [{ from: FROM + 2 * HOUR_MS + 30 * MINUTE, to: FROM + 3 * HOUR_MS + 30 * MINUTE }],
    });
    const store = memoryUsageStore();
    w.now = INTERVAL.to + 3 * DAY_MS;
    expect((await w.run(store)).statuses).toMatchObject({ "download incomplete": 2, processed: 4 });
    expect((await w.run(store)).plan.fetch).toBe(2);
    w.now = INTERVAL.to + 20 * DAY_MS;
    expect((await w.run(store)).plan).toMatchObject({ fetch: 0, done: 6 });
  });

  it("altogether for an hour is not downloaded, never zero", async () => {
    const w = await world({ outages: [{ from: FROM + HOUR_MS - MINUTE, to: FROM + 4 * HOUR_MS }] });
    const store = memoryUsageStore();
    const report = await w.run(store);
    expect(report.statuses).toMatchObject({ "not downloaded": 3 });
    const series = await ada(store);
    expect([series.status[2], at(series.busyCpuSeconds, 2), at(series.coverage, 2)]).toEqual([
      "not downloaded",
      Number.NaN,
      0,
    ]);
  });

  it("since it has forgotten, does not replace what is stored", async () => {
    const w = await world();
    const store = memoryUsageStore();
    w.now = INTERVAL.to + HOUR_MS;
    w.edit = (body, query) =>
      asksCpu(query) ? body.replace('{"status"', '{"warnings":["a store is away"],"status"') : body;
    await w.run(store);
    const before = await contents(store);
    w.edit = (body) => {
      const reply = JSON.parse(body);
      if (Array.isArray(reply.data?.result))
        reply.data.result = reply.data.result.filter(
          ({ metric }: { metric: Record<string, string> }) => metric.instance === "a:9100",
        );
      return JSON.stringify(reply);
    };
    expect(await w.run(store)).toMatchObject({
      kept: 6,
      warnings: [expect.stringMatching(/the source now has less/)],
    });
    expect(await contents(store)).toEqual(before);
  });
});
