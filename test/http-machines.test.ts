import { ADA, DAY_MS, emptySeries, finishedHours, HOUR_MS, type UsageSeries } from "ada-carbon";
import { createHandler, type Handler, type HandlerOptions, type RequestContext } from "ada-carbon/http";
import type { ForecastSource } from "ada-carbon/intensity";
import { memoryUsageStore, memoryWorkspaceStore } from "ada-carbon/memory";
import { describe, expect, it } from "vitest";
import { grid, session } from "./http-fixture.js";

// Machines of the viewer, and idle ones of a site: from 30 days of stored hosts, and what the tracker sees now.

/** A Wednesday afternoon in London, where it is an hour later. */
const NOW = Date.UTC(2025, 8, 10, 12, 10);
const HOUR = Math.floor(NOW / HOUR_MS) * HOUR_MS;
const DAYS = { from: HOUR - 30 * DAY_MS, to: HOUR };
const INTENSITY = { kind: "actual", source: "grid", fetchedAt: 0, settled: true } as const;

interface Made {
  readonly name: string;
  readonly user: string;
  readonly machine?: string;
  readonly cores?: number;
  /** Busy part of an hour. */
  readonly busy: (hour: number) => number | undefined;
}

/** A host by the per-core model: 12 W a busy core, 1 W an idle one. */
function host({ name, user, machine = "Muon", cores = 4, busy }: Made): UsageSeries {
  const owner = { project: "IDAaaS", machine, user, group: "Muons", experiment: "unattributed" };
  const known = {
    ...{ project: "IDAaaS", machine, user, expectedCpuSeconds: cores * 3600, up: null, by: "labels" },
    owners: [{ ...owner, busyShare: 1, idleShare: 1 }],
  };
  const hours = finishedHours(DAYS, NOW).filter((hour) => busy(hour) !== undefined);
  const provenance = { library: "0.1.0", model: "per-core/1", intensity: INTENSITY, host: known };
  return filled(emptySeries({ kind: "host", name }, hours, provenance), cores, busy);
}

function filled(series: ReturnType<typeof emptySeries>, cores: number, busy: Made["busy"]): UsageSeries {
  series.hours.forEach((hour, i) => {
    const part = busy(hour) ?? 0;
    series.busyCpuSeconds[i] = cores * 3600 * part;
    series.idleCpuSeconds[i] = cores * 3600 * (1 - part);
    series.busyKwh[i] = cores * 0.012 * part;
    series.idleKwh[i] = cores * 0.001 * (1 - part);
    series.gco2eqPerKwh[i] = 200;
    series.busyGco2eq[i] = 200 * (series.busyKwh[i] ?? 0);
    series.idleGco2eq[i] = 200 * (series.idleKwh[i] ?? 0);
    series.coverage[i] = 1;
    series.status[i] = "processed";
  });
  return series;
}

/** Idle for two days and two hours. */
const IDLE_SINCE = HOUR - 50 * HOUR_MS;
const HOSTS: readonly Made[] = [
  { name: "host-1:9100", user: "amara", busy: (hour) => (hour < IDLE_SINCE ? 0.5 : 0.01) },
  { name: "host-2:9100", user: "amara", machine: "Wish", cores: 8, busy: () => 0.9 },
  { name: "host-3:9100", user: "bjorn", busy: (hour) => (hour < HOUR - 5 * DAY_MS ? 0.5 : 0) },
  { name: "host-4:9100", user: "chidi", busy: (hour) => (hour < HOUR - 9 * DAY_MS ? 0.8 : 0.02) },
  // Nobody saw it yesterday: what it did then is not known.
  {
    name: "host-5:9100",
    user: "dorota",
    busy: (hour) => (hour >= HOUR - 30 * HOUR_MS && hour < HOUR - 20 * HOUR_MS ? undefined : 0),
  },
  { name: "host-6:9100", user: "emre", busy: () => 0.5 },
];
const USERS = ["amara", "amara", "bjorn", "chidi", "dorota", "emre"];

