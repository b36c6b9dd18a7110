import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  ALL,
  ada,
  contents,
  FROM,
  INTERVAL,
  LATER,
  MINUTE,
  type World,
  world,
} from "../../test/support/world.js";
import type { Attribute } from "../attribution/given.js";
import { tenureList } from "../attribution/index.js";
import type { Tenure, TenureSource } from "../attribution/tenure.js";
import { gbCarbonIntensity } from "../intensity/index.js";
import { perCore } from "../power/per-core.js";
import { explain } from "../reports/explain.js";
import { memoryUsageStore } from "../stores/memory/index.js";
import type { UsageStore } from "../stores/usage-store.js";
import { HOUR_MS, type Hour } from "../usage/hour.js";
import { ADA, formatScope, SCOPE_KINDS, type Scope } from "../usage/scope.js";
import { numberAt, QUANTITIES } from "../usage/series.js";
import { forget } from "./forget.js";
import { restate } from "./restate-interval.js";

const HANDOVER: Tenure[] = [
  { host: "a", from: FROM - HOUR_MS, to: FROM + 90 * MINUTE, user: "amara", experiment: "RB1" },
  { host: "a:9100", from: FROM + 100 * MINUTE, to: null, user: "bjorn", group: "imaging", experiment: "RB2" },
  { host: "b", from: FROM, to: FROM + 3 * HOUR_MS, user: "amara" },
];
const HANDOVERS: { source: TenureSource } = { source: tenureList("bookings", HANDOVER) };

/** Largest relative difference between `ada` and the sum over any kind, hour by hour, as stored. */
async function imbalance(store: UsageStore): Promise<number> {
  const whole = await ada(store);
  let worst = 0;
  for (const kind of SCOPE_KINDS) {
    const scopes = await store.scopes(kind);
    if (scopes.length === 0) continue;
    const all = await Promise.all(scopes.map((scope) => store.read(scope, ALL)));
    whole.hours.forEach((hour, i) => {
      for (const name of QUANTITIES) {
        const sum = all.reduce((total, series) => {
          const value = numberAt(series[name], series.hours.indexOf(hour));
          return total + (Number.isNaN(value) ? 0 : value);
        }, 0);
        const exact = Number.isNaN(numberAt(whole[name], i)) ? 0 : numberAt(whole[name], i);
        if (sum !== exact) worst = Math.max(worst, Math.abs(sum - exact) / Math.max(sum, exact));
      }
    });
  }
  return worst;
}

const named = (kind: Scope["kind"], name: string): Scope => ({ kind, name });

describe("tenures in the job", () => {
  it("say whose the hours are, and what nobody claims is unattributed", async () => {
    const w = await world();
    const store = memoryUsageStore();
    await w.run(store, { tenures: HANDOVERS });
    expect((await store.scopes("user")).map(({ name }) => name)).toEqual(["amara", "bjorn", "unattributed"]);
    expect((await store.scopes("experiment")).map(({ name }) => name)).toEqual([
      "RB1",
      "RB2",
      "unattributed",
    ]);
    expect((await store.scopes("group")).map(({ name }) => name)).toEqual(["CDAaaS", "IDAaaS", "imaging"]);
    expect(await imbalance(store)).toBeLessThan(1e-9);
    // The hour of the handover: 30 of 60 minutes, then 10 of nobody, then 20; by what was used in each.
    const host = await store.read(named("host", "a:9100"), ALL);
    const owners = host.provenance[1]?.host?.owners ?? [];
    expect(owners.map(({ user }) => user)).toEqual(["amara", "unattributed", "bjorn"]);
    expect(host.provenance[1]?.host?.by).toBe("tenures of bookings");
    const parts = owners.map(
      ({ busyShare, idleShare }) =>
        (numberAt(host.busyCpuSeconds, 1) * busyShare + numberAt(host.idleCpuSeconds, 1) * idleShare) /
        14_400,
    );
    [30, 10, 20].forEach((minutes, i) => {
      expect(parts[i]).toBeCloseTo(minutes / 60, 2);
    });
  });

  it("ask for slices once a day of handovers, and never for whole hours", async () => {
    const w = await world();
    await w.run(memoryUsageStore(), { tenures: HANDOVERS });
    const queries = w.server.requests.flatMap(({ parameters }) => parameters.get("query") ?? []);
    const raw = queries.filter((query) => query.endsWith("s]"));
    const ofHandedOver = raw.filter((query) => query.includes('instance="a:9100"'));
    expect(ofHandedOver).toHaveLength(1);
    // The other two booted together and may be one machine: they are compared once, for five minutes at either end.
    const compared = raw.filter((query) => !ofHandedOver.includes(query));
    const fiveMinutes = expect.stringMatching(/instance=~"c:9100\|b:9100"\}\[301s\]$/);
    expect(compared).toEqual([fiveMinutes, fiveMinutes]);
  });
});

