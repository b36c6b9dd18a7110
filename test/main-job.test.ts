import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import {
  type FinishedHour,
  formatInstant,
  HOUR_MS,
  hoursIn,
  perCore,
  runSync,
  type SyncReport,
  type UsageSeries,
} from "ada-carbon";
import { fileUsageStore } from "ada-carbon/files";
import { cachedIntensity, gbCarbonIntensity, memoryIntensityCache } from "ada-carbon/intensity";
import { isGap, numberAt } from "ada-carbon/kit";
import { prometheusCpuSource } from "ada-carbon/prometheus";
import {
  clusterTruth,
  openMetrics,
  type SimulationServer,
  serveSimulation,
  simulateCluster,
} from "ada-carbon/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RealPrometheus, requirePrometheus, startPrometheus } from "./servers/prometheus.js";

// The main job against a real Prometheus, held against the exact truth of the cluster loaded into it.

const MINUTE = 60_000;
const FROM = Date.UTC(2025, 8, 10);
const INTERVAL = { from: FROM, to: FROM + 30 * HOUR_MS };
/** 45 minutes without a scrape across two hours, of all hosts; and an hour-long one of a single host. */
const OUTAGES = [
  { from: FROM + 20 * HOUR_MS + 37 * MINUTE, to: FROM + 21 * HOUR_MS + 22 * MINUTE },
  {
    from: FROM + 26 * HOUR_MS + 10 * MINUTE,
    to: FROM + 28 * HOUR_MS + 40 * MINUTE,
    instances: ["quoted:9100"],
  },
];
const HIT = new Set([20, 21, 26, 27, 28].map((n) => FROM + n * HOUR_MS));
const PROJECTS = ["IDAaaS", "CDAaaS", "DDAaaS", 'Q"uo\\te.*|d'];
const NASTY = PROJECTS[3] ?? "";

const cluster = simulateCluster({
  // Longer than what is synchronised: what comes after tells a gap from a deletion.
  interval: { from: INTERVAL.from, to: INTERVAL.to + 2 * HOUR_MS },
  outages: OUTAGES,
  hosts: [
    ...Array.from({ length: 21 }, (_, i) => ({ project: PROJECTS[i % 3] ?? "" })),
    { project: NASTY, instance: "quoted:9100", machine: 'Arte"mis\\ (1)', user: 'o"neil\\', cores: 4 },
    { project: NASTY, instance: "emoji:9100", machine: "🔬 micro\nscope", user: null, cores: 2 },
    { project: NASTY, instance: "second:9100", machine: 'Arte"mis\\ (1)', user: "unattributed", cores: 2 },
  ],
});
const truth = clusterTruth(cluster);

const available = requirePrometheus();

const post = (form: URLSearchParams): RequestInit => ({ method: "POST", body: form });

/** How many samples Prometheus reads to answer a query. */
async function samplesRead(request: Request): Promise<number> {
  const form = new URLSearchParams(await request.text());
  form.set("stats", "all");
  const reply = await fetch(request.url, post(form));
  const { data } = (await reply.json()) as {
    data: { stats: { samples: { totalQueryableSamples: number } } };
  };
  return data.stats.samples.totalQueryableSamples;
}

