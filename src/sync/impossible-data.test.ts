import { describe, expect, it } from "vitest";
import { ada, asksCpu, FROM, world } from "../../test/support/world.js";
import { memoryUsageStore } from "../stores/memory/index.js";
import { at } from "../usage/series.js";

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
      expect(at(got.busyKwh, hour) / at(exact.busyKwh, hour)).toBeCloseTo(1, 9);
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
    expect(at(got.busyKwh, 1) / at(exact.busyKwh, 1)).toBeCloseTo(1, 3);
    expect(report.statuses.processed).toBe(6);
  });
});
