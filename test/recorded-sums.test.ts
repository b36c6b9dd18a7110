import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { gbCarbonIntensity } from "ada-carbon/intensity";
import { memoryAverageStore, memoryUsageStore } from "ada-carbon/memory";
import { perCore } from "ada-carbon/power";
import { type PrometheusCpuOptions, prometheusCpuSource, recordingRulesFile } from "ada-carbon/prometheus";
import { runSync, type SyncOptions, type SyncReport } from "ada-carbon/sync";
import {
  clusterTruth,
  openMetrics,
  type SimulationServer,
  serveSimulation,
  simulateCluster,
} from "ada-carbon/testing";
import { at, DAY_MS, HOUR_MS, SCOPE_KINDS, WAITING_IS_IDLE } from "ada-carbon/usage";
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
  interval: { from: FROM, to: INTERVAL.to + HOUR_MS },
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
    const recorded = { from: FROM, to: INTERVAL.to + HOUR_MS };
    server = await recordRules(openMetrics(cluster), rules, recorded, 5);
  }, 300_000);
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]();
    await simulation?.close();
  });

  it("are those of the counters to 1e-9 for every scope but hosts, with the same status and the same coverage to 0.1%", async () => {
    const raw = await job(server.raw.url, {});
    const asked = { requests, bytes };
    const recorded = await job(server.recorded.url, { recordingRules: true });
    // Which projects there are, and their sums.
    expect(requests).toBe(2);
    expect(asked.requests).toBeGreaterThan(6);
    expect(bytes).toBeLessThan(asked.bytes / 3);
    expect(recorded.report).toMatchObject({
      projects: [...PROJECTS].sort(),
      statuses: raw.report.statuses,
      warnings: [],
      findings: [],
    });
    expect(recorded.report.statuses).toMatchObject({ "download incomplete": 2, processed: 3 });
    expect(await recorded.store.scopes("host")).toEqual([]);
    expect(await raw.store.scopes("host")).not.toEqual([]);
    for (const kind of SCOPE_KINDS.filter((name) => name !== "host")) {
      const scopes = await raw.store.scopes(kind);
      expect(await recorded.store.scopes(kind)).toEqual(scopes);
      for (const scope of scopes) {
        const [a, b] = [await raw.store.read(scope, INTERVAL), await recorded.store.read(scope, INTERVAL)];
        expect(b.hours).toEqual(a.hours);
        expect(b.status, scope.name).toEqual(a.status);
        for (const name of ["busyCpuSeconds", "idleCpuSeconds", "busyKwh", "idleGco2eq"] as const)
          b[name].forEach((value, i) => {
            const error = Math.abs(value - at(a[name], i));
            expect(error, `${scope.name} ${name} ${i}`).toBeLessThanOrEqual(1e-9 * value);
          });
        b.coverage.forEach((value, i) => {
          expect(Math.abs(value - at(a.coverage, i)), `${scope.name} coverage ${i}`).toBeLessThan(1e-3);
        });
      }
    }
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
      const error = Math.abs(at(series.busyCpuSeconds, i) - at(truth.total.busyCpuSeconds, i));
      worst = Math.max(worst, error / at(truth.total.busyCpuSeconds, i));
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
    expect(await run(`${args} ${span}`.split(" "), io), String(stderr.read())).toBe(0);
    expect(JSON.parse(String(stdout.read())).statuses).toMatchObject({
      processed: 3,
      "download incomplete": 2,
    });
    expect(existsSync(join(out, "usage/user/amara.parquet"))).toBe(true);
    expect(existsSync(join(out, "usage/host"))).toBe(false);
    rmSync(out, { recursive: true });
  });
});