describe("an attribution of the caller's own", () => {
  const owner = { project: "IDAaaS", machine: "Muon", user: "amara", group: "g", experiment: "RB1" };
  const halves = [
    { ...owner, busyShare: 0.5, idleShare: 0.25 },
    { ...owner, user: "bjorn", busyShare: 0.5, idleShare: 0.75 },
  ];
  const bookings: Attribute = () => ({ by: () => "bookings", ownersOf: () => halves });

  it("says whose the hours are, and conserves", async () => {
    const w = await world();
    const store = memoryUsageStore();
    await w.run(store, { attribution: bookings });
    expect((await store.scopes("user")).map(({ name }) => name)).toEqual(["amara", "bjorn"]);
    expect((await store.scopes("experiment")).map(({ name }) => name)).toEqual(["RB1"]);
    expect(await imbalance(store)).toBeLessThan(1e-9);
    const [whole, bjorn] = [await ada(store), await store.read(named("user", "bjorn"), ALL)];
    expect(numberAt(bjorn.idleKwh, 0)).toBeCloseTo(0.75 * numberAt(whole.idleKwh, 0), 9);
    expect((await explain(store, named("user", "bjorn"), bjorn.hours[0] as Hour)).hosts[0]?.by).toBe(
      "bookings",
    );
  });

  it("does not bring back a name that was forgotten, and restates what is stored", async () => {
    const w = await world();
    const store = memoryUsageStore();
    await w.run(store, {});
    await forget({ store, users: ["bjorn"] });
    await restate({ store, interval: INTERVAL, attribution: bookings });
    expect((await store.scopes("user")).map(({ name }) => name)).toEqual(["amara", "unattributed"]);
    expect(await imbalance(store)).toBeLessThan(1e-9);
  });

  it.each([
    ["no owner", [], "there is no owner"],
    [
      "half of an hour",
      [{ ...owner, busyShare: 0.5, idleShare: 1 }],
      "the busyShares sum to 0.5, and must sum to 1",
    ],
    ["a share below 0", [{ ...owner, busyShare: -1, idleShare: 1 }], "a busyShare is -1"],
    [
      "an owner without a user",
      [{ ...owner, user: "", busyShare: 1, idleShare: 1 }],
      'an owner\'s user is ""',
    ],
  ])("is refused where it says %s, and nothing is stored", async (_, owners, message) => {
    const w = await world();
    const store = memoryUsageStore();
    const attribution: Attribute = () => ({ by: () => "bookings", ownersOf: () => owners });
    await expect(w.run(store, { attribution })).rejects.toThrow(message);
    expect(await store.scopes("user")).toEqual([]);
  });

  it("leaves no doubt beside tenures", async () => {
    const w = await world();
    const both = { attribution: bookings, tenures: HANDOVERS };
    await expect(w.run(memoryUsageStore(), both)).rejects.toThrow("leave one out");
  });
});