describe.runIf(available)("the main job on a real Prometheus", () => {
  let prometheus: RealPrometheus;
  let simulation: SimulationServer;
  const out = mkdtempSync(join(tmpdir(), "ada-carbon-main-"));
  const store = fileUsageStore(out);
  let report: SyncReport;
  let requests = 0;

  const run = (projects: readonly string[] = PROJECTS): Promise<SyncReport> => {
    requests = 0;
    return runSync({
      cpu: prometheusCpuSource({
        url: prometheus.url,
        fetch: (input, init) => {
          requests += 1;
          return fetch(input, init);
        },
      }),
      intensity: cachedIntensity(gbCarbonIntensity({ url: simulation.intensityUrl }), memoryIntensityCache()),
      store,
      interval: INTERVAL,
      projects,
    });
  };
  const readProject = (name: string): Promise<UsageSeries> => store.read({ kind: "project", name }, INTERVAL);

  beforeAll(async () => {
    prometheus = await startPrometheus({ openmetrics: openMetrics(cluster) });
    simulation = await serveSimulation({ cluster });
    report = await run();
  });
  afterAll(async () => {
    await prometheus?.stop();
    await simulation?.close();
    rmSync(out, { recursive: true, force: true });
  });

  it("asks for 30 hours of 24 hosts in fewer than 25 requests, and in fewer than 5 the second time", async () => {
    expect(requests).toBeLessThan(25);
    const before = await store.read({ kind: "ada", name: "ada" }, INTERVAL);
    const again = await run();
    expect(requests).toBeLessThan(5);
    expect(again.written).toEqual([]);
    expect(await store.read({ kind: "ada", name: "ada" }, INTERVAL)).toEqual(before);
  });

  it.each([
    { what: "30 hours", interval: INTERVAL },
    { what: "one hour", interval: { from: FROM + 8 * HOUR_MS, to: FROM + 9 * HOUR_MS } },
  ])("makes the server read far less than the counters once for $what", async ({ what, interval }) => {
    const counters = 'sum(increase(node_cpu_seconds_total{cloud_project_name!=""}[1h]))';
    const form = new URLSearchParams({
      query: counters,
      start: String(interval.from / 1000 + 3600),
      end: String(interval.to / 1000),
      step: "3600",
    });
    const once = await samplesRead(new Request(`${prometheus.url}/api/v1/query_range`, post(form)));
    let read = 0;
    const source = prometheusCpuSource({
      url: prometheus.url,
      fetch: async (input, init) => {
        const request = new Request(input, init);
        const samples = await samplesRead(request.clone());
        read += samples;
        return fetch(request);
      },
    });
    const hours = hoursIn(interval) as FinishedHour[];
    for await (const batch of source.cpuHours({ hours, projects: PROJECTS, modes: perCore().modes }))
      expect(isGap(batch)).toBe(false);
    console.log(`for ${what} the job reads ${(read / once).toFixed(2)} times the samples of the counters`);
    // Two of sixty scrapes an hour, and one counter of each host at all of them.
    expect(read / once).toBeLessThan(0.5);
  });

  it("knows a project's CPU-seconds to 0.2%, and the busy ones to 0.2% of the period", async () => {
    const worst = { total: 0, busy: 0, period: 0 };
    for (const name of PROJECTS) {
      const series = await readProject(name);
      const exact = truth.by("project").get(name);
      const period = { busy: 0, exactBusy: 0 };
      series.hours.forEach((hour, i) => {
        const busy = exact?.busyCpuSeconds[i] ?? Number.NaN;
        const total = busy + (exact?.idleCpuSeconds[i] ?? Number.NaN);
        const gotBusy = numberAt(series.busyCpuSeconds, i);
        const where = `${name} ${formatInstant(hour)}`;
        expect(series.status[i], where).toBe("processed");
        // Nobody knows how work lay between two scrapes: for a minute at the edges, or for a gap.
        const error = {
          total: Math.abs(gotBusy + numberAt(series.idleCpuSeconds, i) - total) / total,
          busy: Math.abs(gotBusy - busy) / total,
        };
        expect(error.total, `${where} in total`).toBeLessThan(0.002);
        expect(error.busy, `${where} busy`).toBeLessThan(HIT.has(hour) ? 0.005 : 0.002);
        worst.total = Math.max(worst.total, error.total);
        if (!HIT.has(hour)) worst.busy = Math.max(worst.busy, error.busy);
        period.busy += gotBusy;
        period.exactBusy += busy;
      });
      expect(series.hours).toHaveLength(30);
      const periodError = Math.abs(period.busy / period.exactBusy - 1);
      expect(periodError, name).toBeLessThan(0.002);
      worst.period = Math.max(worst.period, periodError);
    }
    const percent = (share: number): string => `${(100 * share).toFixed(3)}%`;
    console.log(
      `worst hour of a project: ${percent(worst.total)} in total, ${percent(worst.busy)} of it busy; worst period: ${percent(worst.period)} of the busy time`,
    );
  });

  it("says of hours that lost scrapes how much of them was observed and how much was spread", async () => {
    const series = await readProject("IDAaaS");
    const hit = series.hours.flatMap((hour, i) =>
      hour - FROM === 20 * HOUR_MS || hour - FROM === 21 * HOUR_MS ? [i] : [],
    );
    for (const i of hit) {
      expect(numberAt(series.coverage, i)).toBeGreaterThan(0.6);
      expect(numberAt(series.coverage, i)).toBeLessThan(0.66);
      expect(numberAt(series.coverage, i) + (series.provenance[i]?.spread ?? 0)).toBeCloseTo(1, 3);
    }
    // One host of several was away for an hour and more: nothing of it was observed, all of it is known.
    const nasty = await readProject(NASTY);
    expect(numberAt(nasty.coverage, 27)).toBeCloseTo(0.5, 2);
    expect(nasty.provenance[27]?.spread).toBeCloseTo(0.5, 2);
    expect(report.statuses).toMatchObject({ processed: 30 });
  });

  it("derives kWh and grams to 1e-9", async () => {
    const intensities = await gbCarbonIntensity({ url: simulation.intensityUrl }).periods(INTERVAL);
    const series = await readProject("CDAaaS");
    series.hours.forEach((hour, i) => {
      const halves = intensities.filter(({ from }) => from === hour || from === hour + HOUR_MS / 2);
      expect(halves).toHaveLength(2);
      const gco2eqPerKwh = halves.reduce((sum, half) => sum + half.gco2eqPerKwh, 0) / 2;
      const kwh = (numberAt(series.busyCpuSeconds, i) * 12) / 3.6e6;
      expect(numberAt(series.busyKwh, i) / kwh).toBeCloseTo(1, 9);
      expect(numberAt(series.busyGco2eq, i) / (kwh * gco2eqPerKwh)).toBeCloseTo(1, 9);
    });
  });

  it("conserves from ada to projects, machines, users and groups, as DuckDB reads the files", async () => {
    const db = await (await DuckDBInstance.create()).connect();
    const columns = ["cpu_seconds_total", "kwh", "gCO2eq"].flatMap((unit) => [
      `busy_usage_${unit}`,
      `idle_usage_${unit}`,
    ]);
    const sums = async (files: string): Promise<Map<string, number[]>> => {
      const list = columns.map((column) => `sum(${column})`).join(", ");
      const path = join(out, files).replaceAll("'", "''");
      const rows = await db.runAndReadAll(
        `select epoch_ms(timestamp)::varchar, ${list} from '${path}' group by 1`,
      );
      return new Map(rows.getRows().map(([hour, ...values]) => [String(hour), values.map(Number)]));
    };
    const ada = await sums("usage/ada.parquet");
    expect(ada.size).toBe(30);
    for (const kind of ["project", "machine", "user", "group"]) {
      const parts = await sums(`hours/kind=${kind}/*/hours.parquet`);
      expect([...parts.keys()].sort()).toEqual([...ada.keys()].sort());
      for (const [hour, whole] of ada) {
        whole.forEach((value, c) => {
          expect((parts.get(hour)?.[c] ?? Number.NaN) / value, `${kind} ${columns[c]} ${hour}`).toBeCloseTo(
            1,
            9,
          );
        });
      }
    }
    db.closeSync();
  });

  it("refuses a project that does not exist, and leaves everything as it was", async () => {
    const before = await readProject("IDAaaS");
    await expect(run([...PROJECTS, "IDAaas"])).rejects.toMatchObject({
      code: "bad-input",
      message: expect.stringMatching(/no project "IDAaas"; it knows CDAaaS, DDAaaS, IDAaaS/),
    });
    expect(await readProject("IDAaaS")).toEqual(before);
  });
});
