import { describe, expect, it } from "vitest";
import { ALL, ada, contents, FROM, HOSTS, INTERVAL, MINUTE, world } from "../../test/support/world.js";
import { perCore } from "../power/per-core.js";
import { memoryUsageStore } from "../stores/memory/index.js";
import { clusterTruth, simulateCluster } from "../testing/index.js";
import { DAY_MS, HOUR_MS } from "../usage/hour.js";
import { numberAt } from "../usage/series.js";

describe("scopes", () => {
  it("a project added later changes the sums of everything it shares", async () => {
    const w = await world();
    const store = memoryUsageStore();
    await w.run(store, { projects: ["IDAaaS"] });
    await w.run(store, { projects: ["CDAaaS"] });
    const clean = memoryUsageStore();
    await w.run(clean);
    expect(await contents(store)).toEqual(await contents(clean));
  });

  it("a host that changes hands within the hour counts for both, and once", async () => {
    const change = FROM + 2 * HOUR_MS + 30 * MINUTE;
    const life = { from: FROM - DAY_MS, to: Number.POSITIVE_INFINITY };
    const shared = { project: "IDAaaS", instance: "s:9100", machine: "Muon", cores: 4, incarnations: [life] };
    const w = await world({
      hosts: [{ ...shared, user: "first", labelChanges: [{ at: change, labels: { user: "second" } }] }],
    });
    const store = memoryUsageStore();
    await w.run(store, { projects: ["IDAaaS"] });
    const [first, second] = await Promise.all(
      ["first", "second"].map((name) => store.read({ kind: "user", name }, ALL)),
    );
    expect(first?.hours).toHaveLength(3);
    expect(second?.hours).toHaveLength(4);
    const series = await ada(store);
    expect((numberAt(series.busyCpuSeconds, 2) + numberAt(series.idleCpuSeconds, 2)) / 14_400).toBeCloseTo(
      1,
      9,
    );
  });

  it("a host scraped by two jobs is one host", async () => {
    const w = await world({
      hosts: HOSTS.map((host) => ({
        ...host,
        alsoScrapedAs: [{ labels: { job: "again" }, phaseMs: 20_000 }],
      })),
    });
    const store = memoryUsageStore();
    expect((await w.run(store)).statuses.processed).toBe(6);
    const series = await ada(store);
    expect(
      (numberAt(series.busyCpuSeconds, 1) + numberAt(series.idleCpuSeconds, 1)) / (8 * 3600),
    ).toBeCloseTo(1, 9);
  });

  it("modes that count as neither do not lower the coverage", async () => {
    const w = await world();
    const store = memoryUsageStore();
    const report = await w.run(store, { power: perCore({ modes: { idle: "idle", user: "ignored" } }) });
    expect(report.statuses.processed).toBe(6);
    const truth = clusterTruth(simulateCluster({ interval: INTERVAL, hosts: HOSTS }));
    const user = truth.hosts.reduce((sum, host) => sum + (host.modes.user[1] ?? 0), 0);
    expect(numberAt((await ada(store)).busyCpuSeconds, 1)).toBeCloseTo(
      (truth.total.busyCpuSeconds[1] ?? 0) - user,
      -1.5,
    );
  });

  it("simulated and measured hours do not mix", async () => {
    const w = await world();
    const store = memoryUsageStore();
    expect((await w.run(store, { fake: true })).statuses.fake).toBe(6);
    await expect(w.run(store)).rejects.toMatchObject({
      code: "bad-input",
      message: expect.stringMatching(/simulated \(fake\)/),
    });
  });
});