describe("explain", () => {
  it("gives the parts of every stored number, whose product is the number", async () => {
    const w = await world();
    const store = memoryUsageStore();
    await w.run(store, { tenures: HANDOVERS });
    for (const kind of SCOPE_KINDS) {
      for (const scope of await store.scopes(kind)) {
        const { hours } = await store.read(scope, ALL);
        for (const hour of hours) {
          const explanation = await explain(store, scope, hour);
          expect(explanation.recomputed?.error, `${formatScope(scope)} ${hour}`).toBeLessThan(1e-9);
        }
      }
    }
    const explanation = await explain(store, named("user", "bjorn"), (FROM + HOUR_MS) as Hour);
    expect(explanation.hosts).toMatchObject([
      {
        instance: "a:9100",
        by: "tenures of bookings",
        labels: { project: "IDAaaS", machine: "Muon", user: "amara" },
        expectedCpuSeconds: 14_400,
      },
    ]);
    expect(explanation.provenance).toMatchObject({
      model: expect.stringMatching(/busy=12W/),
      intensity: { kind: "actual", source: "gb-carbon-intensity/national", settled: true },
    });
  });

  it("refuses an hour that is not stored", async () => {
    await expect(explain(memoryUsageStore(), ADA, FROM as Hour)).rejects.toMatchObject({
      code: "no-data",
      message: "ada has no stored row at 2025-09-10T00:00:00Z",
    });
    const w = await world();
    const store = memoryUsageStore();
    await w.run(store, {});
    await expect(explain(store, ADA, (FROM - HOUR_MS) as Hour)).rejects.toThrow(
      /^ada has no stored row at 2025-09-09T23:00:00Z; its hours are of 2025-09-10T00:00:00Z to 2025-09-1/,
    );
  });
});

describe("restate", () => {
  const asked = (w: World): number => w.server.requests.filter(({ path }) => path.startsWith("/api")).length;

  it("changes nothing when nothing has changed", async () => {
    const w = await world({ outages: [{ from: FROM + 100 * MINUTE, to: FROM + 150 * MINUTE }] });
    const store = memoryUsageStore();
    await w.run(store, { tenures: HANDOVERS });
    const before = await contents(store);
    const report = await restate({ store, interval: INTERVAL });
    expect(report).toMatchObject({ hours: 6, skipped: 0, changed: [] });
    expect(await contents(store)).toEqual(before);
  });

  it("with another model gives what a run with that model gives, without Prometheus", async () => {
    const w = await world();
    const store = memoryUsageStore();
    await w.run(store);
    const requests = asked(w);
    const power = perCore({ busyWatts: 20, pue: 1.2 });
    const dry = await restate({ store, interval: INTERVAL, power, dryRun: true });
    const report = await restate({ store, interval: INTERVAL, power });
    expect(asked(w)).toBe(requests);
    expect(report.changed).toEqual(dry.changed);
    expect(report.changed[0]).toMatchObject({ scope: { kind: "ada" }, hours: 6 });
    expect((report.changed[0]?.after.busyKwh ?? 0) / (report.changed[0]?.before.busyKwh ?? 1)).toBeCloseTo(
      2,
      9,
    );
    const clean = memoryUsageStore();
    await w.run(clean, { power });
    await expectEqual(store, clean);
  });

  it("with corrected tenures moves hours to their owners", async () => {
    const w = await world();
    const store = memoryUsageStore();
    await w.run(store, { tenures: { source: tenureList("bookings", []) } });
    const whole = HANDOVER.map((tenure) => ({
      ...tenure,
      from: Math.floor(tenure.from / HOUR_MS) * HOUR_MS,
      to: tenure.to && Math.ceil(tenure.to / HOUR_MS) * HOUR_MS,
    }));
    const corrected = { source: tenureList("bookings", whole) };
    await restate({ store, interval: INTERVAL, tenures: corrected });
    expect(await imbalance(store)).toBeLessThan(1e-9);
    const clean = memoryUsageStore();
    await w.run(clean, { tenures: corrected, cpuWithoutSlices: true });
    await expectEqual(store, clean);
  });

  it("with revised intensity recomputes the carbon alone", async () => {
    const w = await world();
    const store = memoryUsageStore();
    await w.run(store);
    const before = await ada(store);
    w.grid = { gco2eqPerKwh: 300 };
    const intensity = gbCarbonIntensity({ url: w.server.intensityUrl, clock: () => LATER });
    const report = await restate({ store, interval: INTERVAL, intensity });
    const after = await ada(store);
    expect(after.busyKwh).toEqual(before.busyKwh);
    expect(numberAt(after.busyGco2eq, 0) / numberAt(before.busyGco2eq, 0)).toBeGreaterThan(1.5);
    expect(report.changed.every(({ before: old, after: now }) => old.busyKwh === now.busyKwh)).toBe(true);
  });

  it("keeps what each host's numbers rest on: one may be metered where others are estimated", async () => {
    const w = await world();
    const store = memoryUsageStore();
    await w.run(store);
    const host: Scope = { kind: "host", name: "a:9100" };
    const rows = await store.read(host, INTERVAL);
    const provenance = rows.provenance.map((row) => ({ ...row, model: "metered/1 rack 4" }));
    await store.replace([{ ...rows, provenance }]);
    expect((await restate({ store, interval: INTERVAL, dryRun: true })).changed).toEqual([]);
    await restate({ store, interval: INTERVAL, groupOf: () => "all", tenures: { source: NOBODY } });
    const after = await store.read(host, INTERVAL);
    expect(new Set(after.provenance.map(({ model }) => model))).toEqual(new Set(["metered/1 rack 4"]));
  });

  it("refuses an interval without stored host-hours", async () => {
    const w = await world();
    const store = memoryUsageStore();
    await expect(restate({ store, interval: INTERVAL })).rejects.toMatchObject({ code: "no-data" });
    await w.run(store, { hosts: false });
    await expect(restate({ store, interval: INTERVAL })).rejects.toMatchObject({
      code: "no-data",
      message: expect.stringMatching(/no host-hours are stored/),
    });
  });
});

