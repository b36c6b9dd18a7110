import { ADA, DAY_MS, HOUR_MS, toRecords, workspaceModel } from "ada-carbon";
import { rebuildAverages } from "ada-carbon/averages";
import { gbCarbonIntensity } from "ada-carbon/intensity";
import { memoryAverageStore, memoryUsageStore, memoryWorkspaceStore } from "ada-carbon/memory";
import { prometheusHostSource } from "ada-carbon/prometheus";
import {
  BLOCK_MS,
  type ClusterOptions,
  type Fault,
  type SimulatedCluster,
  type SimulatedHost,
  type SimulatedRequest,
  serveSimulation,
  simulateCluster,
  simulateGrid,
} from "ada-carbon/testing";
import {
  type PollReport,
  type TrackOptions,
  trackWorkspaces,
  type WorkspaceTracker,
} from "ada-carbon/workspaces";
import { describe, expect, it } from "vitest";
import { cpuMicrosIn } from "../../src/testing/truth.js";
import { conservationError, expectSame, pendingIn, sumOf } from "../support/workspace-lab.js";

// The tracker against a simulated cluster, of which it is known to the microsecond what it did.

const FROM = Date.UTC(2025, 8, 10);
const DAY = { from: FROM, to: FROM + DAY_MS };
const MODEL = workspaceModel({ cpuTdpW: 11, ramW: 7, otherW: 4 });
const MINUTE = 60_000;

/** A repeatable die: numbers in [0, 1). */
function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
}

interface Energy {
  busyKwh: number;
  idleKwh: number;
  grams: number;
}

/** What a host used in an interval by the same model, five minutes of constant load at a time. */
function truth(host: SimulatedHost, from: number, to: number): Energy {
  const sum = { busyKwh: 0, idleKwh: 0, grams: 0 };
  const grid = simulateGrid();
  for (const incarnation of host.incarnations) {
    for (let block = Math.floor(from / BLOCK_MS) * BLOCK_MS; block < to; block += BLOCK_MS) {
      const start = Math.max(block, from, incarnation.from);
      const end = Math.min(block + BLOCK_MS, to, incarnation.to);
      if (start >= end) continue;
      const [idle = 0, ...busy] = cpuMicrosIn(host, { from: start, to: end });
      const idleFraction = idle / (idle + busy.reduce((a, b) => a + b, 0));
      const [firstCpuIdle = 0] = host.load(0, block);
      // As the simulation has it: a tenth of the memory at rest, three quarters at full load.
      const memoryActiveRatio = 0.1 + 0.65 * (1 - firstCpuIdle / 1000);
      const load = { cores: host.cores, idleFraction, memoryActiveRatio };
      const { busyKwh, idleKwh } = MODEL.energy(load, end - start);
      sum.busyKwh += busyKwh;
      sum.idleKwh += idleKwh;
      sum.grams += (busyKwh + idleKwh) * (grid.period(start)?.forecast ?? Number.NaN);
    }
  }
  return sum;
}

function truthOf(cluster: SimulatedCluster, from: number, to: number): Energy {
  const parts = cluster.hosts.map((host) => truth(host, from, to));
  const sum = (of: keyof Energy): number => parts.reduce((total, part) => total + part[of], 0);
  return { busyKwh: sum("busyKwh"), idleKwh: sum("idleKwh"), grams: sum("grams") };
}

interface Day {
  readonly cluster: SimulatedCluster;
  readonly store: ReturnType<typeof memoryWorkspaceStore>;
  readonly reports: PollReport[];
  readonly failures: unknown[];
  sum(
    of: "busyKwh" | "idleKwh" | "busyGco2eq" | "idleGco2eq" | "unknownSeconds" | "untrackedSeconds",
  ): number;
}

interface Weather {
  readonly hours?: number;
  readonly cluster?: Partial<ClusterOptions>;
  readonly track?: Partial<TrackOptions>;
  /** Share of polls that come up to 50 s late, and of polls that get no answer. */
  readonly late?: number;
  readonly failed?: number;
  readonly fault?: (request: SimulatedRequest, now: number) => Fault | undefined;
  /** Every so many polls the tracker is started anew. */
  readonly restartEvery?: number;
}

