import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { HOUR_MS, type SyncReport } from "ada-carbon";
import type { Fault, SimulatedRequest } from "ada-carbon/testing";
import { describe, expect, it } from "vitest";
import { cli, FROM, files, folder, out, SPAN, server, servers, syncArgs } from "./support/cli-lab.js";

describe("sync", () => {
  it("writes the files it names and ends with a table", async () => {
    const ended = await cli(syncArgs("--project", "IDAaaS", "--project", "CDAaaS", "--project", "DDAaaS"));
    expect(ended.status).toBe(0);
    for (const name of ["ada", "project/IDAaaS", "project/CDAaaS", "project/DDAaaS"]) {
      expect(ended.stdout).toContain(join(out, "usage", `${name}.parquet`));
      expect(Object.keys(files())).toContain(join(out, "usage", `${name}.parquet`));
    }
    expect(readdirSync(join(out, "usage")).sort()).toEqual(["ada.parquet", "project"]);
    expect(readdirSync(join(out, "hours")).sort()).toEqual(
      ["ada", "group", "host", "machine", "project", "user"].map((kind) => `kind=${kind}`),
    );
    expect(ended.stdout).toMatch(/^project +busy core-h +idle core-h +busy kWh/m);
    expect(ended.stdout).toMatch(/^ada +[\d.]+ /m);
    expect(ended.stdout).toMatch(/CC BY 4\.0/);
    expect(ended.stderr).toMatch(/^6 hours wanted: 6 to fetch/m);

    const before = files();
    const again = await cli(syncArgs());
    expect([again.status, again.stdout.includes("nothing had to be written")]).toEqual([0, true]);
    expect(files()).toEqual(before);
  });

  it("prints the report as JSON", async () => {
    const ended = await cli(syncArgs("--json", "--quiet"));
    const report = JSON.parse(ended.stdout);
    expect(report).toMatchObject({
      simulated: false,
      statuses: { processed: 6 },
      interval: { from: "2025-09-10T00:00:00Z" },
    });
    expect(report.written).toContainEqual({ scope: "ada", path: join(out, "usage/ada.parquet") });
    expect(ended.stderr).toBe("");
  });

  it("draws a bar on a terminal and plain lines elsewhere", async () => {
    const terminal = await cli(syncArgs(), { isTTY: true });
    expect(terminal.stderr).toMatch(/█/);
    rmSync(out, { recursive: true });
    const plain = await cli(syncArgs());
    expect(plain.stderr).toMatch(/^6\/6 hours {2}2025-09-10T00:00:00Z to 2025-09-10T06:00:00Z$/m);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that there are none is what is asserted
    expect(plain.stderr).not.toMatch(/[\u001b█]/);
  });

  it("shows a simulated cluster without any server, and says so", async () => {
    const demo = await cli(["sync", "--demo", "--out", out]);
    expect(demo.status).toBe(0);
    expect(demo.stdout).toMatch(/^SIMULATED/);
    expect(demo.stdout).toMatch(/30 fake/);
    const real = await cli(syncArgs());
    expect([real.status, real.stderr]).toEqual([1, expect.stringMatching(/holds simulated \(fake\) hours/)]);
  });

  it("has regions of a simulated grid, too", async () => {
    const grams = async (folder: string, grid: string): Promise<Record<string, number>> => {
      const args = ["sync", "--demo", "--out", join(out, folder), "--grid", grid, "--json"];
      const { status, stdout, stderr } = await cli(args);
      expect([status, stderr]).toEqual([0, expect.not.stringContaining("warning")]);
      const { projectTotals } = JSON.parse(stdout) as SyncReport;
      return Object.fromEntries(projectTotals.map(({ scope, busyGco2eq }) => [scope.name, busyGco2eq ?? 0]));
    };
    const [national, regional] = [await grams("gb", "gb"), await grams("12", "IDAaaS=gb/12")];
    // The simulated region 12 is as dirty as 135% of the nation.
    expect((regional.IDAaaS ?? 0) / (national.IDAaaS ?? 0)).toBeCloseTo(1.35, 1);
    expect(regional.CDAaaS).toBe(national.CDAaaS);
  });

  it("takes what the flags leave out from the environment, and flags win", async () => {
    const env = {
      ADA_CARBON_PROMETHEUS: server.prometheusUrl,
      ADA_CARBON_OUT: out,
      ADA_CARBON_INTENSITY: "http://127.0.0.1:9/nobody",
    };
    const ended = await cli(["sync", ...SPAN, "--intensity", server.intensityUrl, "--json"], { env });
    expect(JSON.parse(ended.stdout).statuses.processed).toBe(6);
    const elsewhere = { ...env, ADA_CARBON_STORE: "redis://elsewhere" };
    expect((await cli(["report", "--out", out], { env: elsewhere })).status).toBe(0);
    expect((await cli(["report"], { env: elsewhere })).status).toBe(2);
    const bad = await cli(["sync", ...SPAN], { env: { ...env, ADA_CARBON_REGION: "north" } });
    expect([bad.status, bad.stderr]).toEqual([
      2,
      expect.stringMatching(/^ada-carbon: ADA_CARBON_REGION: .*number/),
    ]);
  });

  it("takes grids of projects, and says which of them is misspelt, twice, or of another basis", async () => {
    const grids = ["--grid", "IDAaaS=gb/12", "--grid", "gb"];
    const ended = await cli(syncArgs(...grids, "--json"));
    expect([ended.status, ended.stderr]).toEqual([0, expect.not.stringMatching(/warning/)]);
    const rows = async (scope: string): Promise<string> =>
      (await cli(["explain", "--out", out, "--scope", scope, "--hour", "2025-09-10T01:00:00Z"])).stdout;
    expect(await rows("project:IDAaaS")).toMatch(/gb-carbon-intensity\/region-12/);
    expect(await rows("project:IDAaaS")).not.toMatch(/national/);
    expect(await rows("ada")).toMatch(/gb-carbon-intensity\/national \+ gb-carbon-intensity\/region-12/);

    const again = ["restate", "--out", out, ...SPAN, "--again", "--intensity", server.intensityUrl];
    const restated = await cli([...again, ...grids, "--json"]);
    for (const { before, after } of JSON.parse(restated.stdout).changed) expect(after).toEqual(before);
    const misspelt = await cli([...again, "--grid", "IDAaS=gb/12"]);
    expect([misspelt.status, misspelt.stderr]).toEqual([
      1,
      expect.stringMatching(/there is no project "IDAaS".*did you mean IDAaaS\?/),
    ]);
    const twice = await cli([...again, "--grid", "a=gb", "--grid", "a=gb/1"]);
    expect([twice.status, twice.stderr]).toEqual([2, expect.stringMatching(/--grid.*"a" has two grids/)]);
    writeFileSync(join(out, "grid.csv"), "# basis: lifecycle, production\nyear,gco2e_per_kwh\n2025,200\n");
    const other = await cli([
      "restate",
      "--out",
      out,
      ...SPAN,
      "--again",
      "--grid",
      `IDAaaS=file:${out}/grid.csv`,
    ]);
    expect([other.status, other.stderr]).toEqual([1, expect.stringMatching(/give sources of one basis/)]);
    const kinds = await cli([...again, "--grid", `IDAaaS=file:${out}/grid.csv`]);
    expect([kinds.status, kinds.stderr]).toEqual([
      2,
      expect.stringMatching(/--intensity is the address of one service/),
    ]);
  });

  it("takes grids of sites, whose projects are named", async () => {
    const sites = ["--site", "isis=IDAaaS", "--site", "diamond=DDAaaS"];
    const ended = await cli(syncArgs(...sites, "--grid", "isis=gb/12", "--grid", "gb"));
    expect([ended.status, ended.stderr]).toEqual([0, expect.not.stringMatching(/warning/)]);
    const gridOf = async (project: string): Promise<string> => {
      const hour = ["--hour", "2025-09-10T01:00:00Z", "--json"];
      const { stdout } = await cli(["explain", "--out", out, "--scope", `project:${project}`, ...hour]);
      return JSON.parse(stdout).provenance.intensity.source;
    };
    expect(await gridOf("IDAaaS")).toBe("gb-carbon-intensity/region-12");
    expect(await gridOf("DDAaaS")).toBe("gb-carbon-intensity/national");
    const again = ["restate", "--out", out, ...SPAN, "--again", "--intensity", server.intensityUrl, ...sites];
    expect((await cli([...again, "--grid", "diamond=gb/12", "--grid", "gb"])).status).toBe(0);
    expect(await gridOf("IDAaaS")).toBe("gb-carbon-intensity/national");
    expect(await gridOf("DDAaaS")).toBe("gb-carbon-intensity/region-12");
    const misspelt = await cli([...again, "--grid", "isi=gb/12"]);
    expect([misspelt.status, misspelt.stderr]).toEqual([
      2,
      expect.stringMatching(/there is no site or project "isi"; there are .*did you mean isis\?/),
    ]);
    const twice = await cli([...again, "--grid", "isis=gb/12", "--grid", "IDAaaS=gb"]);
    expect([twice.status, twice.stderr]).toEqual([
      2,
      expect.stringMatching(/the project IDAaaS has two grids/),
    ]);
  });

  it("sends headers and tokens, and never shows them", async () => {
    let seen: SimulatedRequest | undefined;
    servers.fault = (request) => {
      seen = request;
      return { status: 401, body: "no" };
    };
    const ended = await cli(
      syncArgs("--header", "X-Scope-OrgID: tenant-secret", "--bearer-token", "token-secret"),
    );
    expect(seen?.headers).toMatchObject({
      "x-scope-orgid": "tenant-secret",
      authorization: "Bearer token-secret",
    });
    expect([ended.status, ended.stderr]).toEqual([
      1,
      expect.stringMatching(/answered 401; check the user, password, token/),
    ]);
    expect(ended.stderr + ended.stdout).not.toMatch(/secret/);
  });

  it("ends with 3 when hours are missing, and 0 when they have been made good", async () => {
    servers.fault = ({ path }) => (path.startsWith("/intensity-api") ? { status: 404, body: "" } : undefined);
    const without = await cli(syncArgs());
    expect([without.status, without.stderr]).toEqual([
      3,
      expect.stringMatching(/warning: no carbon intensity.*404/),
    ]);
    servers.fault = () => undefined;
    expect((await cli(syncArgs())).status).toBe(0);
  });
});

