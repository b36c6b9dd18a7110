import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { orDash } from "../src/cli/render.js";
import { knownGrams } from "../src/reports/known-totals.js";
import type { Sums } from "../src/timeseries/rollup/bin.js";
import { cli, folder, out, SPAN, server, syncArgs } from "./support/cli-lab.js";

// Every command that prints a table: as wide as the terminal is, and the same numbers as CSV and as JSON.

const HOUR = "2025-09-10T01:00:00Z";
const DAY = ["--from", "2025-09-10", "--to", "2025-09-10T06:00:00Z"];
const grid = (): string[] => ["--intensity", server.intensityUrl];

/** By what they print; each is run in a store with six hours. */
const TABLES: Readonly<Record<string, () => string[]>> = {
  sync: () => syncArgs("--quiet"),
  report: () => ["report", "--out", out, "--by", "hour"],
  "report of a kind": () => ["report", "--out", out, "--scope", "host"],
  "report with bounds": () => ["report", "--out", out, "--bounds", "0.5"],
  top: () => ["top", "hosts", "--out", out, "--beside", "before"],
  list: () => ["list", "--out", out],
  averages: () => ["averages", "--out", out],
  "averages import": () => ["averages", "import", join(folder, "means.json"), "--out", out],
  explain: () => ["explain", "--out", out, "--scope", "ada", "--hour", HOUR],
  restate: () => ["restate", "--out", out, ...DAY, "--busy-watts", "10", "--dry-run"],
  intensity: () => ["intensity", ...grid(), ...DAY],
  workspaces: () => ["workspaces", "--demo"],
  calibrate: () => ["calibrate", "--demo", "--from", "2025-09-01", "--to", "2025-09-03"],
};

const synced = mkdtempSync(join(tmpdir(), "ada-carbon-tables-"));
beforeAll(async () => {
  const store = join(synced, "out");
  const prometheus = ["--prometheus", server.prometheusUrl];
  await cli(["sync", ...prometheus, ...grid(), ...SPAN, "--out", store, "--quiet"]);
  const { runningAverages } = JSON.parse((await cli(["averages", "--out", store, "--json"])).stdout);
  writeFileSync(join(synced, "means.json"), JSON.stringify(runningAverages));
});
beforeEach(() => cpSync(synced, folder, { recursive: true }));
afterAll(() => rmSync(synced, { recursive: true, force: true }));

describe("a narrow terminal", () => {
  it.each([60, 80])("of %i columns has rows that can be told apart", async (columns) => {
    const lines = async (name: string): Promise<string[]> =>
      (await cli(TABLES[name]?.() ?? [], { columns, env: { NO_COLOR: "1" } })).stdout.split("\n");
    const hours = (await lines("report")).filter((line) => /^2025-09-10 0\d:00 /.test(line));
    expect(hours).toHaveLength(6);
    const hosts = (await lines("workspaces")).flatMap((line) => /^host-\S+/.exec(line) ?? []);
    expect(hosts.length).toBeGreaterThan(30);
    expect(new Set(hosts).size).toBe(hosts.length);
  });

  it("shows no zero for what is there", () => {
    expect([0, 0.0004, 0.0005, null].map((kwh) => orDash(kwh, 3))).toEqual(["0.000", "<0.001", "0.001", "-"]);
  });

  it("shows no grams where only hours without use have any", async () => {
    const sums = { busyGco2eq: 0, idleGco2eq: 0, hoursWithoutCarbon: 2 } as Sums;
    expect([knownGrams(sums), knownGrams({ ...sums, hoursWithoutCarbon: 0 })]).toEqual([null, 0]);
  });
});

describe.each(Object.entries(TABLES))("%s", (_, args) => {
  it.each([60, 80, 140])("fits a terminal of %i columns", async (columns) => {
    const { status, stdout } = await cli([...args()], { columns, env: { NO_COLOR: "1" } });
    expect(status).toBe(0);
    const lines = stdout.split("\n");
    // Lists, paths and addresses are left to the terminal.
    const tooLong = lines.filter((line) => line.length > columns && !/^ {2}|https:/.test(line));
    expect(tooLong).toEqual([]);
    expect(lines.length).toBeGreaterThan(3);
  });

  it("has the same rows as CSV, and as JSON", async () => {
    const csv = await cli([...args(), "--format", "csv"]);
    const rows: string[][] = parse(csv.stdout);
    expect(rows.length).toBeGreaterThan(1);
    expect(rows[0]?.every((name) => /^[a-zA-Z0-9]+$/.test(name))).toBe(true);
    const json = await cli([...args(), "--format", "json"]);
    expect([json.status, typeof JSON.parse(json.stdout)]).toEqual([0, "object"]);
    const short = await cli([...args(), "--json"]);
    expect(Object.keys(JSON.parse(short.stdout))).toEqual(Object.keys(JSON.parse(json.stdout)));
    expect((await cli([...args(), "--json", "--format", "csv"])).status).toBe(2);
  });

  it("is explained below, and not with --quiet", async () => {
    const spoken = await cli([...args().filter((arg) => arg !== "--quiet")]);
    const quiet = await cli([...args(), "--quiet"]);
    expect(spoken.stdout).toMatch(/^\S.*: .+\.$/m);
    expect(quiet.stdout.length).toBeLessThan(spoken.stdout.length);
    expect(quiet.stderr).toBe("");
  });
});