const NOBODY = { id: "nobody", tenures: async () => [] };

it("conserves at every scope over random tenures, outages and restatements; nothing is negative or more than can be", async () => {
  const minutes = fc.integer({ min: -60, max: 400 });
  const tenure = fc.record({
    host: fc.constantFrom("a", "b:9100", "c", "nobody"),
    from: minutes,
    length: fc.integer({ min: 0, max: 200 }),
    user: fc.constantFrom("x", "y", ""),
    experiment: fc.option(fc.constantFrom("RB1", "RB2"), { nil: undefined }),
  });
  const outage = fc.record({
    from: minutes,
    length: fc.integer({ min: 1, max: 90 }),
    host: fc.option(fc.constantFrom("a:9100", "c:9100")),
  });
  const toTenure = ({
    from,
    length,
    ...rest
  }: {
    from: number;
    length: number;
    host: string;
    user: string;
    experiment: string | undefined;
  }): Tenure => ({ ...rest, from: FROM + from * MINUTE, to: FROM + (from + length) * MINUTE });
  await fc.assert(
    fc.asyncProperty(
      fc.array(tenure, { maxLength: 6 }),
      fc.array(tenure, { maxLength: 6 }),
      fc.array(outage, { maxLength: 2 }),
      async (tenures, corrected, outages) => {
        const w = await world({
          outages: outages.map(({ from, length, host }) => ({
            from: FROM + from * MINUTE,
            to: FROM + (from + length) * MINUTE,
            ...(host === null ? {} : { instances: [host] }),
          })),
        });
        const store = memoryUsageStore();
        await w.run(store, { tenures: { source: tenureList("t", tenures.map(toTenure)) } });
        expect(await imbalance(store)).toBeLessThan(1e-9);
        const series = await ada(store);
        series.hours.forEach((_, i) => {
          const used = numberAt(series.busyCpuSeconds, i) + numberAt(series.idleCpuSeconds, i);
          expect(Number.isNaN(used) || (used >= 0 && used <= 8 * 3600 * 1.02)).toBe(true);
        });
        if (series.status.every((status) => status === "not downloaded")) return;
        await restate({
          store,
          interval: INTERVAL,
          tenures: { source: tenureList("t", corrected.map(toTenure)) },
          power: perCore({ busyWatts: 15 }),
        });
        expect(await imbalance(store)).toBeLessThan(1e-9);
      },
    ),
    { numRuns: 15 },
  );
});

/** Two stores with the same rows, numbers to 1e-9, whatever way they came about. */
async function expectEqual(got: UsageStore, exact: UsageStore): Promise<void> {
  for (const kind of SCOPE_KINDS) {
    for (const scope of await exact.scopes(kind)) {
      const [a, b] = [await got.read(scope, ALL), await exact.read(scope, ALL)];
      b.hours.forEach((hour, i) => {
        const row = a.hours.indexOf(hour);
        expect([a.status[row], a.provenance[row]?.model]).toEqual([b.status[i], b.provenance[i]?.model]);
        for (const name of QUANTITIES) {
          const [x, y] = [numberAt(a[name], row), numberAt(b[name], i)];
          expect(Math.abs(x - y), `${formatScope(scope)} ${name}`).toBeLessThanOrEqual(1e-9 * y);
        }
      });
    }
  }
}
