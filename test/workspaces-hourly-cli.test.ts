import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { HOUR_MS } from "ada-carbon";
import { type SimulationServer, serveSimulation, simulateCluster } from "ada-carbon/testing";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { run } from "../src/cli/program.js";

// `ada-carbon workspaces --hourly` from outside: hours in the store, explained, and measured by sync later on.

const FROM = Date.UTC(2025, 8, 10, 9);
const MINUTE = 60_000;

let now = FROM;
let folder: string;
let server: SimulationServer;

async function cli(args: readonly string[]): Promise<{ status: number; stdout: string; stderr: string }> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const text = (stream: PassThrough): string => (stream.read() ?? "").toString();
  const signal = new AbortController().signal;
  const status = await run(args, { stdout, stderr, env: {}, clock: () => now, signal });
  return { status, stdout: text(stdout), stderr: text(stderr) };
}

const sources = (): string[] => ["--prometheus", server.prometheusUrl, "--intensity", server.intensityUrl];

/** As cron would: a new process, as good as, every two minutes. */
async function pollEvery(store: readonly string[], ...more: string[]): Promise<string[]> {
  const lines: string[] = [];
  for (now = FROM; now <= FROM + 66 * MINUTE; now += 2 * MINUTE) {
    const { status, stdout, stderr } = await cli([
      "workspaces",
      ...sources(),
      ...store,
      "--once",
      "--hourly",
      ...more,
    ]);
    expect([status, stderr]).toEqual([0, ""]);
    lines.push(...stdout.split("\n").filter((line) => line.startsWith("stored ")));
  }
  return lines;
}

beforeAll(async () => {
  const hosts = [
    { project: "IDAaaS", instance: "a:9100", machine: "Muon", user: "amara", cores: 4 },
    { project: "IDAaaS", instance: "b:9100", machine: "Muon", user: null, cores: 2 },
    { project: "CDAaaS", instance: "c:9100", machine: "Laser", user: "chidi", cores: 2 },
  ];
  const interval = { from: FROM - 2 * HOUR_MS, to: FROM + 4 * HOUR_MS };
  const cluster = simulateCluster({ interval, hosts, events: "none" });
  server = await serveSimulation({ cluster, clock: () => now });
});
afterAll(() => server.close());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ada-carbon-hourly-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("workspaces --hourly", { timeout: 120_000 }, () => {
  it.each(["folder", "sqlite"])(
    "stores finished hours in a %s, which can be reported and explained",
    async (kind) => {
      const place = [
        "--store",
        kind === "folder" ? join(folder, "out") : `sqlite:${join(folder, "carbon.db")}`,
      ];
      // Scrapes are some seconds old: the first ones are of the hour before.
      const hours = ["stored 2025-09-10T08:00:00Z", "stored 2025-09-10T09:00:00Z"];
      expect(await pollEvery(place)).toEqual(hours);

      const hour = ["--hour", "2025-09-10T09:00:00Z"];
      for (const scope of ["ada", "project:IDAaaS", "user:unattributed", "machine:Laser", "host:a:9100"]) {
        const explained = await cli(["explain", ...place, "--scope", scope, ...hour, "--json"]);
        const { stored, recomputed, provenance } = JSON.parse(explained.stdout);
        expect(stored).toMatchObject({ status: "processed", coverage: 1 });
        expect(recomputed.error).toBeLessThan(1e-9);
        expect(provenance.model).toMatch(/^tracked\/1 workspace\/1 /);
      }
      const text = await cli(["explain", ...place, "--scope", "ada", ...hour]);
      expect(text.stdout).toContain("counted poll by poll; carbon at each poll's intensity");
      expect(text.stdout).toMatch(/the parts give .*: the stored numbers/);
      const averages = await cli(["averages", ...place, "--machine", "Muon", "--json"]);
      expect(averages.stdout).toContain('"hours": 4,');
    },
  );

  it("leaves hours that sync has measured, and sync measures those of the tracker", async () => {
    const place = ["--out", join(folder, "out")];
    const interval = ["--from", "2025-09-10T09:00:00Z", "--to", "2025-09-10T10:00:00Z"];
    const model = async (): Promise<string> => {
      const found = await cli([
        "explain",
        ...place,
        "--scope",
        "ada",
        "--hour",
        "2025-09-10T09:00:00Z",
        "--json",
      ]);
      return JSON.parse(found.stdout).provenance.model;
    };
    await pollEvery(place);
    expect(await model()).toMatch(/^tracked/);
    const synced = await cli(["sync", ...sources(), ...place, ...interval]);
    expect(synced.status).toBe(0);
    expect(await model()).toMatch(/^per-core/);
    const averages = await cli(["averages", ...place, "--machine", "Muon", "--json"]);
    expect(averages.stdout).toContain('"hours": 4,');

    rmSync(join(folder, "out", "workspaces"), { recursive: true });
    expect(await pollEvery(place)).toEqual(["stored 2025-09-10T08:00:00Z"]);
    expect(await model()).toMatch(/^per-core/);
    rmSync(join(folder, "out", "workspaces"), { recursive: true });
    expect(await pollEvery(place, "--replace-measured")).toHaveLength(2);
    expect(await model()).toMatch(/^tracked/);
  });

  it("is not done unless asked for, and its options are checked", async () => {
    const place = ["--out", join(folder, "out")];
    now = FROM;
    const { stdout } = await cli(["workspaces", ...sources(), ...place, "--once", "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({ hosts: 3, hours: { stored: [], kept: [] } });
    expect(JSON.parse(stdout).workspaces[0].hours).toBeUndefined();
    expect(readdirSync(join(folder, "out"))).toEqual(["intensity", "workspaces"]);
    const wrong = await cli(["workspaces", ...sources(), ...place, "--once", "--replace-measured"]);
    expect([wrong.status, wrong.stderr]).toEqual([2, expect.stringMatching(/give --hourly, too/)]);
  });
});