async function aDay(weather: Weather = {}): Promise<Day> {
  const roll = dice(7);
  const interval = { from: FROM, to: FROM + (weather.hours ?? 24) * HOUR_MS };
  let now = FROM;
  let fails = false;
  const cluster = simulateCluster({ interval, hosts: 12, seed: 5, ...weather.cluster });
  const server = await serveSimulation({
    cluster,
    clock: () => now,
    faults: (request) => (fails ? { status: 500, body: "" } : weather.fault?.(request, now)),
  });
  const store = memoryWorkspaceStore();
  const create = (): WorkspaceTracker =>
    trackWorkspaces({
      hosts: prometheusHostSource({ url: server.prometheusUrl, retries: 0 }),
      intensity: gbCarbonIntensity({ url: server.intensityUrl, retries: 0, clock: () => now }),
      store,
      model: MODEL,
      clock: () => now,
      ...weather.track,
    });
  let tracker = create();
  const reports: PollReport[] = [];
  const failures: unknown[] = [];
  for (let tick = 0; FROM + tick * MINUTE <= interval.to; tick++) {
    const lateness = roll() < (weather.late ?? 0) ? roll() * 50_000 : roll() * 2_000;
    now = Math.min(interval.to, FROM + tick * MINUTE + lateness);
    fails = tick > 0 && roll() < (weather.failed ?? 0);
    await tracker.poll().then(
      (report) => reports.push(report),
      (error: unknown) => failures.push(error),
    );
    if (tick % (weather.restartEvery ?? Number.POSITIVE_INFINITY) === 7) tracker = create();
  }
  await server.close();
  const sum: Day["sum"] = (of) => reports.reduce((total, report) => total + report[of], 0);
  return { cluster, store, reports, failures, sum };
}

function relative(a: number, b: number): number {
  return Math.abs(a - b) / b;
}