async function made(more: Partial<HandlerOptions> = {}): Promise<{
  handler: Handler;
  /** Another minute of every workspace, of which so much was busy. */
  poll: (watts: number, busy?: number) => Promise<void>;
  options: HandlerOptions;
}> {
  const usage = memoryUsageStore();
  const ada = filled(
    emptySeries(ADA, finishedHours(DAYS, NOW), {
      library: "0.1.0",
      model: "per-core/1",
      intensity: INTENSITY,
    }),
    30,
    () => 0.4,
  );
  await usage.replace([ada, ...HOSTS.map(host)]);
  const workspaces = memoryWorkspaceStore();
  const sessions = USERS.map((user, i) =>
    session(i + 1, { user, machine: HOSTS[i]?.machine ?? "Muon", startedAt: NOW - 20 * DAY_MS }),
  );
  await workspaces.save(sessions);
  let now = NOW;
  const options: HandlerOptions = {
    ...{ usage, workspaces, intensity: grid(), sites: { isis: "IDAaaS" } },
    ...{ zone: "Europe/London", clock: () => now },
    ...more,
  };
  const poll = async (watts: number, busy = 0.01): Promise<void> => {
    now += 60_000;
    const active = await workspaces.active("isis");
    await workspaces.save(
      active.map((one) => ({
        ...one,
        countedUntil: one.countedUntil + 60_000,
        runtimeSeconds: one.runtimeSeconds + 60 * busy,
        idleKwh: one.idleKwh + watts / 60_000,
      })),
    );
  };
  return { handler: createHandler(options), poll, options };
}

const amara: RequestContext = { viewer: { user: "amara", groups: ["Muons"] } };
const operator: RequestContext = { viewer: { user: "root", seesEveryone: true } };
const ask = async (handler: Handler, path: string, context?: RequestContext) =>
  (await handler(new Request(`http://test/v1${path}`), context)).json();

