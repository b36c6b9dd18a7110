import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import {
  DAY_MS,
  HOUR_MS,
  perCore,
  runSync,
  SCOPE_KINDS,
  type SyncOptions,
  type SyncReport,
  WAITING_IS_IDLE,
} from "ada-carbon";
import { gbCarbonIntensity } from "ada-carbon/intensity";
import { numberAt } from "ada-carbon/kit";
import { memoryAverageStore, memoryUsageStore } from "ada-carbon/memory";
import {
  oneOf,
  PrometheusClient,
  type PrometheusCpuOptions,
  prometheusCpuSource,
  recordingRulesFile,
  selector,
} from "ada-carbon/prometheus";
import {
  clusterTruth,
  openMetrics,
  type SimulationServer,
  serveSimulation,
  simulateCluster,
} from "ada-carbon/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { run } from "../src/cli/program.js";
import type { UsageStore } from "../src/stores/usage-store.js";
import { requirePrometheus } from "./servers/prometheus.js";
import { type RecordedPrometheus, recordRules } from "./support/recorded.js";

// The main job on sums that a real Prometheus recorded, beside the same job on its counters.

const MINUTE = 60_000;
const FROM = Date.UTC(2025, 8, 10);
const INTERVAL = { from: FROM, to: FROM + 5 * HOUR_MS };
const PROJECTS = ["IDAaaS", "CDAaaS", 'Q"uo\\te.*|d'];
const [, , NASTY = ""] = PROJECTS;
const upFrom = (minute: number, to = Number.POSITIVE_INFINITY) => ({ from: FROM + minute * MINUTE, to });
const shared = { project: "IDAaaS", instance: "shared:9100", machine: "Muon", cores: 2 };

const cluster = simulateCluster({
  interval: { from: FROM, to: INTERVAL.to + 2 * HOUR_MS },
  outages: [{ from: FROM + 3 * HOUR_MS + 37 * MINUTE, to: FROM + 4 * HOUR_MS + 22 * MINUTE }],
  hosts: [
    { project: "IDAaaS", machine: "Muon", user: "amara", cores: 2, incarnations: [upFrom(-9999)] },
    { project: "IDAaaS", machine: "Muon", user: "amara", cores: 1, incarnations: [upFrom(95)] },
    {
      project: "CDAaaS",
      machine: "Muon",
      user: "amara",
      cores: 2,
      incarnations: [upFrom(-999, FROM + 70 * MINUTE), upFrom(75)],
    },
    { ...shared, user: "first", incarnations: [upFrom(-999, FROM + 150 * MINUTE)] },
    { ...shared, user: "second", incarnations: [upFrom(150)] },
    { project: NASTY, machine: 'Arte"mis\\ (1)', user: null, cores: 1, incarnations: [upFrom(-99)] },
  ],
});

/** What somebody else may record: the hour before whenever it is evaluated, every five minutes. */
const OWN_RULES = `
  - name: own
    interval: 5m
    rules:
${["busy", "idle"]
  .map(
    (use) => `      - record: own:cpu_${use}:sum_increase_1h
        expr: sum by (cloud_project_name, machine_name, user) (increase(node_cpu_seconds_total{mode${use === "idle" ? "=" : "!="}"idle"}[1h]))`,
  )
  .join("\n")}
`;