it("leaves out what explains least first, and says so", async () => {
  const heads = async (columns: number): Promise<string> =>
    (await cli(["report", "--out", out], { columns, env: { NO_COLOR: "1" } })).stdout;
  expect(await heads(60)).toMatch(/^UTC +busy kWh +idle kWh +gCO2eq +coverage +missing$/m);
  expect(await heads(60)).toMatch(/^4 more columns in a wider terminal, and with --format csv\.$/m);
  expect(await heads(140)).toMatch(/busy core-h +idle core-h +busy kWh/);
  expect(await heads(140)).not.toMatch(/more columns/);
});

it("gives every scope of a kind the numbers that it has alone", async () => {
  const all = JSON.parse((await cli(["report", "--out", out, "--scope", "users", "--json"])).stdout);
  expect(all.kind).toBe("user");
  expect(all.scopes.length).toBeGreaterThan(2);
  for (const { scope, total } of all.scopes) {
    const args = ["report", "--out", out, "--scope", scope, ...DAY, "--json"];
    expect(JSON.parse((await cli(args)).stdout).total).toEqual(total);
  }
});

describe("colour", () => {
  const isColoured = async (world: Parameters<typeof cli>[1]): Promise<boolean> =>
    (await cli(["list", "--out", out], world)).stdout.includes("\u001b[");

  it.each([
    ["a terminal", { columns: 80 }, true],
    ["no terminal", {}, false],
    ["a terminal with NO_COLOR", { columns: 80, env: { NO_COLOR: "1" } }, false],
    ["a terminal with an empty NO_COLOR", { columns: 80, env: { NO_COLOR: "" } }, true],
    ["a dumb terminal", { columns: 80, env: { TERM: "dumb" } }, false],
    ["no terminal with FORCE_COLOR", { env: { FORCE_COLOR: "1" } }, true],
    ["a terminal with FORCE_COLOR=0", { columns: 80, env: { FORCE_COLOR: "0" } }, false],
    ["both", { env: { FORCE_COLOR: "1", NO_COLOR: "1" } }, true],
  ])("%s", async (_, world, expected) => {
    expect(await isColoured(world)).toBe(expected);
  });

  it("marks warnings and faults, and never CSV and JSON", async () => {
    const env = { FORCE_COLOR: "1" };
    const red = "\u001b[31mada-carbon:\u001b[39m";
    expect((await cli(["list"], { env })).stderr).toContain(`${red} --out DIR`);
    expect((await cli(["lits"], { env })).stderr).toContain(`${red} unknown command`);
    const late = ["report", "--out", out, "--from", "2025-09-09", "--to", "2025-09-11"];
    expect((await cli(late, { env })).stderr).toContain("\u001b[33mwarning:\u001b[39m of 48 hours");
    for (const format of ["csv", "json"])
      expect((await cli(["list", "--out", out, "--format", format], { env })).stdout).not.toContain("\u001b");
  });
});

it("says with --verbose what was asked, and what a failure came from", async () => {
  const asked = await cli(["intensity", ...grid(), ...DAY, "--verbose"]);
  expect(asked.stderr).toMatch(/^GET http:\/\/127\.0\.0\.1:\d+\/\S+: 200 after \d+ ms$/m);
  const metrics = await cli(syncArgs("--verbose", "--out", join(folder, "anew")));
  expect(metrics.stderr).toMatch(/^POST http:\S+query_range query=.+: 200 after \d+ ms$/m);
  const failed = ["report", "--out", out, "--meter", join(folder, "none.csv")];
  expect((await cli([...failed, "-v"])).stderr).toMatch(/^caused by Error: ENOENT.*\nada-carbon: /m);
  expect((await cli(failed)).stderr).not.toMatch(/caused by/);
});

it("does not say with --verbose whose token was sent in a URL", async () => {
  const entsoe = ["--grid", "entsoe:10YFR-RTE------C", ...grid(), ...DAY];
  const env = { ADA_CARBON_ENTSOE_TOKEN: "not-to-be-shown" };
  const { stderr } = await cli(["intensity", ...entsoe, "--verbose"], { env });
  expect(stderr).toMatch(/^GET \S+ securityToken=\*{3} documentType=A75 .+ after \d+ ms$/m);
  expect(stderr).not.toContain("not-to-be-shown");
});

