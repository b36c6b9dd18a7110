import { describe, expect, it } from "vitest";
import {
  ALL,
  ada,
  contents,
  FROM,
  HOSTS,
  INTERVAL,
  isCpu,
  LATER,
  type World,
  world,
} from "../../test/support/world.js";
import { gbCarbonIntensity } from "../intensity/index.js";
import { perCore } from "../power/per-core.js";
import { prometheusCpuSource, severalCpuSources } from "../prometheus/index.js";
import { memoryUsageStore } from "../stores/memory/index.js";
import type { UsageStore } from "../stores/usage-store.js";
import { type Fault, serveSimulation, simulateCluster } from "../testing/index.js";
import { tallyOf } from "../timeseries/rollup/tally.js";
import type { CpuSource } from "../usage/cpu.js";
import { DAY_MS, HOUR_MS } from "../usage/hour.js";
import { ADA } from "../usage/scope.js";
import { numberAt } from "../usage/series.js";
import type { SyncReport } from "./events.js";
import type { SyncOptions } from "./options.js";
import { runSync } from "./sync.js";

const SITES = { isis: "IDAaaS", clf: "CDAaaS" } as const;
type Site = keyof typeof SITES;
const AWAY: Fault = { status: 503, body: "" };

interface TwoServers {
  readonly isis: World;
  readonly clf: World;
  run(
    store: UsageStore,
    options?: Partial<SyncOptions> & { readonly declared?: boolean },
  ): Promise<SyncReport>;
}

const hostsOf = (site: Site): typeof HOSTS => HOSTS.filter(({ project }) => project === SITES[site]);

/** A server for each site, each with the hosts of its project, and perhaps others. */
async function twoServers(also: Partial<Record<Site, typeof HOSTS>> = {}): Promise<TwoServers> {
  const serverOf = (site: Site): Promise<World> =>
    world({ hosts: [...(also[site] ?? []), ...hostsOf(site)] });
  const [isis, clf] = await Promise.all([serverOf("isis"), serverOf("clf")]);
  const cpu = (declared: boolean) =>
    severalCpuSources(
      Object.entries({ isis, clf }).map(([name, { server }]) => ({
        name,
        source: prometheusCpuSource({ url: server.prometheusUrl, retries: 0, clock: () => isis.now }),
        projects: declared ? [SITES[name as Site]] : undefined,
      })),
    );
  return {
    isis,
    clf,
    run: (store, { declared = false, ...options } = {}) =>
      runSync({
        cpu: cpu(declared),
        intensity: gbCarbonIntensity({ url: isis.server.intensityUrl, retries: 0, clock: () => isis.now }),
        store,
        interval: INTERVAL,
        clock: () => isis.now,
        ...options,
      }),
  };
}

async function statuses(store: UsageStore, name: string): Promise<string[]> {
  return [...new Set((await store.read({ kind: "project", name }, ALL)).status)];
}

describe("several servers", () => {
  it("store what one server with the hosts of all stores", async () => {
    const store = memoryUsageStore();
    const servers = await twoServers();
    expect(await servers.run(store)).toMatchObject({
      projects: ["CDAaaS", "IDAaaS"],
      statuses: { processed: 6 },
      warnings: [],
    });
    const interval = { from: FROM, to: INTERVAL.to + DAY_MS };
    const cluster = [hostsOf("isis"), hostsOf("clf")].map((hosts) => simulateCluster({ interval, hosts }));
    await using server = await serveSimulation({ cluster, clock: () => LATER });
    const together = memoryUsageStore();
    await servers.run(together, {
      cpu: prometheusCpuSource({ url: server.prometheusUrl, clock: () => LATER }),
    });
    expect(await contents(store)).toEqual(await contents(together));
    expect((await servers.run(store)).plan).toMatchObject({ fetch: 0, done: 6 });
  });

  it("count a host that is on both once", async () => {
    const [first] = HOSTS;
    const servers = await twoServers({ clf: first === undefined ? [] : [first] });
    const store = memoryUsageStore();
    const report = await servers.run(store);
    expect(report.findings.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^a:9100: seen by isis and clf, and counted once/),
    ]);
    const alone = memoryUsageStore();
    await servers.isis.run(alone, { projects: undefined });
    const project = { kind: "project", name: "IDAaaS" } as const;
    expect((await store.read(project, ALL)).busyKwh).toEqual((await alone.read(project, ALL)).busyKwh);
    expect(await statuses(store, "IDAaaS")).toEqual(["processed"]);
    expect((await servers.run(store)).plan).toMatchObject({ fetch: 0, done: 6 });
  });
});

