import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { fileURLToPath } from "node:url";
import {
  type Fault,
  type SimulatedRequest,
  type SimulationServer,
  serveSimulation,
  simulateCluster,
} from "ada-carbon/testing";
import { DAY_MS, HOUR_MS } from "ada-carbon/usage";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { run } from "../src/cli/program.js";

const FROM = Date.UTC(2025, 8, 10);
const SPAN = ["--from", "2025-09-10T00:00:00Z", "--to", "2025-09-10T06:00:00Z"];
const BIN = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));

interface Ended {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface Surroundings {
  readonly env?: Record<string, string>;
  readonly isTTY?: boolean;
  readonly clock?: () => number;
  readonly signal?: AbortSignal;
}

/** A command line in this process, with its own streams, environment and clock. */
async function cli(args: readonly string[], world: Surroundings = {}): Promise<Ended> {
  const stdout = new PassThrough();
  const stderr = Object.assign(new PassThrough(), {
    isTTY: world.isTTY ?? false,
    columns: 100,
    clearLine: () => {},
    cursorTo: () => {},
  });
  const text = (stream: PassThrough): string => (stream.read() ?? "").toString();
  const status = await run(args, {
    stdout,
    stderr,
    env: world.env ?? {},
    clock: world.clock ?? Date.now,
    signal: world.signal ?? new AbortController().signal,
  });
  return { status, stdout: text(stdout), stderr: text(stderr) };
}

let folder: string;
let out: string;
let server: SimulationServer;
let fault: (request: SimulatedRequest) => Fault | undefined = () => undefined;

beforeAll(async () => {
  const cluster = simulateCluster({ interval: { from: FROM, to: FROM + DAY_MS }, hosts: 9 });
  server = await serveSimulation({ cluster, clock: Date.now, faults: (request) => fault(request) });
});
afterAll(() => server.close());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ada-carbon-cli-"));
  out = join(folder, "out");
});
afterEach(() => {
  fault = () => undefined;
  rmSync(folder, { recursive: true, force: true });
});

const syncArgs = (...more: string[]): string[] => [
  "sync",
  "--prometheus",
  server.prometheusUrl,
  "--intensity",
  server.intensityUrl,
  ...SPAN,
  "--out",
  out,
  ...more,
];

/** Every file below `out` with its bytes, to see that nothing was touched. */
function files(): Record<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return Object.fromEntries(
    entries.map((entry) => [
      join(entry.parentPath, entry.name),
      readFileSync(join(entry.parentPath, entry.name), "base64"),
    ]),
  );
}

