import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  ALL,
  ada,
  contents,
  coversHour,
  FROM,
  HOSTS,
  INTERVAL,
  isCpu,
  LATER,
  MINUTE,
  world,
} from "../../test/support/world.js";
import { perCore } from "../power/index.js";
import { memoryUsageStore } from "../stores/memory/index.js";
import type { UsageStore } from "../stores/usage-store.js";
import { clusterTruth, type Fault, simulateCluster } from "../testing/index.js";
import { DAY_MS, HOUR_MS } from "../usage/hour.js";
import { formatScope } from "../usage/scope.js";
import { at } from "../usage/series.js";

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

describe("carbon", () => {
  it("is stated from a forecast at first, and again when the measured value is there", async () => {
    const w = await world();
    const store = memoryUsageStore();
    w.now = INTERVAL.to + HOUR_MS;
    w.grid = { unestimated: [{ from: FROM + 2 * HOUR_MS, to: FROM + 3 * HOUR_MS + HOUR_MS / 2 }] };
    const first = await w.run(store);
    expect(first).toMatchObject({ statuses: { processed: 6 }, provisional: 6 });
    const before = await ada(store);
    expect(before.provenance.map((row) => row.intensity?.kind)).toEqual([
      "actual",
      "actual",
      "forecast",
      "forecast",
      "actual",
      "actual",
    ]);

    // Measured values are revised for two days: looked at again, but nothing is written while nothing changes.
    w.now += HOUR_MS;
    const soon = await w.run(store);
    expect(soon).toMatchObject({ plan: { restate: 6 }, restated: 0, written: [] });

    w.now = LATER;
    w.grid = {};
    const later = await w.run(store);
    expect(later).toMatchObject({ plan: { restate: 6, fetch: 0 }, restated: 6, provisional: 0 });
    expect(w.asked.prometheus).toBe(0);
    const clean = memoryUsageStore();
    await w.run(clean);
    expect(await contents(store)).toEqual(await contents(clean));
    expect((await ada(store)).busyGco2eq).not.toEqual(before.busyGco2eq);
    await w.run(store);
    expect(w.asked).toEqual({ prometheus: 0, intensity: 0 });
  });

  it("is missing, not zero, while the service is down, and made up for without asking Prometheus", async () => {
    const w = await world();
    const store = memoryUsageStore();
    w.fault = ({ path }) => (path.startsWith("/intensity-api") ? { status: 200, body: "{}" } : undefined);
    await w.run(store);
    w.fault = ({ path }) => (path.startsWith("/intensity-api") ? { status: 500, body: "oops" } : undefined);
    const report = await w.run(store);
    expect(report).toMatchObject({
      statuses: { unprocessed: 6 },
      restated: 0,
      warnings: [expect.stringMatching(/no carbon intensity.*answered 500/)],
    });
    const series = await ada(store);
    expect(at(series.busyKwh, 0)).toBeGreaterThan(0);
    expect(series.busyGco2eq.every(Number.isNaN)).toBe(true);

    w.fault = () => undefined;
    expect(await w.run(store)).toMatchObject({ statuses: { processed: 6 }, restated: 6 });
    expect(w.asked.prometheus).toBe(0);
  });

  it("falls back to the constant given, provisionally, and never in place of a forecast", async () => {
    const w = await world();
    const store = memoryUsageStore();
    w.grid = { missing: [{ from: FROM, to: FROM + 2 * HOUR_MS }], unestimated: [INTERVAL] };
    const report = await w.run(store, { fallbackGco2eqPerKwh: 200 });
    expect(report).toMatchObject({ statuses: { processed: 6 }, provisional: 6 });
    const series = await ada(store);
    expect(series.provenance.map((row) => row.intensity?.kind)).toEqual([
      "fallback",
      "fallback",
      "forecast",
      "forecast",
      "forecast",
      "forecast",
    ]);
    expect(at(series.busyGco2eq, 0)).toBeCloseTo(at(series.busyKwh, 0) * 200, 12);

    w.fault = ({ path }) => (path.startsWith("/intensity-api") ? { status: 500, body: "" } : undefined);
    await w.run(store, { fallbackGco2eqPerKwh: 300 });
    expect((await ada(store)).provenance[3]?.intensity?.kind).toBe("forecast");
  });

  it("of an hour without one of its half hours is missing", async () => {
    const w = await world();
    const store = memoryUsageStore();
    w.grid = { missing: [{ from: FROM + HOUR_MS / 2, to: FROM + HOUR_MS }] };
    expect((await w.run(store)).statuses).toMatchObject({ unprocessed: 1, processed: 5 });
  });
});

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
    expect([series.status[3], at(series.busyKwh, 3)]).toEqual(["not downloaded", Number.NaN]);

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