describe("sync and what the grid said before", () => {
  const asked = async (...more: string[]): Promise<[number, number]> => {
    for (const part of ["usage", "hours"]) rmSync(join(out, part), { recursive: true, force: true });
    const before = server.requests.length;
    const { status } = await cli(syncArgs(...more));
    const paths = server.requests.slice(before).map(({ path }) => path);
    return [status, paths.filter((path) => path.startsWith("/intensity-api")).length];
  };
  const kept = (): string[] =>
    Object.entries(files()).flatMap(([path, bytes]) => (path.includes("intensity") ? bytes : []));

  it("does not ask again for what is kept, unless told to", async () => {
    expect(await asked()).toEqual([0, 1]);
    expect(await asked()).toEqual([0, 0]);
    const before = kept();
    expect(before).toHaveLength(1);
    expect(await asked("--no-intensity-cache")).toEqual([0, 1]);
    expect(kept()).toEqual(before);
  });

  it("neither reads nor makes a cache when told to leave it out", async () => {
    expect(await asked("--no-intensity-cache")).toEqual([0, 1]);
    expect(kept()).toEqual([]);
    await asked();
    for (const path of Object.keys(files())) if (path.includes("intensity")) writeFileSync(path, "broken");
    expect(await asked("--quiet")).toEqual([3, 0]);
    expect(await asked("--no-intensity-cache")).toEqual([0, 1]);
  });

  it("has the flag in its help", async () => {
    expect((await cli(["sync", "--help"])).stdout).toMatch(
      /--no-intensity-cache\n[^-]*\sneither\s+read\s+nor\s+changed/,
    );
  });
});