describe("sync", () => {
  it("writes the files it names and ends with a table", async () => {
    const ended = await cli(syncArgs("--project", "IDAaaS", "--project", "CDAaaS", "--project", "DDAaaS"));
    expect(ended.status).toBe(0);
    for (const name of ["ada", "project/IDAaaS", "project/CDAaaS", "project/DDAaaS"]) {
      expect(ended.stdout).toContain(join(out, "usage", `${name}.parquet`));
      expect(Object.keys(files())).toContain(join(out, "usage", `${name}.parquet`));
    }
    expect(readdirSync(join(out, "usage")).sort()).toEqual([
      "ada.parquet",
      "group",
      "host",
      "machine",
      "project",
      "user",
    ]);
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

  it("takes what the flags leave out from the environment, and flags win", async () => {
    const env = {
      ADA_CARBON_PROMETHEUS: server.prometheusUrl,
      ADA_CARBON_OUT: out,
      ADA_CARBON_INTENSITY: "http://127.0.0.1:9/nobody",
    };
    const ended = await cli(["sync", ...SPAN, "--intensity", server.intensityUrl, "--json"], { env });
    expect(JSON.parse(ended.stdout).statuses.processed).toBe(6);
    const bad = await cli(["sync", ...SPAN], { env: { ...env, ADA_CARBON_REGION: "north" } });
    expect([bad.status, bad.stderr]).toEqual([
      2,
      expect.stringMatching(/^ada-carbon: ADA_CARBON_REGION: .*number/),
    ]);
  });

  it("sends headers and tokens, and never shows them", async () => {
    let seen: SimulatedRequest | undefined;
    fault = (request) => {
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
    fault = ({ path }) => (path.startsWith("/intensity-api") ? { status: 404, body: "" } : undefined);
    const without = await cli(syncArgs());
    expect([without.status, without.stderr]).toEqual([
      3,
      expect.stringMatching(/warning: no carbon intensity.*404/),
    ]);
    fault = () => undefined;
    expect((await cli(syncArgs())).status).toBe(0);
  });
});

describe("what cannot be done is said in one line, with a status, and changes nothing", () => {
  const refusing = (answer: Fault) => () => {
    fault = ({ path }) => (path.startsWith("/api") ? answer : undefined);
  };
  const cases: [string, string[], number, RegExp, (() => void)?][] = [
    ["no URL", ["sync", ...SPAN, "--out", "x"], 1, /--prometheus URL is missing/],
    ["not a URL", ["--prometheus", "prometheus:9090"], 1, /"prometheus:9090" is not an http or https URL/],
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
      1,
      /no host of any project/,
      refusing({ status: 200, body: '{"status":"success","data":[]}' }),
    ],
    [
      "a project that is none",
      ["--project", "IDAaas"],
      1,
      /no project "IDAaas"; it knows CDAaaS, DDAaaS, IDAaaS/,
    ],
    ["an end before the start", ["--to", "2025-09-09T00:00:00Z"], 1, /must end after it starts/],
    [
      "off the hour",
      ["--to", "2025-09-10T05:30:00Z"],
      2,
      /nearest hours are 2025-09-10T05:00:00Z and 2025-09-10T06:00:00Z/,
    ],
    ["local time", ["--to", "2025-09-10T05:00:00"], 2, /not an instant/],
    ["a day that is none", ["--to", "2025-02-31T05:00:00Z"], 2, /not an instant/],
    ["a region that is none", ["--region", "19"], 1, /regions are 1 North Scotland/],
    ["watts that are none", ["--busy-watts", "many"], 2, /number of watts/],
    ["an unknown flag", ["--prometeus", "x"], 2, /unknown option '--prometeus'/],
    ["a header that is none", ["--header", "X-Scope-OrgID"], 2, /'Name: value'/],
  ];
  it.each(cases)(
    "%s",
    async (_, more, status, message, prepare) => {
      await cli(syncArgs());
      const before = files();
      rmSync(join(out, "usage/ada.parquet"));
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
      expect(Object.keys(before)).toContain(join(out, "usage/ada.parquet"));
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
    writeFileSync(join(out, "usage/project/IDAaaS.parquet"), bytes);
    const before = files();
    const ended = await cli(syncArgs());
    expect([ended.status, ended.stderr]).toEqual([1, expect.stringMatching(/IDAaaS\.parquet/)]);
    expect(files()).toEqual(before);
  });

  it("hours that are not over yet are left out, and it says so", async () => {
    const ended = await cli(syncArgs(), { clock: () => FROM + 2.5 * HOUR_MS });
    expect(ended.stderr).toMatch(/4 hours are not over yet at 2025-09-10T02:30:00Z and were left out/);
    expect(ended.status).toBe(0);
  });
});

describe("report", () => {
  it("shows any scope by hour, day, month and year, as a table and as JSON", async () => {
    await cli(syncArgs());
    const table = await cli(["report", "--out", out]);
    expect(table.stdout).toMatch(/^ada by day\n\nUTC +busy core-h/);
    expect(table.stdout).toMatch(/^2025-09-10 /m);
    for (const by of ["hour", "day", "month", "year"]) {
      const { bins } = JSON.parse(
        (await cli(["report", "--out", out, "--scope", "project:IDAaaS", "--by", by, "--json"])).stdout,
      );
      expect(bins).toHaveLength(by === "hour" ? 6 : 1);
    }
    const wide = await cli([
      "report",
      "--out",
      out,
      "--from",
      "2025-09-09T00:00:00Z",
      "--to",
      "2025-09-11T00:00:00Z",
      "--json",
    ]);
    expect(
      JSON.parse(wide.stdout).bins.map(({ hoursMissing }: { hoursMissing: number }) => hoursMissing),
    ).toEqual([24, 18]);
  });

  it.each([
    [
      ["--scope", "project:Nobody"],
      /project:Nobody has no stored hour in .*; stored are ada, project:CDAaaS/,
      1,
    ],
    [["--scope", "nonsense"], /not a scope/, 2],
    [["--by", "week"], /Allowed choices are hour, day, month, year/, 2],
  ])("refuses %j", async (more, message, status) => {
    await cli(syncArgs());
    const ended = await cli(["report", "--out", out, ...more]);
    expect([ended.status, ended.stderr]).toEqual([status, expect.stringMatching(message)]);
  });
});

describe("day", () => {
  it("prints the document of a project's day, or one line", async () => {
    await cli(syncArgs());
    const day = await cli(["day", "--out", out, "--project", "IDAaaS", "--date", "2025-09-10"]);
    const entry = JSON.parse(day.stdout);
    expect([entry.cloud_project_name, entry.date]).toEqual(["IDAaaS", "10_09_2025"]);
    expect(entry.timeseries["05:00"].all.busy_kwh).toBeGreaterThan(0);
    for (const [more, message] of [
      [["--date", "2025-09-11"], /no stored hour on 2025-09-11/],
      [["--date", "2025-02-31"], /not an instant/],
      [["--date", "yesterday"], /--date YYYY-MM-DD/],
    ] as const) {
      const ended = await cli(["day", "--out", out, "--project", "IDAaaS", ...more]);
      expect([ended.status, ended.stderr]).toEqual([1, expect.stringMatching(message)]);
    }
  });
});

describe("intensity", () => {
  const args = (...more: string[]): string[] => ["intensity", "--intensity", server.intensityUrl, ...more];

  it("shows an interval, a region, the next day, and the best window", async () => {
    const interval = await cli(args("--from", "2025-09-10T00:00Z", "--to", "2025-09-10T03:00Z", "--json"));
    expect(JSON.parse(interval.stdout).periods).toHaveLength(6);
    const region = await cli(
      args("--from", "2025-09-10T00:00Z", "--to", "2025-09-10T03:00Z", "--region", "12"),
    );
    expect(region.stdout).toMatch(/^2025-09-10T00:00:00Z +2025-09-10T00:30:00Z +\d+ +forecast$/m);
    expect((await cli(args())).stdout).toMatch(/forecast/);
    const best = await cli(args("--best", "4"));
    expect(best.stdout).toMatch(
      /^best 4 h: .* at \d+ gCO2eq\/kWh\n(starting now would be at|that is as good)/,
    );
    expect(best.stdout).toMatch(/CC BY 4\.0/);
  });

  it.each([
    [["--best", "100"], 1, /forecast covers no 100 hours/],
    [["--from", "2025-09-10T00:00Z"], 1, /go together/],
    [["--from", "2025-09-10T00:00Z", "--to", "2025-09-09T00:00Z"], 1, /must be after/],
  ])("refuses %j", async (more, status, message) => {
    const ended = await cli(args(...more));
    expect([ended.status, ended.stderr]).toEqual([status, expect.stringMatching(message)]);
  });
});

describe("help", () => {
  it.each([[[]], [["sync"]], [["report"]], [["intensity"]]])(
    "of %j reads like a manual page",
    async (command) => {
      const { status, stdout } = await cli([...command, "--help"]);
      expect(status).toBe(0);
      for (const title of ["NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS"])
        expect(stdout).toMatch(new RegExp(`^${title}$`, "m"));
      expect(stdout).toContain(["ada-carbon", ...command].join(" "));
    },
  );

  it("is shown when no command is given, and a near miss is pointed out", async () => {
    expect(await cli([])).toMatchObject({ status: 2, stderr: expect.stringMatching(/SYNOPSIS/) });
    expect(await cli(["snyc"])).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/Did you mean sync\?/),
    });
  });
});