describe("hours older than the repair horizon", () => {
  const others = HOSTS.filter(({ project }) => project === "CDAaaS").map((host) => ({
    ...host,
    project: "IDAaaS",
  }));

  it("are whole after the next run where a server was away that has a part of the same project", async () => {
    const servers = await twoServers({ clf: others });
    const store = memoryUsageStore();
    const projects = ["IDAaaS"];
    servers.clf.fault = () => AWAY;
    expect(await servers.run(store, { projects })).toMatchObject({
      statuses: { "download incomplete": 6 },
      wanting: 6,
    });
    // Coverage is of the hosts that are known.
    expect(tallyOf(await store.read(ADA, ALL), INTERVAL)).toMatchObject({ hoursIncomplete: 6, coverage: 1 });
    for (const world of [servers.isis, servers.clf]) world.now += 60 * DAY_MS;
    // While it is away they stay incomplete, and wanted.
    expect(await servers.run(store, { projects })).toMatchObject({
      plan: { fetch: 6 },
      statuses: { "download incomplete": 6 },
      ...{ wanting: 6, givenUp: 0 },
    });
    servers.clf.fault = () => undefined;
    expect(await servers.run(store, { projects })).toMatchObject({
      plan: { fetch: 6 },
      statuses: { processed: 6 },
      ...{ wanting: 0, givenUp: 0 },
    });
    expect((await servers.run(store, { projects })).plan).toMatchObject({ fetch: 0, done: 6 });
  });
});

describe("a host that went from one server to another", () => {
  const at = (hour: number, minute: number): number => FROM + hour * HOUR_MS + minute * 60_000;
  const FOREVER = Number.POSITIVE_INFINITY;

  it.each<[string, number, number, number[]]>([
    ["at half past", at(1, 30), at(1, 30), [1]],
    ["two minutes before an hour", at(1, 58), at(1, 58), [1]],
    ["after twenty minutes without a scrape", at(1, 20), at(1, 40), [1]],
  ])("%s has its hours, but for those in which nobody saw all of it", async (_, gone, back, incomplete) => {
    const [usual = {}] = HOSTS;
    const [one, other] = await Promise.all([
      world({ hosts: [{ ...usual, outages: [{ from: gone, to: FOREVER }] }, ...hostsOf("clf")] }),
      world({ hosts: [{ ...usual, outages: [{ from: 0, to: back }] }, ...hostsOf("clf")] }),
    ]);
    const store = memoryUsageStore();
    await one.run(store, {
      cpu: severalCpuSources(
        Object.entries({ one, other }).map(([name, { server }]) => ({
          name,
          source: prometheusCpuSource({ url: server.prometheusUrl, retries: 0, clock: () => LATER }),
          projects: undefined,
        })),
      ),
    });
    const { status, coverage } = await store.read({ kind: "host", name: "a:9100" }, ALL);
    expect(
      status.flatMap((one, hour) => (one === "processed" ? [] : [hour])),
      `${status} ${coverage}`,
    ).toEqual(incomplete);
    for (const hour of incomplete) expect(coverage[hour]).toBeLessThan(0.97);
  });
});