describe("a day of polls every minute", { timeout: 120_000 }, () => {
  it("is within 1% of the truth with jitter, late and failed polls, reboots, comings and goings", async () => {
    const day = await aDay({ late: 0.05, failed: 0.02 });
    const real = truthOf(day.cluster, DAY.from, DAY.to);
    expect(day.failures.length).toBeGreaterThan(10);
    expect(relative(day.sum("busyKwh") + day.sum("idleKwh"), real.busyKwh + real.idleKwh)).toBeLessThan(0.01);
    expect(relative(day.sum("busyKwh"), real.busyKwh)).toBeLessThan(0.01);
    expect(relative(day.sum("idleKwh"), real.idleKwh)).toBeLessThan(0.01);
    expect(relative(day.sum("busyGco2eq") + day.sum("idleGco2eq"), real.grams)).toBeLessThan(0.01);
    expect(day.sum("unknownSeconds")).toBeLessThan(60);
    console.info(
      `a day: ${day.reports.length} polls, ${day.failures.length} failed; energy ${((day.sum("busyKwh") + day.sum("idleKwh")) / (real.busyKwh + real.idleKwh) - 1) * 100}%, busy ${(day.sum("busyKwh") / real.busyKwh - 1) * 100}%, grams ${((day.sum("busyGco2eq") + day.sum("idleGco2eq")) / real.grams - 1) * 100}%, unknown ${day.sum("unknownSeconds")} s`,
    );

    // What is in the store is what was reported, site by site.
    const totals = await Promise.all(["clf", "isis", "diamond"].map((site) => day.store.totals(site, DAY)));
    const stored = totals.reduce((sum, { busyKwh, idleKwh }) => sum + busyKwh + idleKwh, 0);
    expect(relative(stored, day.sum("busyKwh") + day.sum("idleKwh"))).toBeLessThan(1e-9);
  });

  it("says what it lost when Prometheus is gone for an hour", async () => {
    const gone = { from: FROM + 2 * HOUR_MS, to: FROM + 3 * HOUR_MS };
    const day = await aDay({
      hours: 6,
      cluster: { events: "none" },
      fault: ({ path }, now) =>
        path.startsWith("/api/") && now >= gone.from && now < gone.to ? { reset: true } : undefined,
    });
    expect(day.failures.length).toBe(60);
    const hosts = day.cluster.hosts.length;
    // The first poll afterwards makes up for five minutes of the hour; what a host is scraped apart blurs it.
    expect(day.sum("unknownSeconds") / hosts).toBeGreaterThan(55 * 60 - 61);
    expect(day.sum("unknownSeconds") / hosts).toBeLessThan(56 * 60 + 61);
    expect(day.reports.every(({ closed }) => closed === 0)).toBe(true);

    const real = truthOf(day.cluster, day.cluster.interval.from, day.cluster.interval.to);
    const lost = truthOf(day.cluster, gone.from, gone.to - 5 * MINUTE);
    const wanted = real.busyKwh + real.idleKwh - lost.busyKwh - lost.idleKwh;
    expect(relative(day.sum("busyKwh") + day.sum("idleKwh"), wanted)).toBeLessThan(0.01);
  });

  it("comes to the same when it is started anew again and again", async () => {
    const steady = await aDay({ hours: 3, cluster: { hosts: 6 } });
    const restarted = await aDay({ hours: 3, cluster: { hosts: 6 }, restartEvery: 11 });
    expect(relative(restarted.sum("busyKwh"), steady.sum("busyKwh"))).toBeLessThan(1e-3);
    expect(relative(restarted.sum("idleKwh"), steady.sum("idleKwh"))).toBeLessThan(1e-3);
    expect((await restarted.store.sessions("isis", DAY)).map(({ id }) => id)).toEqual(
      (await steady.store.sessions("isis", DAY)).map(({ id }) => id),
    );
  });

  it("stores hours that are each within 1% of their truth, and in all exactly what was reported", async () => {
    const usage = memoryUsageStore();
    const averages = memoryAverageStore();
    const day = await aDay({
      hours: 12,
      late: 0.05,
      failed: 0.02,
      restartEvery: 45,
      track: { usage, averages },
    });
    const rows = toRecords(await usage.read(ADA, { from: 0, to: DAY.to }));
    // The first scrapes are some seconds older than the first poll, and of the hour before.
    const whole = rows.filter(({ hour }) => hour >= FROM);
    expect([rows.length, whole.length]).toEqual([12, 11]);
    for (const row of whole) {
      const real = truthOf(day.cluster, row.hour, row.hour + HOUR_MS);
      expect(row.coverage).toBeGreaterThan(0.99);
      expect(relative((row.busyKwh ?? 0) + (row.idleKwh ?? 0), real.busyKwh + real.idleKwh)).toBeLessThan(
        0.01,
      );
      expect(relative((row.busyGco2eq ?? 0) + (row.idleGco2eq ?? 0), real.grams)).toBeLessThan(0.01);
    }
    const sessions = await Promise.all(
      ["clf", "isis", "diamond"].map((site) => day.store.sessions(site, DAY)),
    );
    expectSame(sumOf([...rows, pendingIn(sessions.flat())]), sumOf(day.reports));
    expect(await conservationError(usage)).toBeLessThan(1e-9);

    const kept = await Promise.all((await averages.list()).map((machine) => averages.get(machine)));
    await rebuildAverages(usage, averages, await averages.list());
    const rebuilt = await Promise.all((await averages.list()).map((machine) => averages.get(machine)));
    kept.forEach((one, i) => {
      const [ours, facts] = [one?.busyKwh, rebuilt[i]?.busyKwh];
      expect(
        relative((ours?.sum ?? 0) + (ours?.lost ?? 0), (facts?.sum ?? 0) + (facts?.lost ?? 0)),
      ).toBeLessThan(1e-12);
    });
  });
});