describe("my machines", () => {
  it("are the viewer's own, and nobody else's", async () => {
    const { handler } = await made();
    const mine = await ask(handler, "/sites/isis/my-machines", amara);
    expect(mine.machines.map(({ instance }: { instance: string }) => instance)).toEqual([
      "host-1:9100",
      "host-2:9100",
    ]);
    expect(JSON.stringify(mine)).not.toMatch(/bjorn|chidi|host-3/);
    for (const context of [undefined, operator, { viewer: { user: "nobody" } }])
      expect((await ask(handler, "/sites/isis/my-machines", context)).machines).toEqual([]);
  });

  it("say since when they idle, what that costs, and what is usual", async () => {
    const { handler } = await made();
    const [idle, busy] = (await ask(handler, "/sites/isis/my-machines", amara)).machines;
    expect(idle).toMatchObject({
      cores: 4,
      idleSince: new Date(IDLE_SINCE).toISOString().replace(".000", ""),
    });
    expect(idle.lastBusyAt).toBe(idle.idleSince);
    expect(busy).toMatchObject({ cores: 8, idleSince: null, usualIdleShare: null });
    expect(busy.idleShare30d).toBeCloseTo(0.1, 9);
    // Five machines of that type, of which one knows no other's number.
    expect(idle.usualIdleShare).toMatchObject({ machines: 5 });
    expect([idle.hoursKnown30d, busy.hoursKnown30d]).toEqual([720, 720]);
    expect(idle.usualIdleShare.p25).toBeLessThanOrEqual(idle.usualIdleShare.median);
    const idleHours = 50 * 0.99 + 670 * 0.5;
    expect(idle.idleKwhADay).toBeCloseTo((idleHours / 720) * 0.004 * 24, 9);
    expect(idle.idleGco2eqADay).toBeCloseTo(idle.idleKwhADay * 200, 6);
    expect(idle.days).toHaveLength(14);
    expect(idle.days[12]).toMatchObject({ starts: "2025-09-08T23:00:00Z", ends: "2025-09-09T23:00:00Z" });
    expect(idle.days[12].idleKwh).toBeCloseTo(24 * 0.004 * 0.99, 9);
  });

  it("save kWh times the grid's forecast, and beyond its end what is usual", async () => {
    const { handler } = await made();
    const { machines, totals, note } = await ask(handler, "/sites/isis/my-machines", amara);
    expect(note).toMatch(/power model/);
    const [tonight, monday] = machines[0].stop;
    expect(tonight).toMatchObject({
      name: "tonight",
      from: "2025-09-10T17:00:00Z",
      to: "2025-09-11T07:00:00Z",
    });
    expect(tonight.kwh.kwh).toBeCloseTo((4 * 14) / 1000, 12); // 4 cores at 1 W for 14 hours
    const forecast = await grid().forecast(NOW, 48);
    const grams = (from: number, to: number): number => {
      const overlap = (one: (typeof forecast)[0]): number =>
        Math.max(0, Math.min(to, one.to) - Math.max(from, one.from));
      return forecast.reduce((sum, one) => sum + overlap(one) * one.gco2eqPerKwh, 0) / (to - from);
    };
    const night = grams(Date.parse(tonight.from), Date.parse(tonight.to));
    expect(tonight.gco2eq.gco2eq).toBeCloseTo(tonight.kwh.kwh * night, 9);
    expect(tonight).toMatchObject({ forecastUntil: tonight.to, beyond: null });

    expect(monday).toMatchObject({ to: "2025-09-15T07:00:00Z", beyond: "usual-of-4-weeks" });
    const hours = (Date.parse(monday.to) - NOW) / HOUR_MS;
    expect(monday.kwh.kwh).toBeCloseTo((4 * hours) / 1000, 9);
    const until = Date.parse(monday.forecastUntil);
    const known = grams(NOW, until) * ((until - NOW) / HOUR_MS);
    const usual = 200 * ((Date.parse(monday.to) - until) / HOUR_MS);
    expect(monday.gco2eq.gco2eq).toBeCloseTo((4 / 1000) * (known + usual), 6);
    for (const saving of [tonight, monday]) {
      expect(saving.kwh.low).toBeLessThan(saving.kwh.kwh);
      expect(saving.gco2eq.high).toBeGreaterThan(saving.gco2eq.gco2eq);
    }
    // The other is at work: nobody is told what stopping it saves.
    expect(machines.map(({ isIdle }: { isIdle: boolean }) => isIdle)).toEqual([true, false]);
    expect(totals.stop).toEqual(machines[0].stop);
  });

  it("take watts that are known from the second measurement on, and not long after the last", async () => {
    const { handler, poll } = await made();
    const first = await ask(handler, "/sites/isis/my-machines", amara);
    expect(first.machines[0]).toMatchObject({ busyWatts: null, idleWatts: null, wattsOver: null });
    expect(first.totals.idleWatts).toBeNull();
    await poll(30);
    const { machines, totals } = await ask(handler, "/sites/isis/my-machines", amara);
    expect(machines[0].idleWatts).toBeCloseTo(30, 6);
    expect(machines[0].busyWatts).toBeCloseTo(0, 6);
    expect(totals.idleWatts).toBeCloseTo(60, 6);
    expect(machines[0].wattsOver).toEqual({ from: "2025-09-10T12:09:30Z", to: "2025-09-10T12:10:30Z" });
  });

  it("are alone asked for, and do not wait one after the other for what is usual", async () => {
    const workspaces = memoryWorkspaceStore();
    await workspaces.save(Array.from({ length: 12 }, (_, i) => session(i + 1, { user: "amara" })));
    const asked: unknown[] = [];
    const { options } = await made();
    const { usage } = options;
    const never = new Promise<never>(() => {});
    const handler = createHandler({
      ...options,
      usage: { ...usage, scopes: (kind, call) => (kind === "host" ? never : usage.scopes(kind, call)) },
      workspaces: {
        ...workspaces,
        active: (site, call) => {
          asked.push(call?.users);
          return workspaces.active(site, call);
        },
      },
    });
    const begin = performance.now();
    const { machines } = await ask(handler, "/sites/isis/my-machines", amara);
    expect(performance.now() - begin).toBeLessThan(2000);
    expect(machines).toHaveLength(12);
    expect(machines[0].usualIdleShare).toBeNull();
    expect(asked).toEqual([["amara"]]);
  });

  it("idle or work, and do not change with every minute near the limit", async () => {
    const { handler, poll } = await made();
    const isIdle = async (): Promise<[boolean | null, boolean]> => {
      const [{ isIdle }] = (await ask(handler, "/sites/isis/my-machines", amara)).machines;
      const { list } = await ask(handler, "/sites/isis/idle?days=2", operator);
      return [isIdle, list.some(({ instance }: { instance: string }) => instance === "host-1:9100")];
    };
    expect(await isIdle()).toEqual([true, true]);
    for (let minute = 0; minute < 10; minute++) {
      await poll(4, minute % 2 === 0 ? 0.06 : 0.04);
      expect(await isIdle()).toEqual([true, true]);
    }
    // Three minutes of work are work, and stay that when the machine rests for a while.
    for (let minute = 0; minute < 3; minute++) {
      await poll(48, 1);
      const isAtWork = minute === 2;
      expect(await isIdle()).toEqual([!isAtWork, !isAtWork]);
    }
    for (let minute = 0; minute < 90; minute++) {
      await poll(4, 0);
      if (minute % 30 === 0) expect(await isIdle()).toEqual([false, false]);
    }
    // The next whole hour is over, without work.
    for (let minute = 0; minute < 10; minute++) await poll(4, 0);
    expect(await isIdle()).toEqual([true, true]);
  });

  it("do not wait for a grid that does not answer, nor do idle ones and metrics", async () => {
    const never = new Promise<never>(() => {});
    const { handler } = await made({ intensity: { ...grid(), periods: () => never, forecast: () => never } });
    const begin = performance.now();
    const [mine, idle, metrics] = await Promise.all([
      ask(handler, "/sites/isis/my-machines", amara),
      ask(handler, "/sites/isis/idle?days=2", operator),
      handler(new Request("http://test/metrics")),
    ]);
    expect(performance.now() - begin).toBeLessThan(3000);
    // As usual, by the last weeks.
    expect(mine.machines[0].stop[0]).toMatchObject({ forecastUntil: null, beyond: "usual-of-4-weeks" });
    expect([idle.machines, metrics.status]).toEqual([3, 200]);
  });

  it("tell once of a grid that is away, however many ask", async () => {
    const errors: unknown[] = [];
    const periods = () => Promise.reject(new Error("the grid is away"));
    const { handler } = await made({
      intensity: { ...grid(), periods },
      onError: (error) => errors.push(error),
    });
    for (const path of ["/sites/isis/my-machines", "/sites/isis/my-machines", "/sites/isis/idle"])
      await ask(handler, path, amara);
    expect(errors).toEqual([new Error("the grid is away")]);
  });

  it("know nothing that is not stored", async () => {
    const { handler } = await made({ usage: memoryUsageStore(), intensity: undefined });
    const [machine] = (await ask(handler, "/sites/isis/my-machines", amara)).machines;
    expect(machine).toMatchObject({
      cores: null,
      isIdle: null,
      idleSince: null,
      idleShare30d: null,
      idleKwhADay: null,
      days: [],
    });
    expect(machine.stop[0]).toMatchObject({
      kwh: { kwh: null },
      gco2eq: { gco2eq: null },
      forecastUntil: null,
    });
  });

  it("link to a console, and never to something that a browser runs", async () => {
    const errors: unknown[] = [];
    const { handler } = await made({
      consoleUrl: ({ instance, machine }) =>
        machine === "Wish" ? "javascript:alert(1)" : `/console/${encodeURIComponent(instance ?? "")}`,
      onError: (error) => errors.push(error),
    });
    const [first, second] = (await ask(handler, "/sites/isis/my-machines", amara)).machines;
    expect([first.consoleUrl, second.consoleUrl, errors.length]).toEqual(["/console/host-1%3A9100", null, 1]);
  });
});