describe("times as people say them", () => {
  const NOW = Date.parse("2025-09-11T12:30:00Z");
  const bins = async (...args: string[]): Promise<[string, string]> => {
    const ended = await cli(["report", "--out", out, "--by", "year", "--json", ...args], {
      clock: () => NOW,
    });
    const [{ from, to }] = JSON.parse(ended.stdout).bins;
    return [from, to];
  };

  it.each([
    [["--from", "yesterday"], "2025-09-10T00:00:00Z", "2025-09-11T00:00:00Z"],
    [["--from", "2025-09-10"], "2025-09-10T00:00:00Z", "2025-09-11T00:00:00Z"],
    [["--from", "2025-09-10", "--zone", "Europe/London"], "2025-09-09T23:00:00Z", "2025-09-10T23:00:00Z"],
    // The hour under way is not asked for.
    [["--from", "-7d"], "2025-09-04T00:00:00Z", "2025-09-11T12:00:00Z"],
    [["--from", "2025-W37"], "2025-09-08T00:00:00Z", "2025-09-11T12:00:00Z"],
    [["--from", "2025-09"], "2025-09-01T00:00:00Z", "2025-09-11T12:00:00Z"],
    [["--from", "2025"], "2025-01-01T00:00:00Z", "2025-09-11T12:00:00Z"],
    [["--from", "2025-09-01", "--to", "today"], "2025-09-01T00:00:00Z", "2025-09-11T00:00:00Z"],
  ])("%j", async (args, from, to) => {
    expect(await bins(...args)).toEqual([from, to]);
  });

  it("are taken by every command that asks for hours", async () => {
    const world = { clock: () => NOW };
    for (const args of [
      [
        "sync",
        "--prometheus",
        server.prometheusUrl,
        ...grid(),
        "--out",
        out,
        "--from",
        "yesterday",
        "--quiet",
      ],
      ["restate", "--out", out, "--from", "2025-W37", "--to", "today", "--dry-run"],
      ["top", "users", "--out", out, "--from", "-2d"],
      ["intensity", ...grid(), "--from", "yesterday"],
      ["day", "--out", out, "--project", "IDAaaS", "--date", "yesterday"],
    ]) {
      const { status, stderr } = await cli(args, world);
      expect([args[0], status === 0 || status === 3, stderr]).toEqual([args[0], true, stderr]);
    }
    const half = await cli(["report", "--out", out, "--from", "2025-09-10T00:30:00Z"]);
    expect([half.status, half.stderr]).toEqual([2, expect.stringMatching(/not on the hour/)]);
  });
});

it("says what was meant", async () => {
  const refusals: [string[], RegExp][] = [
    [["report", "--out", out, "--scope", "project:IDAas"], /did you mean IDAaaS\?/],
    [["day", "--out", out, "--project", "idaaas", "--date", "2025-09-10"], /did you mean IDAaaS\?/],
    [["explain", "--out", out, "--scope", "machine:Moun", "--hour", HOUR], /did you mean Muon\?/],
    [["report", "--out", out, "--scope", "progect:IDAaaS"], /did you mean project\?/],
    [["report", "--out", out, "--scope", "IDAaaS"], /write ada, or kind:name .*, such as project:IDAaaS/],
    [["report", "--store", "pg"], /--store pg does not say where; write sqlite:FILE, postgres:/],
    [["averages", "--out", out, "--machine", "muon"], /did you mean Muon\?/],
    [syncArgs("--project", "IDAaas"), /did you mean IDAaaS\?/],
    [["top", "--out", out], /what is ranked \(users, projects, .*\) is missing; see ada-carbon top --help/],
    [["top", "machine-types", "--out", out], /There are projects, machines, users/],
    [["top", "mahcines", "--out", out], /did you mean machines\?/],
    [["report", "--out", out, "--fromat", "csv"], /Did you mean --format\?/],
    [["rerpot", "--out", out], /Did you mean report\?/],
    [["serve", "--port", "8080"], /unknown option '--port'\n\(Did you mean --listen\?\)/],
    [["explain", "project:IDAaaS"], /too many arguments .*\n\(See ada-carbon explain --help\)/],
    [["wait", "--for", "1h", "--before", "6h"], /--before: "6h" is no deadline; write 18:00, /],
    [["report", "--db=x"], /Did you mean --store\?/],
    [["help", "nothing"], /unknown command 'nothing'\n\(There are sync, serve, .*, migrate\)/],
    [["sync"], /--prometheus URL is missing; .* ada-carbon sync --demo$/m],
    [
      ["sync", "--prometheus", "prometheus:9090"],
      /"prometheus:9090" is not .*; write http:\/\/prometheus:9090 or https/,
    ],
  ];
  for (const [args, said] of refusals) expect((await cli(args)).stderr).toMatch(said);
  expect((await cli(["report", "--out", out, "--scope", "project:Nobody"])).stderr).not.toMatch(
    /did you mean/,
  );
});