describe("what sync says of hours that it leaves as they are", () => {
  it("hours before any data end it with 3, and are said", async () => {
    const ended = await cli(syncArgs("--from", "2025-09-09T22:00:00Z"));
    expect(ended.status).toBe(3);
    expect(ended.stdout).toMatch(/^\d+ hours are still wanting /m);
  });

  it("warnings are shown with --quiet, too", async () => {
    servers.fault = ({ path }) => (path.startsWith("/intensity-api") ? { status: 404, body: "" } : undefined);
    const ended = await cli(syncArgs("--quiet"));
    expect([ended.status, ended.stderr]).toEqual([
      3,
      expect.stringMatching(/^warning: no carbon intensity.*404.*\n$/),
    ]);
  });

  it("another region than the stored one's is said", async () => {
    await cli(syncArgs());
    expect((await cli(syncArgs("--region", "12"))).stdout).toMatch(
      /^6 hours were stored with another grid's or region's intensity and left as they are$/m,
    );
  });
});

describe("what cannot be done is said in one line, with a status, and changes nothing", () => {
  const refusing = (answer: Fault) => () => {
    servers.fault = ({ path }) => (path.startsWith("/api") ? answer : undefined);
  };
  const cases: [string, string[], number, RegExp, (() => void)?][] = [
    ["no URL", ["sync", ...SPAN, "--out", "x"], 2, /--prometheus URL is missing/],
    [
      "not a URL",
      ["--prometheus", "prometheus:9090"],
      2,
      /--prometheus: "prometheus:9090" is not an http or https URL/,
    ],
    ["nobody there", ["--prometheus", "http://127.0.0.1:1"], 1, /cannot be reached/],
    ["a wrong password", [], 1, /answered 401/, refusing({ status: 401, body: "Unauthorized" })],
    [
      "a wrong path",
      ["--prometheus", "SERVER/nowhere"],
      1,
      /answered 404; check the URL and its path prefix/,
    ],
    ["a login page", [], 1, /HTML, not JSON/, refusing({ status: 200, body: "<!doctype html>" })],
    ["not JSON", [], 1, /not JSON/, refusing({ status: 200, body: "pong" })],
    [
      "a truncated body",
      [],
      1,
      /truncated or broken JSON/,
      refusing({ status: 200, body: '{"status":"succe' }),
    ],
    [
      "an empty result",
      [],
      3,
      /no host of any project/,
      refusing({ status: 200, body: '{"status":"success","data":[]}' }),
    ],
    [
      "a project that is none",
      ["--project", "IDAaas"],
      1,
      /no project "IDAaas"; it knows CDAaaS, DDAaaS, IDAaaS/,
    ],
    ["an end before the start", ["--to", "2025-09-09T00:00:00Z"], 2, /must end after it starts/],
    [
      "off the hour",
      ["--to", "2025-09-10T05:30:00Z"],
      2,
      /nearest hours are 2025-09-10T05:00:00Z and 2025-09-10T06:00:00Z/,
    ],
    ["local time", ["--to", "2025-09-10T05:00:00"], 2, /not an instant/],
    ["a day that is none", ["--to", "2025-02-31T05:00:00Z"], 2, /not an instant/],
    ["a region that is none", ["--region", "19"], 2, /regions are 1 North Scotland/],
    [
      "kilograms",
      ["--fallback-intensity", "0.207"],
      2,
      /No electricity has 0.207 grams per kWh; write grams, such as 207/,
    ],
    ["watts that are none", ["--busy-watts", "many"], 2, /number of watts/],
    ["an unknown flag", ["--prometeus", "x"], 2, /unknown option '--prometeus'/],
    ["a header that is none", ["--header", "X-Scope-OrgID"], 2, /--header: .*'Name: value'/],
  ];
  it.each(cases)(
    "%s",
    async (_, more, status, message, prepare) => {
      await cli(syncArgs());
      const before = files();
      rmSync(join(out, "hours/kind=ada"), { recursive: true });
      const torn = files();
      prepare?.();
      const args =
        more[0] === "sync"
          ? more
          : syncArgs(...more.map((arg) => arg.replace("SERVER", server.prometheusUrl)));
      const ended = await cli(args);
      expect([ended.status, ended.stdout]).toEqual([status, ""]);
      expect(ended.stderr).toMatch(message);
      expect(ended.stderr.split("\n").filter((line) => line.startsWith("ada-carbon:"))).toHaveLength(1);
      expect(files()).toEqual(torn);
      expect(Object.keys(before)).toContain(join(out, "hours/kind=ada/month=2025-09/hours.parquet"));
    },
    60_000,
  );

  it("a folder that cannot be written", async () => {
    writeFileSync(join(folder, "file"), "");
    const ended = await cli([...syncArgs(), "--out", join(folder, "file/out")]);
    expect([ended.status, ended.stderr]).toEqual([1, expect.stringMatching(/ada-carbon: .*file/)]);
  });

  it.each([
    ["garbage", Buffer.from("not parquet at all, but long enough to look at")],
    ["nothing", Buffer.alloc(0)],
  ])("an existing file that is %s", async (_, bytes) => {
    await cli(syncArgs());
    writeFileSync(join(out, "hours/kind=project/month=2025-09/hours.parquet"), bytes);
    const before = files();
    const ended = await cli(syncArgs());
    expect([ended.status, ended.stderr]).toEqual([
      1,
      expect.stringMatching(/kind=project\/month=2025-09\/hours\.parquet/),
    ]);
    expect(files()).toEqual(before);
  });

  it("hours that are not over yet are left out, and it says so", async () => {
    const ended = await cli(syncArgs(), { clock: () => FROM + 2.5 * HOUR_MS });
    expect(ended.stderr).toMatch(/4 hours are not over yet at 2025-09-10T02:30:00Z and were left out/);
    expect(ended.status).toBe(0);
  });
});