describe("the best time", () => {
  it("has grams of a job now and at best, whose difference it saves", async () => {
    const { handler } = await made();
    const reply = await ask(handler, "/best-time?hours=4&cores=8");
    expect(reply).toMatchObject({ zone: "Europe/London", hours: 4, grid: { zone: "Great Britain" } });
    expect(reply.best.kwh.kwh).toBeCloseTo(8 * 4 * 0.012, 12);
    expect(reply.best.gco2eq.gco2eq).toBeCloseTo(reply.best.kwh.kwh * reply.best.gco2eqPerKwh, 12);
    expect(reply.savesGco2eq).toBeCloseTo(reply.now.gco2eq.gco2eq - reply.best.gco2eq.gco2eq, 9);
    expect(reply.savesShare).toBeCloseTo(reply.savesGco2eq / reply.now.gco2eq.gco2eq, 9);
    expect(reply.periods.length).toBeGreaterThan(90);
    const byKwh = await ask(handler, "/best-time?hours=4&kwh=10");
    expect(byKwh.best.gco2eq.gco2eq).toBeCloseTo(10 * reply.best.gco2eqPerKwh, 9);
    const unknown = await ask(handler, "/best-time?hours=4");
    expect([unknown.best.kwh.kwh, unknown.savesGco2eq, unknown.best.from]).toEqual([
      null,
      null,
      reply.best.from,
    ]);
  });

  it("is by the grid of the site that is looked at, whose projects may have their own", async () => {
    const regional = { ...grid(), id: "gb-carbon-intensity/region-12" };
    const intensity = { projects: { CDAaaS: regional }, others: grid() };
    const { handler } = await made({ intensity, sites: { isis: "IDAaaS", clf: ["CDAaaS"] } });
    const clf = await ask(handler, "/best-time?hours=4&site=clf");
    expect(clf.grid).toEqual({ name: "gb-carbon-intensity/region-12", zone: "South England" });
    expect((await ask(handler, "/best-time?hours=4&site=isis")).grid.zone).toBe("Great Britain");
    expect((await ask(handler, "/best-time?hours=4")).grid.zone).toBe("Great Britain");
    expect((await ask(handler, "/intensity?site=clf")).source).toBe("gb-carbon-intensity/region-12");
    const unknown = await ask(handler, "/intensity?site=cfl");
    expect(unknown.type).toBe("urn:ada-carbon:problem:unknown-site");
    const metrics = await handler(new Request("http://localhost/metrics"));
    const values = (await metrics.text()).match(/^ada_carbon_grid_intensity\S*\{source="[^"]*/gm);
    expect(values).toHaveLength(2);
  });

  it("names every grid of a site that spans several, each with its intensity now", async () => {
    const regional: ForecastSource = {
      ...grid(),
      id: "gb-carbon-intensity/region-12",
      periods: async ({ from, to }) => [{ from, to, gco2eqPerKwh: 300, kind: "actual", fetchedAt: NOW }],
      forecast: async (from, ahead) => {
        const to = from + ahead * HOUR_MS;
        return [{ from, to, gco2eqPerKwh: 300, kind: "forecast", fetchedAt: NOW }];
      },
    };
    const [sites, others] = [{ isis: ["CDAaaS", "IDAaaS"] }, grid()];
    const one = await made({ intensity: others, sites });
    expect((await ask(one.handler, "/best-time?hours=4&site=isis")).grids).toEqual([]);
    const { handler, options } = await made({
      intensity: { projects: { IDAaaS: regional }, others },
      sites,
    });
    const hours = finishedHours(DAYS, NOW);
    const provenance = { library: "0.1.0", model: "per-core/1", intensity: INTENSITY };
    const project = filled(
      emptySeries({ kind: "project", name: "IDAaaS" }, hours, provenance),
      30,
      () => 0.4,
    );
    project.gco2eqPerKwh.fill(310);
    await options.usage.replace([project]);
    const best = await ask(handler, "/best-time?hours=4&site=isis");
    expect(best.grids).toEqual([
      { name: "gb-carbon-intensity/national", zone: "Great Britain", projects: ["CDAaaS"] },
      { name: "gb-carbon-intensity/region-12", zone: "South England", projects: ["IDAaaS"] },
    ]);
    expect(best.basis).toMatch(/^average, direct, consumption/);
    const intensity = await ask(handler, "/intensity?site=isis");
    expect([intensity.basis, intensity.source]).toEqual([best.basis, "gb-carbon-intensity/national"]);
    const now = intensity.grids.map((each: { source: string; now: { gco2eqPerKwh: number } }) => [
      each.source,
      each.now.gco2eqPerKwh,
    ]);
    expect(now).toEqual([
      ["gb-carbon-intensity/national", intensity.now.gco2eqPerKwh],
      ["gb-carbon-intensity/region-12", 300],
    ]);
    // Machines of IDAaaS save what its own grid would have emitted.
    const savings = await ask(handler, "/sites/isis/my-machines", amara);
    const [tonight, monday] = savings.machines[0].stop;
    expect(tonight.gco2eq.gco2eq / tonight.kwh.kwh).toBeCloseTo(300, 6);
    const [from, forecastUntil, to] = [NOW, Date.parse(monday.forecastUntil), Date.parse(monday.to)];
    const mean = (300 * (forecastUntil - from) + 310 * (to - forecastUntil)) / (to - from);
    expect(monday.gco2eq.gco2eq / monday.kwh.kwh).toBeCloseTo(mean, 6);
  });

  it("is over before it has to be", async () => {
    const { handler } = await made();
    const { best } = await ask(handler, "/best-time?hours=2&before=2025-09-10T15:00:00Z");
    expect(Date.parse(best.to)).toBeLessThanOrEqual(Date.UTC(2025, 8, 10, 15));
  });

  it("is a problem of its own where there is no forecast", async () => {
    const { handler } = await made({ intensity: { ...grid(), forecast: async () => [] } });
    const reply = await ask(handler, "/best-time?hours=4");
    expect(reply.type).toBe("urn:ada-carbon:problem:no-forecast");
    const none = await made({ intensity: undefined });
    expect((await ask(none.handler, "/best-time")).type).toBe("urn:ada-carbon:problem:not-offered");
  });
});