describe("what the source leaves out", () => {
  it("by its own words makes the hours incomplete until it answers in full", async () => {
    const w = await world();
    const store = memoryUsageStore();
    w.now = INTERVAL.to + HOUR_MS;
    w.edit = (body, query) =>
      query.startsWith("sum by")
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
      query.startsWith("sum by")
        ? body.replace('{"status"', '{"warnings":["a store is away"],"status"')
        : body;
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

describe("data that cannot be", () => {
  const cpuReply =
    (
      change: (result: { metric: Record<string, string>; values?: unknown; histograms?: unknown }[]) => void,
    ) =>
    (body: string, query: string) => {
      if (!query.startsWith("sum by")) return body;
      const reply = JSON.parse(body);
      change(reply.data.result);
      return JSON.stringify(reply);
    };

  it("NaN and infinities are missing, found, and make the hour incomplete", async () => {
    const w = await world();
    w.edit = cpuReply((result) => {
      const idle = result.find(({ metric }) => metric.instance === "a:9100" && metric.mode === "idle");
      if (idle)
        idle.values = (idle.values as [number, string][]).map(([t, v], i) => [
          t,
          ["NaN", "+Inf", "-Inf"][i] ?? v,
        ]);
    });
    const report = await w.run(memoryUsageStore());
    expect(report.statuses).toMatchObject({ "download incomplete": 3, processed: 3 });
    expect(report.findings.filter(({ kind }) => kind === "not-a-number")).toHaveLength(3);
  });

  it("a series with histograms only is found and counts nothing", async () => {
    const w = await world();
    w.edit = cpuReply((result) => {
      for (const series of result) {
        if (series.metric.instance !== "a:9100") continue;
        delete series.values;
        series.histograms = [[FROM / 1000 + 3600, {}]];
      }
    });
    const report = await w.run(memoryUsageStore());
    expect(report.statuses["download incomplete"]).toBe(6);
    expect(report.findings.some(({ kind }) => kind === "histogram")).toBe(true);
  });

  it("a counter gone backwards is a finding, not energy", async () => {
    const w = await world();
    w.edit = cpuReply((result) => {
      const iowait = result.find(({ metric }) => metric.instance === "a:9100" && metric.mode === "iowait");
      if (iowait)
        iowait.values = (iowait.values as [number, string][]).map(([t, v], i) => [
          t,
          i === 1 ? "1234567" : v,
        ]);
    });
    const store = memoryUsageStore();
    const report = await w.run(store);
    expect(report.findings).toEqual([
      {
        kind: "impossible-cpu-seconds",
        message: expect.stringMatching(/a:9100 at 2025-09-10T01:00:00Z.*cut to 14400/),
      },
    ]);
    const clean = memoryUsageStore();
    w.edit = (body) => body;
    await w.run(clean);
    const [got, exact] = [await ada(store), await ada(clean)];
    expect(at(got.busyKwh, 1) / at(exact.busyKwh, 1)).toBeCloseTo(1, 3);
    expect(report.statuses.processed).toBe(6);
  });
});

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
    const boot = FROM - DAY_MS;
    const shared = { project: "IDAaaS", instance: "s:9100", machine: "Muon", cores: 4 };
    const w = await world({
      hosts: [
        { ...shared, user: "first", incarnations: [{ from: boot, to: change }] },
        { ...shared, user: "second", incarnations: [{ from: change, to: Number.POSITIVE_INFINITY }] },
      ],
    });
    const store = memoryUsageStore();
    await w.run(store, { projects: ["IDAaaS"] });
    const [first, second] = await Promise.all(
      ["first", "second"].map((name) => store.read({ kind: "user", name }, ALL)),
    );
    expect(first?.hours).toHaveLength(3);
    expect(second?.hours).toHaveLength(4);
    const series = await ada(store);
    expect((at(series.busyCpuSeconds, 2) + at(series.idleCpuSeconds, 2)) / 14_400).toBeCloseTo(1, 2);
  });

  it("a host scraped by two jobs is one host", async () => {
    const w = await world({
      hosts: [...HOSTS, ...HOSTS.map((host) => ({ ...host, job: "again", phaseMs: 20_000 }))],
    });
    const store = memoryUsageStore();
    expect((await w.run(store)).statuses.processed).toBe(6);
    const series = await ada(store);
    expect((at(series.busyCpuSeconds, 1) + at(series.idleCpuSeconds, 1)) / (8 * 3600)).toBeCloseTo(1, 2);
  });

  it("modes that count as neither do not lower the coverage", async () => {
    const w = await world();
    const store = memoryUsageStore();
    const report = await w.run(store, { power: perCore({ modes: { idle: "idle", user: "ignored" } }) });
    expect(report.statuses.processed).toBe(6);
    const truth = clusterTruth(simulateCluster({ interval: INTERVAL, hosts: HOSTS }));
    const user = truth.hosts.reduce((sum, host) => sum + (host.modes.user[1] ?? 0), 0);
    expect(at((await ada(store)).busyCpuSeconds, 1)).toBeCloseTo(
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
        await w
          .run(store, { interval, prometheus: { hoursPerRequest: size } })
          .catch((error: unknown) => expect(error).toMatchObject({ code: "server-error" }));
      }
      w.fault = () => undefined;
      await w.run(store);
      expect(await contents(store)).toEqual(expected);
    }),
    { numRuns: 15 },
  );
});
