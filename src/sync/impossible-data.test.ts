import type { CounterFault } from "ada-carbon/testing";
import { describe, expect, it } from "vitest";
import { ada, asksCpu, FROM, HOSTS, INTERVAL, MINUTE, type World, world } from "../../test/support/world.js";
import { memoryUsageStore } from "../stores/memory/index.js";
import type { UsageStore } from "../stores/usage-store.js";
import { HOUR_MS } from "../usage/hour.js";
import { numberAt, type UsageSeries } from "../usage/series.js";

describe("data that cannot be", () => {
  const cpuReply =
    (
      change: (
        result: { metric: Record<string, string>; values?: unknown; histograms?: unknown }[],
        use: "busy" | "idle",
      ) => void,
    ) =>
    (body: string, query: string) => {
      if (!asksCpu(query)) return body;
      const reply = JSON.parse(body);
      change(reply.data.result, query.includes('mode="idle"') ? "idle" : "busy");
      return JSON.stringify(reply);
    };

  it("NaN and infinities in sums are found, and the hours are measured by the samples behind them", async () => {
    const w = await world();
    w.edit = cpuReply((result, use) => {
      const idle = result.find(({ metric }) => metric.instance === "a:9100" && use === "idle");
      if (idle)
        idle.values = (idle.values as [number, string][]).map(([t, v], i) => [
          t,
          ["NaN", "+Inf", "-Inf"][i] ?? v,
        ]);
    });
    const [store, clean] = [memoryUsageStore(), memoryUsageStore()];
    const report = await w.run(store);
    w.edit = (body) => body;
    await w.run(clean);
    const [got, exact] = [await ada(store), await ada(clean)];
    for (let hour = 0; hour < 6; hour++)
      expect(numberAt(got.busyKwh, hour) / numberAt(exact.busyKwh, hour)).toBeCloseTo(1, 9);
    expect(report.statuses.processed).toBe(6);
    const messages = report.findings.flatMap(({ kind, message }) =>
      kind === "not-a-number" ? [message] : [],
    );
    expect(messages).toHaveLength(3);
    expect(messages[0]).toMatch(
      /^idle CPU-seconds of .*a:9100.* are NaN at 2025-09-10T00:00:00Z; taken as missing/,
    );
  });

  it("a sum that is only a histogram is found, and the hours are measured by the samples behind it", async () => {
    const w = await world();
    w.edit = cpuReply((result) => {
      for (const series of result) {
        if (series.metric.instance !== "a:9100") continue;
        delete series.values;
        series.histograms = [[FROM / 1000 + 3600, {}]];
      }
    });
    const report = await w.run(memoryUsageStore());
    expect(report.statuses.processed).toBe(6);
    expect(report.findings.some(({ kind }) => kind === "histogram")).toBe(true);
  });

  it("a sum that no counter can have is not energy", async () => {
    const w = await world();
    // Such as iowait.
    w.edit = cpuReply((result, use) => {
      const busy = result.find(({ metric }) => metric.instance === "a:9100" && use === "busy");
      if (busy)
        busy.values = (busy.values as [number, string][]).map(([t, v], i) => [t, i === 1 ? "1234567" : v]);
    });
    const store = memoryUsageStore();
    const report = await w.run(store);
    const clean = memoryUsageStore();
    w.edit = (body) => body;
    await w.run(clean);
    const [got, exact] = [await ada(store), await ada(clean)];
    expect(numberAt(got.busyKwh, 1) / numberAt(exact.busyKwh, 1)).toBeCloseTo(1, 3);
    expect(report.statuses.processed).toBe(6);
  });

  /** A world in which the counters of `b:9100`, which has two CPUs, say something else. */
  const worldOfFaults = (counterFaults: readonly CounterFault[]): Promise<World> =>
    world({ hosts: HOSTS.map((host) => (host.instance === "b:9100" ? { ...host, counterFaults } : host)) });
  const hostB = (store: UsageStore): Promise<UsageSeries> =>
    store.read({ kind: "host", name: "b:9100" }, INTERVAL);

  it("a counter that fell is a finding, and the hour is what the others say", async () => {
    const w = await worldOfFaults([
      {
        from: FROM + 2 * HOUR_MS + 30 * MINUTE,
        to: Number.POSITIVE_INFINITY,
        cpu: 1,
        mode: "idle",
        addSeconds: -500,
      },
    ]);
    const [store, exact] = [memoryUsageStore(), memoryUsageStore()];
    const report = await w.run(store);
    await (await world()).run(exact);
    expect(report.statuses.processed).toBe(6);
    expect(report.findings).toEqual([
      {
        kind: "counter-fell",
        message: expect.stringMatching(
          /^b:9100 at 2025-09-10T02:30:[\d.]+Z: idle of CPU 1 fell by \d+(\.\d+)? s although the machine did not boot; /,
        ),
      },
    ]);
    const [got, truth] = [await hostB(store), await hostB(exact)];
    for (let hour = 0; hour < 6; hour++) {
      expect(numberAt(got.busyCpuSeconds, hour) / numberAt(truth.busyCpuSeconds, hour)).toBeCloseTo(1, 9);
      expect((numberAt(got.busyCpuSeconds, hour) + numberAt(got.idleCpuSeconds, hour)) / 7_200).toBeCloseTo(
        1,
        5,
      );
      expect(numberAt(got.coverage, hour)).toBe(1);
    }
  });

  it("more CPU-seconds than there is time make the hour incomplete, and nothing is cut", async () => {
    // Each minute a little more than a minute, which a late scrape could be: only the hour shows that it cannot be.
    const everyMinute = Array.from({ length: 59 }, (_, minute): CounterFault => {
      const from = FROM + 2 * HOUR_MS + (minute + 1) * MINUTE;
      return { from, to: Number.POSITIVE_INFINITY, mode: "user", addSeconds: 3.9 };
    });
    const w = await worldOfFaults(everyMinute);
    const [store, exact] = [memoryUsageStore(), memoryUsageStore()];
    const report = await w.run(store);
    await (await world()).run(exact);
    expect(report.statuses).toMatchObject({ processed: 5, "download incomplete": 1 });
    expect(report.findings).toEqual([
      {
        kind: "impossible-cpu-seconds",
        message:
          "b:9100 at 2025-09-10T02:00:00Z: more CPU-seconds than 2 CPUs have in an hour; the hour is not complete",
      },
    ]);
    const [got, truth] = [await hostB(store), await hostB(exact)];
    expect(got.status).toEqual(
      [0, 1, 2, 3, 4, 5].map((hour) => (hour === 2 ? "download incomplete" : "processed")),
    );
    expect(numberAt(got.busyCpuSeconds, 2) - numberAt(truth.busyCpuSeconds, 2)).toBeCloseTo(2 * 59 * 3.9, 6);
    expect(numberAt(got.idleCpuSeconds, 2)).toBeCloseTo(numberAt(truth.idleCpuSeconds, 2), 6);
    // All there is has been read: nothing new can be got by asking again.
    expect((await w.run(store)).plan.fetch).toBe(0);
  });
});
