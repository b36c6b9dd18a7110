import { describe, expect, it } from "vitest";
import { ada, asksCpu, contents, FROM, HOSTS, INTERVAL, MINUTE, world } from "../../test/support/world.js";
import { perCore } from "../power/per-core.js";
import { memoryUsageStore } from "../stores/memory/index.js";
import { DAY_MS, HOUR_MS } from "../usage/hour.js";
import { numberAt } from "../usage/series.js";

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
    // Nobody is scraped any more: the last hour cannot be heard to its end.
    const w = await world({ outages: [{ from: INTERVAL.to - 30 * MINUTE, to: Number.POSITIVE_INFINITY }] });
    const store = memoryUsageStore();
    w.now = INTERVAL.to + 3 * DAY_MS;
    expect((await w.run(store)).statuses).toMatchObject({ "download incomplete": 1, processed: 5 });
    expect((await w.run(store)).plan.fetch).toBe(1);
    w.now = INTERVAL.to + 20 * DAY_MS;
    expect((await w.run(store)).plan).toMatchObject({ fetch: 0, done: 6 });
  });

  it("and cannot be known is not asked for again unless more has come", async () => {
    const booted = FROM + 2 * HOUR_MS + 50 * MINUTE;
    const w = await world({
      hosts: HOSTS.map((host) => ({
        ...host,
        incarnations: [
          { from: FROM - 90 * DAY_MS, to: booted - MINUTE },
          { from: booted, to: Number.POSITIVE_INFINITY },
        ],
      })),
      outages: [{ from: FROM + 2 * HOUR_MS + 10 * MINUTE, to: FROM + 2 * HOUR_MS + 55 * MINUTE }],
    });
    const store = memoryUsageStore();
    w.now = INTERVAL.to + 3 * HOUR_MS;
    expect((await w.run(store)).statuses).toMatchObject({ "download incomplete": 1, processed: 5 });
    expect((await w.run(store)).plan).toMatchObject({ fetch: 0 });
  });

  it("over a gap is spread by what the counters say on both sides", async () => {
    const w = await world({
      outages: [{ from: FROM + 2 * HOUR_MS + 30 * MINUTE, to: FROM + 3 * HOUR_MS + 30 * MINUTE }],
    });
    const store = memoryUsageStore();
    expect((await w.run(store)).statuses.processed).toBe(6);
    const series = await ada(store);
    expect(numberAt(series.coverage, 2)).toBeCloseTo(0.5, 1);
    expect(series.provenance[2]?.spread).toBeCloseTo(0.5, 1);
    expect(series.provenance[1]?.spread).toBeUndefined();
  });

  it("altogether for an hour is not downloaded, never zero", async () => {
    const w = await world({ outages: [{ from: 0, to: FROM + 3 * HOUR_MS + MINUTE }] });
    const store = memoryUsageStore();
    const report = await w.run(store);
    expect(report.statuses).toMatchObject({ "not downloaded": 3 });
    const series = await ada(store);
    expect([series.status[2], numberAt(series.busyCpuSeconds, 2), numberAt(series.coverage, 2)]).toEqual([
      "not downloaded",
      Number.NaN,
      Number.NaN,
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

  it("since it has forgotten a host, does not replace what is stored, under another model either", async () => {
    const [whole, forgetful] = [await world(), await world({ hosts: HOSTS.slice(1) })];
    const store = memoryUsageStore();
    whole.now = INTERVAL.to + HOUR_MS;
    forgetful.now = whole.now;
    // Every hour is incomplete and may get more.
    whole.edit = (body, query) =>
      asksCpu(query)
        ? body.replace('{"status"', '{"warnings":["results truncated due to limit"],"status"')
        : body;
    await whole.run(store);
    const before = await ada(store);
    for (const power of [undefined, perCore({ busyWatts: 99 })]) {
      await forgetful.run(store, { power });
      expect([...(await ada(store)).busyCpuSeconds]).toEqual([...before.busyCpuSeconds]);
    }
  });

  it("of the scrapes that it had, a host's less, replaces nothing under another model, however small the host", async () => {
    const [large = {}, ...others] = HOSTS;
    const hosts = [{ ...large, cores: 24 }, ...others];
    const [whole, forgetful] = [await world({ hosts }), await world({ hosts: hosts.toSpliced(1, 1) })];
    const store = memoryUsageStore();
    await whole.run(store);
    const before = await ada(store);
    const provenance = before.provenance.map((row) => ({ ...row, unsettled: true as const }));
    await store.replace([{ ...before, status: before.status.map(() => "download incomplete"), provenance }]);
    const report = await forgetful.run(store, { power: perCore({ busyWatts: 99 }) });
    expect(report).toMatchObject({ plan: { fetch: 6 }, kept: 6 });
    expect([...(await ada(store)).busyCpuSeconds]).toEqual([...before.busyCpuSeconds]);
  });
});