describe("a host that nobody saw for hours on its way from one server to another", () => {
  const at = (hour: number, minute: number): number => FROM + hour * HOUR_MS + minute * 60_000;
  const host = { kind: "host", name: "a:9100" } as const;
  const [usual = {}] = HOSTS;

  /** As one server sees a host that is not scraped in a time, and as two do of which one had it before and one after. */
  async function servers(from: number, to: number, seen = usual) {
    const worldOf = (outages: { from: number; to: number }[], cluster = {}): Promise<World> =>
      world({ hosts: [{ ...seen, outages }, ...hostsOf("clf")], ...cluster });
    const [alone, before, after] = await Promise.all([
      worldOf([{ from, to }]),
      worldOf([{ from, to: Number.POSITIVE_INFINITY }]),
      worldOf([{ from: 0, to }]),
    ]);
    let now = LATER;
    const sourceOf = ({ server }: World) =>
      prometheusCpuSource({ url: server.prometheusUrl, retries: 0, clock: () => now });
    const several = severalCpuSources([
      { name: "before", source: sourceOf(before) },
      { name: "after", source: sourceOf(after) },
    ]);
    const sync = (cpu: CpuSource, store: UsageStore, interval = INTERVAL, time = LATER) => {
      now = time;
      return alone.run(store, { cpu, interval, clock: () => time, projects: undefined });
    };
    const one = memoryUsageStore();
    await sync(sourceOf(alone), one);
    const expectAsOfOne = async (store: UsageStore): Promise<void> => {
      const [{ busyCpuSeconds, idleCpuSeconds, status }, right] = await Promise.all([
        store.read(host, INTERVAL),
        one.read(host, INTERVAL),
      ]);
      expect([...status]).toEqual([...right.status]);
      // What is not known is `NaN` in both.
      const known = (values: Float64Array) => [...values].map((value) => Math.round(value * 1000));
      expect(known(busyCpuSeconds)).toEqual(known(right.busyCpuSeconds));
      expect(known(idleCpuSeconds)).toEqual(known(right.idleCpuSeconds));
      expect((await ada(store)).status).toEqual((await ada(one)).status);
    };
    return { several, sync, expectAsOfOne };
  }

  it.each<[string, number, number]>([
    ["forty minutes over an hour", at(1, 40), at(2, 20)],
    ["three hours and a third", at(1, 20), at(4, 40)],
    ["three hours, back at a full hour", at(1, 20), at(5, 0)],
  ])("has what one server stores of it: %s", async (_, gone, back) => {
    const { several, sync, expectAsOfOne } = await servers(gone, back);
    const store = memoryUsageStore();
    await sync(several, store);
    await expectAsOfOne(store);

    // Hours in any order, each in a run of its own.
    const hours = memoryUsageStore();
    for (const t of [3, 1, 0, 2, 5, 4]) await sync(several, hours, { from: at(t, 0), to: at(t + 1, 0) });
    await expectAsOfOne(hours);

    // As cron does.
    const hourly = memoryUsageStore();
    for (let t = 1; t <= 6; t++) await sync(several, hourly, { from: FROM, to: at(t, 0) }, at(t, 5));
    await sync(several, hourly);
    await expectAsOfOne(hourly);
  });

  it("has hours that are not processed where it booted on its way", async () => {
    const lives = [
      { from: FROM - DAY_MS, to: at(2, 50) },
      { from: at(3, 30), to: Number.POSITIVE_INFINITY },
    ];
    const { several, sync, expectAsOfOne } = await servers(at(1, 20), at(3, 31), {
      ...usual,
      incarnations: lives,
    });
    const store = memoryUsageStore();
    await sync(several, store);
    await expectAsOfOne(store);
    expect((await store.read(host, INTERVAL)).status).toEqual([
      "processed",
      "download incomplete",
      "not downloaded",
      "download incomplete",
      "processed",
      "processed",
    ]);
    const hourly = memoryUsageStore();
    for (let t = 1; t <= 6; t++) await sync(several, hourly, { from: FROM, to: at(t, 0) }, at(t, 5));
    await expectAsOfOne(hourly);
  });
});

