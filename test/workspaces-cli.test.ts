import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { fileURLToPath } from "node:url";
import { HOUR_MS } from "ada-carbon";
import { fileWorkspaceStore } from "ada-carbon/files";
import {
  type Fault,
  type SimulatedRequest,
  type SimulationServer,
  serveSimulation,
  simulateCluster,
} from "ada-carbon/testing";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { run } from "../src/cli/program.js";

const FROM = Date.UTC(2025, 8, 10, 9);
const BIN = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));

interface Ended {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

let now = FROM + HOUR_MS;
let folder: string;
let out: string;
let server: SimulationServer;
let fault: (request: SimulatedRequest) => Fault | undefined = () => undefined;

async function cli(args: readonly string[], signal = new AbortController().signal): Promise<Ended> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const text = (stream: PassThrough): string => (stream.read() ?? "").toString();
  const status = await run(args, { stdout, stderr, env: {}, clock: () => now, signal });
  return { status, stdout: text(stdout), stderr: text(stderr) };
}

const command = (...more: string[]): string[] => [
  "workspaces",
  "--prometheus",
  server.prometheusUrl,
  "--intensity",
  server.intensityUrl,
  "--out",
  out,
  ...more,
];

beforeAll(async () => {
  const hosts = [
    { project: "IDAaaS", instance: "a:9100", machine: "Muon", user: "amara", cores: 4 },
    { project: "IDAaaS", instance: "b:9100", machine: "\u001b[31mred\u202e", user: null, cores: 2 },
    { project: "CDAaaS", instance: "c:9100", machine: "Laser", user: "chidi", cores: 2 },
  ];
  const interval = { from: FROM, to: FROM + 6 * HOUR_MS };
  const cluster = simulateCluster({ interval, hosts, events: "none" });
  server = await serveSimulation({ cluster, clock: () => now, faults: (request) => fault(request) });
});
afterAll(() => server.close());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ada-carbon-workspaces-"));
  out = join(folder, "out");
  now = FROM + HOUR_MS;
  fault = () => undefined;
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("workspaces --once", () => {
  it("asks the grid once for a half hour, whatever how often it is run", async () => {
    const asked = async (...more: string[]): Promise<number> => {
      const before = server.requests.length;
      expect((await cli(command("--once", ...more))).status).toBe(0);
      return server.requests.slice(before).filter(({ path }) => path.startsWith("/intensity-api")).length;
    };
    // A minute later the same half hours are asked for.
    now += 600_000;
    expect(await asked()).toBeGreaterThan(0);
    now += 60_000;
    expect(await asked()).toBe(0);
    expect(await asked("--no-intensity-cache")).toBeGreaterThan(0);
  });

  it("names machines that are nearly in the catalogue", async () => {
    const machines = join(folder, "machines.csv");
    writeFileSync(machines, "machine,busy_watts,idle_watts\nmuon,8,2\n");
    const { status, stderr } = await cli(command("--once", "--machines", machines));
    expect([status, stderr]).toEqual([
      0,
      expect.stringMatching(/^warning: hosts say "Muon", the catalogue "muon": write it as the hosts do/m),
    ]);
  });

  it("shows the hosts of a site in a table, adds up from call to call, and names the licence", async () => {
    const first = await cli(command("--site", "isis", "--once"));
    expect([first.status, first.stderr]).toEqual([0, ""]);
    expect(first.stdout).toMatch(/^instance +machine +user +since +W +idle +runtime +busy kWh/m);
    expect(first.stdout).toMatch(/^a:9100 +Muon +amara +20\S+Z +\d+\.\d +\d+\.\d% +0s +0\.0000 +0\.0000/m);
    expect(first.stdout).toContain("isis: 2 hosts up, 2 opened");
    expect(first.stdout).toMatch(/gCO2eq\/kWh \(forecast\)/);
    expect(first.stdout).toMatch(/CC BY 4\.0/);
    expect(first.stdout).not.toContain("c:9100");
    // A label must not colour or turn round the terminal.
    expect(first.stdout).toContain("\\u{1b}[31mred\\u{202e}");

    now += 60_000;
    const second = await cli(command("--site", "isis", "--once", "--json"));
    const report = JSON.parse(second.stdout);
    expect(report).toMatchObject({ hosts: 2, opened: 0, at: "2025-09-10T10:01:00Z", warnings: [] });
    expect(report.countedSeconds).toBe(120);
    expect(report.workspaces[0]).toMatchObject({ site: "isis", project: "IDAaaS", endedAt: null });
    const store = fileWorkspaceStore(out);
    const [session] = await store.active("isis");
    expect(session?.busyKwh).toBe(report.workspaces[0].busyKwh);
    expect(readdirSync(join(out, "workspaces"))).toContain("isis.json");
    await store.close();
  });

  it("takes several sites, other mappings, and the power of the machines", async () => {
    const sites = ["--site", "clf", "isis", "--once", "--json"];
    expect(JSON.parse((await cli(command(...sites))).stdout).hosts).toBe(3);
    const other = ["--site-project", "lab=IDAaaS", "--site-project", "lab=CDAaaS", "--once", "--json"];
    const report = JSON.parse(
      (await cli(command(...other, "--cpu-tdp-w", "0", "--ram-w", "0", "--other-w", "50"))).stdout,
    );
    expect(report).toMatchObject({ hosts: 3, sites: [{ site: "lab" }] });
    expect(report.workspaces.map(({ watts }: { watts: number }) => watts)).toEqual([50, 50, 50]);
  });

  it("goes by tenures", async () => {
    const file = join(folder, "tenures.csv");
    writeFileSync(file, "host,from,to,user,group\na,2025-01-01T00:00:00Z,,bjorn,muons\n");
    const { stdout } = await cli(command("--site", "isis", "--once", "--json", "--tenures", file));
    const owners = JSON.parse(stdout).workspaces.map(
      ({ instance, user, group }: Record<string, unknown>) => `${instance} ${user} ${group}`,
    );
    expect(owners.sort()).toEqual(["a:9100 bjorn muons", "b:9100 null IDAaaS"]);
  });

  it("says when carbon is not known, and uses the fallback where there is one", async () => {
    fault = ({ path }) => (path.startsWith("/intensity-api") ? { status: 200, body: "{}" } : undefined);
    const without = await cli(command("--site", "isis", "--once"));
    expect(without.status).toBe(3);
    expect(without.stdout).toMatch(/^no intensity$/m);
    expect(without.stdout).toMatch(/^warning: .*energy is counted without carbon$/m);
    const constant = await cli(command("--site", "isis", "--once", "--fallback-intensity", "120"));
    expect(constant.status).toBe(0);
    expect(constant.stdout).toMatch(/^120 gCO2eq\/kWh \(fallback\)$/m);
    expect(constant.stdout).not.toMatch(/CC BY/);
  });

  it.each([
    [
      ["--site", "<b>mars</b>", "--once"],
      2,
      /^ada-carbon: there is no site "<b>mars<\/b>"; known are clf, isis, diamond\n$/,
    ],
    [["--site", "isis"], 2, /--once to poll once, or --sleep SECONDS/],
    [["--site", "isis", "--once", "--sleep", "60"], 2, /cannot be used with/],
    [["--sleep", "0"], 2, /at least 1/],
    [["--once", "--site-project", "isis"], 2, /SITE=PROJECT/],
    [["--once", "--site-project", "a=X", "--site-project", "b=X"], 2, /can be of one site/],
    [["--once", "--cpu-tdp-w", "much"], 2, /number of watts/],
  ])("%j ends with status %i and one line", async (args, status, message) => {
    const ended = await cli(command(...args));
    expect(ended.status).toBe(status);
    expect(ended.stderr).toMatch(message);
    expect(ended.stderr.trim().split("\n")).toHaveLength(1);
    expect(ended.stdout).toBe("");
  });

  it("fails in one line when Prometheus refuses, and stores nothing", async () => {
    fault = ({ path }) => (path.startsWith("/api/") ? { status: 401, body: "no" } : undefined);
    const ended = await cli(command("--site", "isis", "--once"));
    expect(ended.status).toBe(1);
    expect(ended.stderr.trim().split("\n")).toHaveLength(1);
    expect(() => readdirSync(out)).toThrow(/ENOENT/);
  });

  it("has a manual page", async () => {
    const { status, stdout } = await cli(["workspaces", "--help"]);
    expect(status).toBe(0);
    for (const part of ["NAME", "SYNOPSIS", "--site", "--cpu-tdp-w", "EXAMPLES"])
      expect(stdout).toContain(part);
  });
});