describe.runIf(requirePrometheus())("recorded sums", () => {
  let server: RecordedPrometheus;
  let simulation: SimulationServer;
  let bytes = 0;
  let requests = 0;

  const counting: typeof fetch = async (input, init) => {
    requests += 1;
    const response = await fetch(input, init);
    const body = await response.arrayBuffer();
    bytes += body.byteLength;
    return new Response(body, response);
  };
  const job = async (
    url: string,
    prometheus: Partial<PrometheusCpuOptions>,
    options: Partial<SyncOptions> = {},
  ): Promise<{ store: UsageStore; report: SyncReport }> => {
    const store = memoryUsageStore();
    [requests, bytes] = [0, 0];
    const report = await runSync({
      cpu: prometheusCpuSource({ url, fetch: counting, ...prometheus }),
      intensity: gbCarbonIntensity({ url: simulation.intensityUrl }),
      store,
      interval: INTERVAL,
      ...options,
    });
    return { store, report };
  };

  beforeAll(async () => {
    simulation = await serveSimulation({ cluster });
    const rules = recordingRulesFile({ everyMinutes: 20 }) + OWN_RULES.replace(/^\n/, "");
    // The hour after those that are looked at is over, but nobody was heard for twenty minutes since.
    const recorded = { from: FROM, to: INTERVAL.to + HOUR_MS + 19 * MINUTE };
    server = await recordRules(openMetrics(cluster), rules, recorded, 5);
  }, 300_000);
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]();
    await simulation?.close();
  });

  /** What the counters of one project gained in each hour, interpolated at its ends between raw samples. */
  const gained = async (project: string, mode: string): Promise<number[]> => {
    const client = new PrometheusClient({ url: server.raw.url });
    const { data } = await client.samples(
      `${selector("node_cpu_seconds_total", [oneOf("cloud_project_name", [project])])}[7h]`,
      INTERVAL.to + 30 * MINUTE,
    );
    const ofMode = data.filter(({ labels }) => (labels.mode === "idle") === (mode === "idle"));
    const interpolated = ({ times, values }: (typeof ofMode)[number], end: number): number => {
      const i = times.findIndex((time) => time > end);
      const [t0 = Number.NaN, t1 = Number.NaN] = times.slice(i - 1, i + 1);
      const [v0 = Number.NaN, v1 = Number.NaN] = values.slice(i - 1, i + 1);
      return v0 + ((v1 - v0) * (end - t0)) / (t1 - t0);
    };
    const valueAt = (end: number): number =>
      ofMode.reduce((sum, series) => sum + interpolated(series, end), 0);
    return [0, 1, 2].map((n) => valueAt(FROM + (n + 1) * HOUR_MS) - valueAt(FROM + n * HOUR_MS));
  };

  it("of hosts that stay are what the raw samples say to 1e-9, and all of them what was used to a scrape", async () => {
    const { store, report } = await job(server.recorded.url, { recordingRules: true });
    // Which projects there are, and their sums.
    expect(requests).toBe(2);
    expect(report).toMatchObject({ projects: [...PROJECTS].sort(), warnings: [], findings: [] });
    expect(report.statuses).toMatchObject({ "download incomplete": 2, processed: 3 });
    expect(await store.scopes("host")).toEqual([]);

    const stays = await store.read({ kind: "project", name: NASTY }, INTERVAL);
    for (const [name, mode] of [
      ["busyCpuSeconds", "busy"],
      ["idleCpuSeconds", "idle"],
    ] as const)
      (await gained(NASTY, mode)).forEach((seconds, t) => {
        expect(Math.abs(numberAt(stays[name], t) / seconds - 1), `${name} ${t}`).toBeLessThan(1e-9);
      });

    const truth = clusterTruth(cluster);
    const ada = await store.read({ kind: "ada", name: "ada" }, INTERVAL);
    let worst = 0;
    // Hours without lost scrapes. The second one has two boots and an end, the third one an end and a boot.
    for (const [t, turns] of [0, 3, 2].entries()) {
      for (const name of ["busyCpuSeconds", "idleCpuSeconds"] as const) {
        const error = Math.abs(numberAt(ada[name], t) - numberAt(truth.total[name], t));
        worst = Math.max(worst, turns === 0 ? error / numberAt(truth.total[name], t) : 0);
        expect(error, `${name} ${t}`).toBeLessThan(0.005 * numberAt(truth.total[name], t) + turns * 2 * 60);
      }
    }
    console.log(`recorded sums: the worst hour without boots is ${(100 * worst).toFixed(3)}% off`);

    for (const kind of SCOPE_KINDS.filter((name) => name !== "host" && name !== "ada")) {
      const scopes = await Promise.all(
        (await store.scopes(kind)).map((scope) => store.read(scope, INTERVAL)),
      );
      if (scopes.length === 0) continue;
      for (const name of ["busyCpuSeconds", "idleCpuSeconds", "busyKwh", "idleGco2eq"] as const)
        ada[name].forEach((value, t) => {
          const sum = scopes.reduce((total, series) => {
            const row = ada.hours.slice(t, t + 1).map((hour) => series.hours.indexOf(hour))[0] ?? -1;
            return total + (series[name][row] || 0);
          }, 0);
          expect(Math.abs(sum - value), `${kind} ${name} ${t}`).toBeLessThanOrEqual(1e-9 * value);
        });
    }
  });

  it("of an hour after which hosts were not heard for long are not complete, whatever they cover", async () => {
    const last = { from: INTERVAL.to, to: INTERVAL.to + HOUR_MS };
    const { store } = await job(server.recorded.url, { recordingRules: true }, { interval: last });
    const ada = await store.read({ kind: "ada", name: "ada" }, last);
    expect(numberAt(ada.coverage, 0)).toBeGreaterThan(0.99);
    expect(ada.status).toEqual(["download incomplete"]);
  });

  it("take a third of the bytes of the counters", async () => {
    await job(server.raw.url, {});
    const asked = bytes;
    await job(server.recorded.url, { recordingRules: true });
    expect(bytes).toBeLessThan(asked / 3);
  });

  it("recorded otherwise are early by up to the interval of their rules, and say so in no other way", async () => {
    const { store, report } = await job(server.recorded.url, {
      recordingRules: { busy: "own:cpu_busy:sum_increase_1h", idle: "own:cpu_idle:sum_increase_1h" },
    });
    expect(report.statuses.processed).toBe(5);
    const truth = clusterTruth(cluster);
    const series = await store.read({ kind: "ada", name: "ada" }, INTERVAL);
    const cores = cluster.hosts.reduce((sum, host) => sum + host.cores, 0);
    let worst = 0;
    // Hours without lost scrapes.
    for (const i of [0, 1, 2]) {
      const error = Math.abs(numberAt(series.busyCpuSeconds, i) - numberAt(truth.total.busyCpuSeconds, i));
      worst = Math.max(worst, error / numberAt(truth.total.busyCpuSeconds, i));
      // Five minutes of all cores at either end, if they were busy in the one and idle in the other.
      expect(error).toBeLessThan(cores * 300);
    }
    console.log(`own rules every 5 minutes: the worst busy hour is ${(100 * worst).toFixed(2)}% off`);
  });

  it.each<[string, Partial<SyncOptions>, RegExp]>([
    [
      "tenures",
      { tenures: { source: { id: "t", tenures: async () => [] } } },
      /recorded sums have no hosts, and tenures say/,
    ],
    ["hosts", { hosts: true }, /no hosts to store/],
    ["averages", { averages: memoryAverageStore() }, /averages are learnt from hosts/],
  ])("refuse %s, which need hosts", async (_, options, message) => {
    await expect(job(server.recorded.url, { recordingRules: true }, options)).rejects.toMatchObject({
      code: "bad-input",
      message: expect.stringMatching(message),
    });
    expect(requests).toBe(0);
  });

  it.each<[string, Partial<PrometheusCpuOptions>, Partial<SyncOptions>]>([
    ["under another name", { recordingRules: "other" }, {}],
    ["with other modes", { recordingRules: true }, { power: perCore({ modes: WAITING_IS_IDLE }) }],
  ])("%s are not taken for these: nothing is processed", async (_, prometheus, options) => {
    const ended = job(server.recorded.url, prometheus, { projects: PROJECTS, ...options });
    const report = await ended.then(
      ({ report }) => report.statuses,
      (error: unknown) => error,
    );
    if (report instanceof Error) expect(report).toMatchObject({ code: "bad-input" });
    else expect(report).toMatchObject({ "not downloaded": 5, processed: 0 });
  });

  it("are read by sync --recording-rules, which stores no hosts", async () => {
    const out = mkdtempSync(join(tmpdir(), "ada-carbon-recorded-"));
    const [stdout, stderr] = [new PassThrough(), new PassThrough()];
    const args = `sync --prometheus ${server.recorded.url} --intensity ${simulation.intensityUrl} --out ${out}`;
    const span =
      "--from 2025-09-10T00:00:00Z --to 2025-09-10T05:00:00Z --recording-rules --concurrency 1 --json";
    const io = {
      stdout,
      stderr,
      env: {},
      clock: () => INTERVAL.to + 9 * DAY_MS,
      signal: new AbortController().signal,
    };
    // Two hours are incomplete, and still wanting.
    expect(await run(`${args} ${span}`.split(" "), io), String(stderr.read())).toBe(3);
    expect(JSON.parse(String(stdout.read())).statuses).toMatchObject({
      processed: 3,
      "download incomplete": 2,
    });
    expect(existsSync(join(out, "hours/kind=user"))).toBe(true);
    expect(existsSync(join(out, "hours/kind=host"))).toBe(false);
    rmSync(out, { recursive: true });
  });
});