describe("one of several servers", () => {
  it("that is away leaves the hours of the others, says so in one line, and is made good by the next run", async () => {
    const store = memoryUsageStore();
    const servers = await twoServers();
    servers.clf.fault = () => AWAY;
    const report = await servers.run(store, { declared: true, projects: ["CDAaaS", "IDAaaS"] });
    expect(report).toMatchObject({ failed: 0, wanting: 6, statuses: { "download incomplete": 6 } });
    expect(report.warnings).toEqual([
      expect.stringMatching(/^2025-09-10T00.* to .*T06.*: clf: http.* answered 503/),
    ]);
    expect([await statuses(store, "IDAaaS"), await statuses(store, "CDAaaS")]).toEqual([
      ["processed"],
      ["not downloaded"],
    ]);
    const { scrapes } = (await ada(store)).provenance[0] ?? {};
    expect(scrapes).toBeUndefined();

    servers.clf.fault = () => undefined;
    expect(await servers.run(store)).toMatchObject({
      plan: { fetch: 6 },
      statuses: { processed: 6 },
      warnings: [],
    });
    const clean = memoryUsageStore();
    await servers.run(clean);
    expect(await contents(store)).toEqual(await contents(clean));
  });

  it("that may have hosts of any project leaves all of them incomplete", async () => {
    const store = memoryUsageStore();
    const servers = await twoServers();
    servers.clf.fault = () => AWAY;
    const report = await servers.run(store);
    expect([report.projects, report.warnings.length]).toEqual([["IDAaaS"], 1]);
    expect(await statuses(store, "IDAaaS")).toEqual(["download incomplete"]);
    servers.clf.fault = () => undefined;
    expect((await servers.run(store)).statuses.processed).toBe(6);
    expect(await statuses(store, "CDAaaS")).toEqual(["processed"]);
  });

  it.each<[string, Fault]>([
    ["lets nobody in", { status: 401, body: "" }],
    ["cuts the connection", { reset: true }],
    ["answers something else", { status: 200, body: "<html>" }],
  ])("that %s once it has said its projects does not stop the others", async (_, fault) => {
    const store = memoryUsageStore();
    const servers = await twoServers();
    servers.clf.fault = (request) => (isCpu(request) ? fault : undefined);
    const report = await servers.run(store);
    expect(report).toMatchObject({ statuses: { "download incomplete": 6 } });
    expect(report.warnings).toHaveLength(1);
    expect(await statuses(store, "IDAaaS")).toEqual(["processed"]);
  });

  it("that is away later takes nothing from what is stored, whatever is measured anew", async () => {
    const store = memoryUsageStore();
    const servers = await twoServers();
    servers.isis.now = INTERVAL.to + HOUR_MS;
    await servers.run(store);
    const before = await ada(store);
    servers.clf.fault = () => AWAY;
    for (const options of [{}, { declared: true }, { power: perCore({ busyWatts: 99 }) }]) {
      const report = await servers.run(await withYoungHours(store), options);
      expect(report.kept).toBe(6);
      const after = await ada(store);
      expect([...after.busyCpuSeconds]).toEqual([...before.busyCpuSeconds]);
    }
    servers.isis.now = LATER;
    servers.clf.fault = () => undefined;
    expect((await servers.run(store)).statuses.processed).toBe(6);
    expect(numberAt((await ada(store)).busyCpuSeconds, 0)).toBe(numberAt(before.busyCpuSeconds, 0));
  });

  it("that is away is an error if all are, and nothing is stored", async () => {
    const store = memoryUsageStore();
    const servers = await twoServers();
    servers.isis.fault = () => AWAY;
    servers.clf.fault = () => AWAY;
    for (const projects of [undefined, ["IDAaaS"]])
      await expect(servers.run(store, { projects })).rejects.toThrow(
        /^isis: .*answered 503.*; clf: .*answered 503/,
      );
    expect(await contents(store)).toEqual([]);
  });
});

/** The same store, with hours that are to be measured again. */
async function withYoungHours(store: UsageStore): Promise<UsageStore> {
  const rows = await ada(store);
  await store.replace([
    {
      ...rows,
      status: rows.status.map(() => "download incomplete" as const),
      provenance: rows.provenance.map((row) => ({ ...row, unsettled: true })),
    },
  ]);
  return store;
}