describe("workspaces --sleep", () => {
  it("prints a line a poll, says which failed, and ends with status 0 when stopped", async () => {
    const stop = new AbortController();
    let asked = 0;
    fault = ({ path }) => {
      if (!path.startsWith("/api/")) return undefined;
      asked += 1;
      now += 30_000;
      if (asked >= 6) stop.abort();
      return asked === 3 ? { status: 400, body: "broken" } : undefined;
    };
    const ended = await cli(command("--site", "isis", "--sleep", "1"), stop.signal);
    expect(ended.status).toBe(0);
    const lines = ended.stdout.trim().split("\n");
    expect(lines[0]).toMatch(/^2025-09-10T\S+Z; 2 hosts up, 2 opened; .* gCO2eq\/kWh \(forecast\)/);
    expect(ended.stderr).toMatch(/poll failed: .*; the next one makes up for it\n/);
    expect(ended.stderr).toMatch(/stopped after \d polls \(1 failed\); everything is stored\n$/);
  });

  it.each(["SIGINT", "SIGTERM"] as const)("stops cleanly on %s, with everything stored", async (signal) => {
    const today = { from: Date.now() - HOUR_MS, to: Date.now() + HOUR_MS };
    const cluster = simulateCluster({ interval: today, hosts: 6, events: "none" });
    const live = await serveSimulation({ cluster, clock: Date.now });
    const places = ["--prometheus", live.prometheusUrl, "--intensity", live.intensityUrl, "--out", out];
    const child = spawn(process.execPath, [BIN, "workspaces", ...places, "--sleep", "1", "--json"]);
    const ended = once(child, "exit");
    let [stdout, stderr] = ["", ""];
    child.stderr.on("data", (chunk) => {
      stderr += String(chunk);
    });
    const twoPolls = new Promise<void>((resolve) => {
      child.stdout.on("data", (chunk) => {
        stdout += String(chunk);
        if (stdout.split("\n").length > 2) resolve();
      });
    });
    await Promise.race([twoPolls, ended]);
    child.kill(signal);
    const [status] = await ended;
    await live.close();
    expect([status, stderr]).toEqual([0, expect.stringMatching(/stopped after \d+ polls \(0 failed\)/)]);
    const last = JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
    expect(last).toMatchObject({ hosts: 6, skipped: 0 });
    const stored = ["clf", "isis", "diamond"].flatMap((site) =>
      JSON.parse(readFileSync(join(out, "workspaces", `${site}.json`), "utf8")),
    );
    expect(stored).toHaveLength(6);
    expect(readdirSync(join(out, "workspaces")).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });
});
