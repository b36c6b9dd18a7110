import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { prometheusHostSource } from "ada-carbon/prometheus";
import { serveSimulation, simulateCluster } from "ada-carbon/testing";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { run } from "../src/cli/program.js";
import { type RealNodeExporter, requireNodeExporter, startNodeExporter } from "./servers/node-exporter.js";
import { type RealPrometheus, requirePrometheus, startPrometheus } from "./servers/prometheus.js";

// A real Prometheus scrapes a real node_exporter of this machine, every second; and a target that is down.

const LABELS = `
          cloud_project_name: IDAaaS
          machine_name: 'Artemis (Matlab) "<script>alert(1)</script>"'
          user: amara`;
const config = (address: string): string => `
global: { scrape_interval: 1s, scrape_timeout: 1s }
scrape_configs:
  - job_name: node
    static_configs:
      - targets: ["${address}"]
        labels:${LABELS}
      - targets: ["127.0.0.1:1"]
        labels:${LABELS}
`;

describe.skipIf(!requirePrometheus() || !requireNodeExporter())("a real node_exporter", () => {
  let exporter: RealNodeExporter;
  let prometheus: RealPrometheus;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "ada-carbon-real-"));
    exporter = await startNodeExporter();
    prometheus = await startPrometheus({ config: config(exporter.address) });
    const source = prometheusHostSource({ url: prometheus.url, windowMs: 5000 });
    await vi.waitUntil(
      async () => {
        const { hosts } = await source.activeHosts(["isis"], { now: Date.now() });
        return hosts[0]?.idleFraction != null;
      },
      { timeout: 60_000, interval: 500 },
    );
  });
  afterAll(async () => {
    await prometheus?.stop();
    await exporter?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it("is a host with its boot time, cores, load and memory; a target that is down is none", async () => {
    const source = prometheusHostSource({ url: prometheus.url, windowMs: 5000 });
    const now = Date.now();
    const { hosts, warnings, findings, watching } = await source.activeHosts(["isis"], { now });
    expect([warnings, findings, watching]).toEqual([[], [], true]);
    expect(hosts).toHaveLength(1);
    const [host] = hosts;
    expect(host).toMatchObject({
      site: "isis",
      instance: exporter.address,
      project: "IDAaaS",
      machine: 'Artemis (Matlab) "<script>alert(1)</script>"',
      user: "amara",
    });
    expect(now - (host?.seenAt ?? 0)).toBeLessThan(5000);
    expect(host?.bootedAt).toBeLessThan(now);
    expect(host?.cores).toBeGreaterThanOrEqual(availableParallelism());
    expect(host?.idleFraction).toBeGreaterThanOrEqual(0);
    expect(host?.memoryActiveRatio).toBeGreaterThan(0);
    expect(host?.memoryActiveRatio).toBeLessThan(1);
    // An instance of two, a site that has nothing, a time at which nothing was scraped yet.
    expect((await source.activeHosts(["clf"], { now })).hosts).toEqual([]);
    const before = await source.activeHosts(["isis"], { now: now - 3_600_000, watchingAt: now - 3_700_000 });
    expect([before.hosts, before.watching]).toEqual([[], false]);
  });

  it("is followed by the command line", async () => {
    const grid = await serveSimulation({
      cluster: simulateCluster({ interval: { from: 0, to: 1 }, hosts: 0 }),
      clock: Date.now,
    });
    const poll = async (): Promise<{ status: number; stdout: string; stderr: string }> => {
      const [stdout, stderr] = [new PassThrough(), new PassThrough()];
      const flags = ["--prometheus", prometheus.url, "--intensity", grid.intensityUrl, "--out", folder];
      const status = await run(["workspaces", ...flags, "--site", "isis", "--once", "--window", "5"], {
        stdout,
        stderr,
        env: {},
        clock: Date.now,
        signal: new AbortController().signal,
      });
      return { status, stdout: String(stdout.read() ?? ""), stderr: String(stderr.read() ?? "") };
    };
    await poll();
    await new Promise((resolve) => setTimeout(resolve, 2500));
    const { status, stdout, stderr } = await poll();
    await grid.close();
    expect([status, stderr]).toEqual([0, ""]);
    expect(stdout).toContain(exporter.address);
    expect(stdout).toMatch(/isis: 1 hosts up\n/);
    expect(stdout).toMatch(/in [2-9]s of host time/);
    console.info(stdout);
  });
});