describe("idle machines of a site", () => {
  it("are those idle for so many days; what nobody saw is not taken for idle", async () => {
    const { handler } = await made();
    const idle = async (days: number): Promise<string[]> =>
      (await ask(handler, `/sites/isis/idle?days=${days}`, operator)).list.map(
        ({ instance }: { instance: string }) => instance,
      );
    expect(await idle(0)).toEqual(["host-4:9100", "host-3:9100", "host-1:9100", "host-5:9100"]);
    expect(await idle(2)).toEqual(["host-4:9100", "host-3:9100", "host-1:9100"]);
    expect(await idle(3)).toEqual(["host-4:9100", "host-3:9100"]);
    expect(await idle(20)).toEqual([]);
  });

  it("are shown without owner and host to whom they are not, and counted", async () => {
    const { handler } = await made();
    const reply = await ask(handler, "/sites/isis/idle?days=2", amara);
    expect(reply).toMatchObject({ machines: 3, mine: 1, group: 3, hidden: 2 });
    expect(reply.list.map(({ user }: { user: string | null }) => user)).toEqual([null, null, "amara"]);
    expect(JSON.stringify(reply)).not.toMatch(/bjorn|chidi|host-[34]/);
    expect(atob((await ask(handler, "/sites/isis/idle?days=2&limit=1", amara)).cursor)).not.toMatch(
      /chidi|host/,
    );
    const nobody = await ask(handler, "/sites/isis/idle?days=2");
    expect(nobody).toMatchObject({ machines: 3, mine: 0, group: 0, hidden: 3 });
  });

  it("page by page are all of them, and save together what each does", async () => {
    const { handler } = await made();
    const whole = await ask(handler, "/sites/isis/idle?days=1", amara);
    const ids: string[] = [];
    for (let cursor: string | null = ""; cursor !== null; ) {
      const page = await ask(
        handler,
        `/sites/isis/idle?days=1&limit=1${cursor && `&cursor=${cursor}`}`,
        amara,
      );
      ids.push(...page.list.map(({ id }: { id: string }) => id));
      cursor = page.cursor;
    }
    expect(ids).toEqual(whole.list.map(({ id }: { id: string }) => id));
    const sum = whole.list.reduce((all: number, { kwh }: { kwh: number }) => all + kwh, 0);
    expect(whole.stop.kwh.kwh).toBeCloseTo(sum, 12);
    expect(whole.stop).toMatchObject({ name: "until-monday", to: "2025-09-15T07:00:00Z" });
  });

  it("are all of them in a table, with since when and what they take", async () => {
    const { handler } = await made();
    const reply = await handler(new Request("http://test/v1/sites/isis/idle?days=1&format=csv"), operator);
    const [header, first, ...more] = (await reply.text()).trimEnd().split("\r\n");
    expect(header).toMatch(/^id,site,instance,project,machine,user,.*,idleSince,watts,kwh$/);
    expect([first?.includes("host-4:9100"), more.length]).toEqual([true, 2]);
  });

  it("are not those that work now", async () => {
    const { handler, options } = await made();
    await ask(handler, "/sites/isis/idle?days=2", operator);
    const active = (await options.workspaces?.active("isis")) ?? [];
    const busy = active.map((one) => ({
      ...one,
      ...{ countedUntil: one.countedUntil + 180_000, runtimeSeconds: one.runtimeSeconds + 180 },
    }));
    await options.workspaces?.save(busy);
    expect((await ask(handler, "/sites/isis/idle?days=2", operator)).machines).toBe(0);
  });

  it("cannot be told where no hosts are stored", async () => {
    const { handler } = await made({ usage: memoryUsageStore() });
    const reply = await ask(handler, "/sites/isis/idle", operator);
    expect(reply).toMatchObject({ type: "urn:ada-carbon:problem:not-stored", status: 404 });
  });

  it("are told of within the hour in which hosts are stored first", async () => {
    const usage = memoryUsageStore();
    const { handler } = await made({ usage });
    expect(await ask(handler, "/sites/isis/idle", operator)).toMatchObject({ status: 404 });
    await usage.replace(HOSTS.map(host));
    expect((await ask(handler, "/sites/isis/idle?days=3", operator)).machines).toBe(2);
  });

  it("of 10,000 hosts are read while others get their turn", async () => {
    const usage = memoryUsageStore();
    const hour = { from: HOUR - HOUR_MS, to: HOUR };
    const few = host({ ...(HOSTS[4] as Made), busy: (at) => (at < hour.from ? undefined : 0) });
    const many = Array.from({ length: 10_000 }, (_, i) => ({
      ...few,
      scope: { kind: "host" as const, name: `host-${i}:9100` },
    }));
    await usage.replace(many);
    const { handler } = await made({ usage });
    let longest = 0;
    let last = performance.now();
    const timer = setInterval(() => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }, 5);
    await ask(handler, "/sites/isis/idle", operator);
    clearInterval(timer);
    expect(longest).toBeLessThan(500);
  });
});