describe("the program itself", () => {
  const start = (...args: string[]): Promise<Ended> =>
    new Promise((resolve) => {
      execFile(process.execPath, [BIN, ...args], { cwd: folder }, (error, stdout, stderr) => {
        resolve({ status: typeof error?.code === "number" ? error.code : 0, stdout, stderr });
      });
    });

  it("says its version, and how it ended", async () => {
    expect(await start("--version")).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    });
    expect(await start("sync")).toMatchObject({ status: 1, stderr: expect.stringMatching(/^ada-carbon: /) });
  });

  it("stops cleanly when interrupted", async () => {
    fault = ({ path }) => (path.endsWith("query_range") ? { hang: true } : undefined);
    const child = spawn(process.execPath, [BIN, ...syncArgs()], { stdio: ["ignore", "ignore", "pipe"] });
    let stderr = "";
    child.stderr.on("data", (chunk) => {
      stderr += chunk;
      // A second signal would end it at once.
      if (!child.killed && stderr.includes("hours wanted")) child.kill("SIGINT");
    });
    const [status] = await once(child, "exit");
    expect([status, stderr]).toEqual([130, expect.stringMatching(/interrupted; what was stored is whole/)]);
    fault = () => undefined;
    expect((await cli(syncArgs())).status).toBe(0);
  });

  it("refuses a second run on the same folder", async () => {
    let waiting = 0;
    fault = ({ path }) => {
      if (!path.endsWith("query_range")) return undefined;
      waiting += 1;
      return { delayMs: 1500 };
    };
    const first = start(...syncArgs());
    while (waiting === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    const second = await start(...syncArgs());
    expect([second.status, second.stderr]).toEqual([
      1,
      expect.stringMatching(/ada-carbon: .*(another|lock|held)/i),
    ]);
    expect((await first).status).toBe(0);
  });

  it("goes on when nobody reads its output any more", async () => {
    const child = spawn("sh", ["-c", `"${process.execPath}" "${BIN}" sync --help | head -1`], {
      stdio: "pipe",
    });
    let text = "";
    child.stdout.on("data", (chunk) => {
      text += chunk;
    });
    await once(child, "exit");
    expect(text).toBe("NAME\n");
  });
});
