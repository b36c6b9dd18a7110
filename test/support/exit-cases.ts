import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DAY_MS, formatInstant, HOUR_MS } from "ada-carbon";
import { type Fault, type SimulationServer, serveSimulation, simulateCluster } from "ada-carbon/testing";
import { cli, FROM } from "./cli-lab.js";

// Command lines for every command and every status that it may end with, over stores and servers with hostile names.

/** A name that means to own the terminal. */
export const EVIL = "\u001b]0;owned\u0007\u202eexe\u009b31m\n\u001b[2Jadmin\u200b";
export const NOWHERE = "http://127.0.0.1:1";

const folder = mkdtempSync(join(tmpdir(), "ada-carbon-exits-"));
const file = (name: string): string => join(folder, name);
const out = (store: string): string[] => ["--out", file(store)];
const instant = (time: string): string => `2025-09-${time}:00Z`;
const span = (from: string, to: string): string[] => ["--from", instant(from), "--to", instant(to)];
const HOURS = span("10T00:00", "10T04:00");

/** What every request to a path is answered with, while it is set. */
let fault: { readonly path: string; readonly answer: Fault } | undefined;
const host = { machine: EVIL, user: EVIL, cores: 4 };
const hosts = [
  { ...host, project: "IDAaaS", instance: "a:9100" },
  { ...host, project: EVIL, instance: `b${EVIL}:9100` },
];
// Heard until ten minutes after its end: the hour after it is incomplete, and those that follow are missing.
const interval = { from: FROM, to: FROM + DAY_MS + 2 * HOUR_MS };
const cluster = simulateCluster({ interval, hosts, events: "none" });
const server = await serveSimulation({
  cluster,
  clock: Date.now,
  faults: ({ path }) => (fault !== undefined && path.startsWith(fault.path) ? fault.answer : undefined),
});
/** The same cloud, with counters that no machine can have. */
const impossible = async (value: string): Promise<SimulationServer> =>
  serveSimulation({
    cluster,
    clock: Date.now,
    faults: async ({ path, parameters }) => {
      if (!(parameters.get("query") ?? "").includes("cpu_seconds")) return undefined;
      const reply = await fetch(`${new URL(server.prometheusUrl).origin}${path}?${parameters}`);
      return { status: reply.status, body: (await reply.text()).replace(/"-?[\d.e+]+"\]/g, `"${value}"]`) };
    },
  });
const impossibleServers = await Promise.all(["NaN", "-5", "+Inf"].map(impossible));

export async function closeExits(): Promise<void> {
  await Promise.all([server, ...impossibleServers].map((each) => each.close()));
  rmSync(folder, { recursive: true, force: true });
}

const grid = ["--intensity", server.intensityUrl];
const SOON = formatInstant(Date.now() + 9 * HOUR_MS);
const LATER = formatInstant(Date.now() + 99 * HOUR_MS);
const prometheus = ["--prometheus", server.prometheusUrl];
const sync = (store: string, hours = HOURS): string[] => [
  ...prometheus,
  ...grid,
  ...hours,
  ...out(store),
  "--quiet",
];

/** Stores to read from: whole hours, a whole day, an hour cut short, no carbon, no hosts. */
await cli(["sync", ...sync("whole")]);
await cli(["sync", ...sync("day", span("10T00:00", "11T00:00"))]);
await cli(["sync", ...sync("torn", span("11T00:00", "11T03:00"))]);
await cli(["sync", ...sync("bare"), "--intensity", NOWHERE]);
await cli(["sync", ...sync("hostless"), "--no-hosts"]);
await cli(["report", ...out("whole"), "--scope", `user:${EVIL}`, "--save", file("said.json")]);
await cli(["report", ...out("torn"), "--save", file("later.json")]);
const { runningAverages } = JSON.parse((await cli(["averages", ...out("whole"), "--json"])).stdout);
writeFileSync(file("averages.json"), JSON.stringify(runningAverages));
writeFileSync(file("bad.csv"), `host,from\n${EVIL},never\n`);
writeFileSync(file("bad.parquet"), EVIL);
writeFileSync(
  file("site.csv"),
  `time,meter,kwh\n${instant("10T00:00")},site,2\n${instant("10T01:00")},site,2\n`,
);
const metered = ["10T00:00", "10T01:00", "10T02:00", "10T03:00"].map((hour) => `${instant(hour)},a,0.02\n`);
writeFileSync(file("hosts.csv"), `time,meter,kwh\n${metered.join("")}`);
writeFileSync(file("file"), "");
mkdirSync(file("empty"));
writeFileSync(file("a.db"), "");
writeFileSync(
  file("contract.csv"),
  "# basis: lifecycle, consumption, market\nfrom,gco2e_per_kwh\n2025-09-10,41\n",
);
writeFileSync(file("grid.csv"), "# basis: lifecycle, consumption\nfrom,gco2e_per_kwh\n2025,200\n");
writeFileSync(
  file("ended.csv"),
  "# basis: lifecycle, consumption, market\nfrom,to,gco2e_per_kwh\n2025-09-10,2025-09-10T23:00Z,41\n",
);
const CONTRACT = ["--market", `file:${file("contract.csv")}`];

const SHARED_FLOOR = ["--meter", file("site.csv"), "--floor-watts", "5", "--share-floor", "use"];

/** A command line without the name of its command. */
export interface ExitCase {
  readonly args: readonly string[];
  /** What it says, for people. */
  readonly says?: RegExp;
  readonly fault?: typeof fault;
  readonly interrupted?: true;
}

const REFUSED = { path: "/api", answer: { status: 401, body: EVIL } };
const NO_GRID = { path: "/intensity-api", answer: { status: 404, body: EVIL } };
const SILENT = { path: "/intensity-api", answer: { status: 200, body: '{"data":[]}' } };
const NONSENSE = { path: "/intensity-api", answer: { status: 200, body: EVIL } };

const whole = (...more: string[]): ExitCase => ({ args: [...out("whole"), ...more] });
const line = (...args: (string | string[])[]): ExitCase => ({ args: args.flat() });
const interrupted = (given: ExitCase): ExitCase => ({ ...given, interrupted: true });

/** Runs a case, with what the servers do wrong in it. */
export async function runCase(command: string, given: ExitCase): ReturnType<typeof cli> {
  fault = given.fault;
  try {
    const signal =
      given.interrupted === true ? AbortSignal.abort(new Error("stopped")) : new AbortController().signal;
    return await cli([...command.split(" "), ...given.args], {
      signal,
      isTTY: true,
      // What is written in colour is another test: here an escape is somebody else's.
      env: { NO_COLOR: "1" },
    });
  } finally {
    fault = undefined;
  }
}

/** By command, then by status. */
export const EXIT_CASES: Readonly<Record<string, Readonly<Record<number, readonly ExitCase[]>>>> = {
  sync: {
    0: [
      line(sync("anew")),
      line(sync("anew"), "--json"),
      line(sync("anew"), "--format", "csv"),
      line(sync("drawn").filter((flag) => flag !== "--quiet")),
      line("--demo", out("demo"), span("10T00:00", "10T02:00")),
      line(sync("bought"), CONTRACT),
      line(sync("certified"), "--market", "0", "--json"),
      { ...line(sync("metered"), "--meter", file("hosts.csv")), says: /warning: the meters have \d+%/ },
    ],
    1: [
      { args: sync("x"), fault: REFUSED, says: /answered 401/ },
      line(sync("x"), "--prometheus", NOWHERE),
      { ...line(sync("x"), "--project", EVIL.slice(1)), says: /there is no project/ },
      {
        ...line(sync("x"), "--market", `file:${file("grid.csv")}`),
        says: /give a source whose basis is market/,
      },
      { ...line(sync("x"), "--market", "gb"), says: /give a source whose basis is market/ },
      line(sync("file/x")),
      line(sync("x"), "--tenures", file("bad.csv")),
    ],
    2: [
      line(),
      line(sync("x"), "--site", "isis"),
      { ...line(sync("x"), "--site", "isis=IDAaaS", "--grid", "clf=gb/12"), says: /no site or project/ },
      line(sync("x"), "--prometheus", "http://user:hunter2@ho st"),
      line(sync("x"), "--intensity", "ftp://x"),
      line(sync("x", span("10T04:00", "10T04:00"))),
      line(sync("x"), "--to", "2025-02-31T00:00:00Z"),
      line(sync("x"), "--to", "9999-01-01T00:00:00Z"),
      line(sync("x"), "--to", instant("10T01:30")),
      line(sync("x"), "--region", "19"),
      { ...line(sync("x"), "--market", "-1"), says: /write gCO2eq\/kWh, 0 or more/ },
      line(sync("x"), "--market", EVIL),
      line(sync("x"), "--market", `file:${file("none.csv")}`),
      line(sync("x"), "--complete-at", "1.5"),
      line(sync("x"), "--header", "hunter2"),
      line(sync("x"), "--header", "bad name: hunter2"),
      line(sync("x"), "--label", "colour=x"),
      line(sync("x"), "--match", "job"),
      line(sync("x"), "--demo"),
      line(sync("x"), "--recording-rules", "ada", "--tenures", "t.csv"),
      line(sync("x"), "--recording-rules", "ada", "--meter", file("hosts.csv")),
      line("--demo", "--meter", file("hosts.csv")),
      line(sync("x"), "--machines", "store"),
      line(prometheus, HOURS),
      line(prometheus, HOURS, "--store", "redis://x"),
    ],
    3: [
      { args: sync("before", span("08T22:00", "09T00:00")), says: /no host of any project/ },
      { args: sync("early", span("09T20:00", "10T02:00")), says: /hours are still wanting/ },
      { args: sync("torn", span("11T00:00", "11T03:00")), says: /hours are incomplete/ },
      {
        ...line(sync("ending", span("10T22:00", "11T00:00")), "--market", `file:${file("ended.csv")}`),
        says: /market-based: .* does not know/,
      },
      { args: sync("without"), fault: NO_GRID, says: /warning: .*404/ },
      ...impossibleServers.map(({ prometheusUrl }, i) =>
        line(sync(`impossible-${i}`), "--prometheus", prometheusUrl),
      ),
    ],
    130: [interrupted(line(sync("x")))],
  },
  workspaces: {
    0: [
      line(prometheus, out("live"), grid, "--once"),
      line(prometheus, out("live"), grid, "--once", "--json"),
      line(prometheus, out("live"), grid, "--once", "--format", "csv"),
      { ...line("--demo"), says: /SIMULATED/ },
    ],
    1: [{ ...line(prometheus, out("live"), "--once"), fault: REFUSED, says: /401/ }],
    2: [
      line(prometheus, out("live")),
      line(prometheus, "--once"),
      line(out("live"), "--once"),
      line(prometheus, out("live"), "--once", "--sleep", "1"),
      line(prometheus, out("live"), "--once", "--site", EVIL),
      line(prometheus, out("live"), "--once", "--site-project", "a=X", "--site-project", "b=X"),
      line(prometheus, out("live"), "--once", "--replace-measured"),
      line("--demo", prometheus),
      line("--demo", "--sleep", "1", "--format", "csv"),
      { ...line(prometheus, out("live"), "--once", "--site", "isi"), says: /did you mean isis\?/ },
    ],
    3: [{ ...line(prometheus, out("bare-live"), grid, "--once"), fault: NO_GRID, says: /without carbon/ }],
    130: [interrupted(line(prometheus, out("live"), grid, "--once"))],
  },
  report: {
    0: [
      whole(),
      whole("--json"),
      whole("--by", "hour", "--graph", "energy"),
      whole("--scope", `user:${EVIL}`),
      whole("--scope", `machine:${EVIL}`, "--json"),
      whole("--scope", "user"),
      whole("--scope", "projects", "--by", "month", "--format", "csv", ...HOURS),
      whole("--scope", "host", "--json"),
      whole(...HOURS),
    ],
    1: [
      { ...whole("--scope", `project:${EVIL} `), says: /has no stored hour .*stored are/ },
      line(out("file/x")),
      whole("--meter", file("none.csv")),
      { ...whole("--save", file("file/x.json")), says: /cannot .*file/ },
    ],
    2: [
      line(),
      whole("--zone", `London${EVIL}`),
      { ...whole("--scope", "usr:amara"), says: /did you mean user\?/ },
      whole("--scope", "user", "--bounds", "1"),
      { ...whole("--scope", "user", "--save", file("x.json")), says: /--save are of one scope/ },
      whole("--scope", `colour:${EVIL}`),
      whole("--by", "decade"),
      whole("--graph", "money"),
      whole("--bounds", "2"),
      whole("--machines", "m.json"),
      whole("--floor-watts", "5"),
      whole("--meter", "site.csv", "--scope", "project:IDAaaS"),
      whole("--meter", "site.csv", "--share-floor", "use"),
      whole("--meter", "site.csv", "--share-floor", "half", "--floor-watts", "5"),
      whole("--meter", "nonsense"),
      whole(...span("10T04:00", "10T00:00")),
      whole("--from", "noon"),
      whole("--by", "hour", "--from", instant("10T00:00"), "--to", "9999-01-01T00:00:00Z"),
      line("--store", "postgres://u:hunter2@ho st/x"),
      line("--store", "mongodb://"),
      line("--store", "sqlite:"),
    ],
    3: [
      { ...whole(...span("10T00:00", "10T05:00")), says: /of 5 hours asked for: 1 missing/ },
      { ...whole(...span("08T00:00", "09T00:00")), says: /has no stored hour in that interval/ },
      { ...line(out("torn")), says: /of 3 hours asked for: 1 incomplete/ },
      { ...line(out("bare"), "--json"), says: /4 without carbon/ },
      { ...line(out("empty")), says: /nothing is stored there/ },
      { ...whole("--meter", file("site.csv")), says: /in 2 of 4 hours/ },
      {
        ...whole(...SHARED_FLOOR, "--scope", `user:${EVIL}`),
        says: /of which user:.*\n.*\n.*\n {2}floor, by busy core-hours/,
      },
    ],
    130: [interrupted(whole())],
  },
  rollup: {
    0: [
      whole(),
      whole("hosts", "--by", "day", "--format", "csv"),
      whole("users", "--engine", "duckdb", ...HOURS),
    ],
    1: [line("users", out("file/x"))],
    2: [
      { ...whole("usres"), says: /did you mean users/ },
      whole("users", "--by", "decade"),
      whole("users", "--engine", "spark"),
      line("users", "--store", `sqlite:${file("a.db")}`, "--engine", "duckdb"),
    ],
    3: [line("users", out("empty")), line("users", out("empty"), "--engine", "duckdb")],
    130: [interrupted(whole("users"))],
  },
  top: {
    0: [
      whole("users"),
      whole("machines", "--by", "idle", "--format", "json"),
      whole("projects", "--by", "carbon", "--format", "csv", ...HOURS),
      whole("projects", "--by", "market-carbon"),
      whole("hosts", "--from", instant("10T00:00"), "--limit", "1"),
      line("users", "--demo", "--from", "2025-09-10"),
    ],
    1: [line("users", out("file/x"))],
    2: [
      whole(),
      { ...whole("usres"), says: /did you mean users/ },
      whole("users", "--by", "money"),
      whole("users", "--from", "noon"),
      whole("users", "--from", "2025-W60"),
      whole("users", "--limit", "0"),
      whole("users", ...span("10T04:00", "10T00:00")),
      whole("users", "--demo"),
      line("users"),
    ],
    3: [
      { ...whole("users", "--from", "2025-09-10"), says: /of 24 hours asked for: 20 missing/ },
      { ...line("users", out("bare")), says: /4 without carbon/ },
      {
        ...line("hosts", out("empty")),
        says: /no host has a stored hour in .*empty; nothing is stored there; run ada-carbon sync/,
      },
    ],
    130: [interrupted(whole("users"))],
  },
  list: {
    0: [whole(), whole("users", "--format", "csv"), whole("--format", "json")],
    1: [line(out("file/x"))],
    2: [line(), { ...whole("usres"), says: /did you mean users/ }, whole("--format", "xml")],
    3: [{ ...line(out("empty")), says: /nothing stored/ }],
    130: [interrupted(whole())],
  },
  diff: {
    0: [
      whole(file("said.json")),
      whole(file("said.json"), "--json"),
      { ...line(file("said.json"), file("said.json"), "--format", "csv"), says: /^cause,hours,kwh,gco2eq/ },
    ],
    1: [
      { ...whole(file("none.json")), says: /none\.json: the statement cannot be read/ },
      { ...whole(file("bad.csv")), says: /bad\.csv is not JSON/ },
      { ...line(file("said.json"), file("later.json")), says: /different scopes/ },
      { ...whole(file("said.json"), "--market"), says: /no market-based grams/ },
      line(file("said.json"), out("file/x")),
    ],
    2: [
      whole(),
      { ...line(file("said.json")), says: /TO is missing: a later statement, or --out DIR/ },
      { ...whole(file("said.json"), file("later.json")), says: /and not both/ },
      whole(file("said.json"), "--limit", "0"),
    ],
    3: [{ ...line(file("later.json"), out("empty")), says: /ada has no stored hour .* in .*empty/ }],
    130: [interrupted(whole(file("said.json")))],
  },
  explain: {
    0: [
      whole("--scope", "ada", "--hour", instant("10T01:00")),
      whole("--scope", `user:${EVIL}`, "--hour", instant("10T01:00")),
      whole("--scope", `host:b${EVIL}:9100`, "--hour", instant("10T01:00"), "--json"),
    ],
    1: [
      whole("--scope", "project:Nobody", "--hour", instant("10T01:00")),
      line(out("file/x"), "--scope", "ada", "--hour", instant("10T01:00")),
    ],
    2: [
      whole(),
      whole("--scope", "ada"),
      whole("--hour", instant("10T01:00")),
      whole("--scope", "ada", "--hour", instant("10T01:30")),
      line("--scope", "ada", "--hour", instant("10T01:00")),
    ],
    3: [
      { ...whole("--scope", "ada", "--hour", instant("09T01:00")), says: /no stored row/ },
      { ...line(out("torn"), "--scope", "ada", "--hour", instant("11T02:00")), says: /1 incomplete/ },
      { ...line(out("bare"), "--scope", "ada", "--hour", instant("10T01:00")), says: /1 without carbon/ },
    ],
    130: [interrupted(whole("--scope", "ada", "--hour", instant("10T01:00")))],
  },
  averages: {
    0: [whole(), whole("--json"), whole("--machine", EVIL)],
    1: [{ ...whole("--machine", "none"), says: /no averages of "none"/ }, line(out("file/x"))],
    2: [line(), whole("--machine")],
    3: [{ ...line(out("empty")), says: /no averages are kept/ }],
    130: [interrupted(whole())],
  },
  "averages import": {
    0: [line(file("averages.json"), out("whole")), line(file("averages.json"), out("whole"), "--json")],
    1: [line(file("none.json"), out("whole")), line(file("bad.csv"), out("whole"))],
    2: [whole(), line(file("averages.json"))],
    130: [interrupted(line(file("averages.json"), out("whole")))],
  },
  day: {
    0: [line(out("day"), "--project", EVIL, "--date", "2025-09-10")],
    1: [
      whole("--project", "Nobody", "--date", "2025-09-10"),
      line(out("file/x"), "--project", "x", "--date", "2025-09-10"),
    ],
    2: [
      whole(),
      whole("--project", "IDAaaS"),
      whole("--project", "IDAaaS", "--date", "2025-02-31"),
      whole("--project", "IDAaaS", "--date", "10/09/2025"),
      line("--project", "IDAaaS", "--date", "2025-09-10"),
    ],
    3: [
      { ...whole("--project", "IDAaaS", "--date", "2025-09-10"), says: /of 24 hours asked for: 20 missing/ },
      { ...whole("--project", EVIL, "--date", "2025-09-09"), says: /no stored hour on 2025-09-09/ },
    ],
    130: [interrupted(whole("--project", "IDAaaS", "--date", "2025-09-10"))],
  },
  restate: {
    0: [
      whole(...HOURS, ...CONTRACT, "--dry-run"),
      whole(...HOURS, "--busy-watts", "10", "--dry-run"),
      whole(...HOURS, "--dry-run", "--json"),
      {
        ...whole(...HOURS, "--meter", file("hosts.csv"), "--dry-run"),
        says: /4 of 8 hours of hosts are by their own meters/,
      },
    ],
    1: [
      whole(...HOURS, "--meter", file("none.csv")),
      whole(...HOURS, "--tenures", "none.csv"),
      whole(...HOURS, "--market", `file:${file("grid.csv")}`),
      line(out("file/x"), HOURS),
    ],
    2: [
      whole(),
      whole("--from", instant("10T00:00")),
      whole(...span("10T04:00", "10T00:00")),
      whole(...HOURS, "--pue", "0.5"),
      whole(...HOURS, "--intensity", "nonsense"),
      whole(...HOURS, "--market", "nonsense"),
      whole(...HOURS, "--meter", "nonsense"),
      whole(...HOURS, "--meter", "rapl"),
      whole(...HOURS, "--estimate-metered"),
      line(HOURS),
    ],
    3: [
      { ...whole(...span("10T00:00", "10T05:00"), "--dry-run"), says: /1 missing/ },
      { ...whole(...span("08T00:00", "09T00:00")), says: /no host-hours are stored/ },
      { ...line(out("torn"), span("11T00:00", "11T03:00"), "--dry-run"), says: /1 incomplete/ },
      { ...line(out("hostless"), HOURS), says: /no host-hours are stored/ },
      { ...line(out("bare"), HOURS), says: /4 without carbon/ },
    ],
    130: [interrupted(whole(...HOURS))],
  },
  calibrate: {
    0: [line("--demo", span("01T00:00", "03T00:00"))],
    1: [
      whole(...HOURS, "--meter", file("none.csv")),
      whole(...HOURS, "--meter", file("bad.csv")),
      line(out("file/x"), HOURS, "--meter", file("site.csv")),
    ],
    2: [
      whole(),
      whole(...HOURS),
      line(HOURS, "--meter", file("site.csv")),
      whole(...HOURS, "--meter", "nonsense"),
      whole(...HOURS, "--meter", "rapl"),
      whole(...HOURS, "--meter", "x.csv", "--floors", "none"),
      line("--demo", "--meter", "x.csv"),
      line("--demo", span("10T04:00", "10T00:00")),
    ],
    3: [
      {
        ...whole(...HOURS, "--meter", file("site.csv"), "--meter-kind", "site"),
        says: /no watts of any machine can be told/,
      },
    ],
    130: [interrupted(whole(...HOURS, "--meter", file("site.csv"), "--meter-kind", "site"))],
  },
  prune: {
    0: [whole(), whole("--keep-days", "1", "--json"), whole("--yes", "--dry-run")],
    1: [line(out("file/x"))],
    2: [line(), whole("--keep-days", "-1"), whole("--keep-days", "few")],
    130: [interrupted(whole())],
  },
  forget: {
    0: [whole("--user", EVIL), whole("--user", "nobody", "--yes", "--json")],
    1: [line(out("file/x"), "--user", "amara")],
    2: [whole(), line("--user", "amara")],
    130: [interrupted(whole("--user", "amara"))],
  },
  serve: {
    0: [line("--config-schema")],
    1: [
      line(prometheus, out("file/x")),
      line("--config", file("none.json")),
      line("--check", "--prometheus", NOWHERE, grid, out("whole")),
    ],
    2: [
      line(),
      line(prometheus, "--listen", "nowhere"),
      line(prometheus, "--base-path", "a b"),
      line(prometheus, "--frame-ancestor", "nonsense"),
      line(prometheus, out("whole"), "--site", "isis=IDAaaS", "--site", "clf=IDAaaS"),
      line(prometheus, "--operator", "root"),
      line("--demo", prometheus),
    ],
    130: [interrupted(line(prometheus, out("whole")))],
  },
  intensity: {
    0: [
      line(grid, HOURS),
      line(grid, "--best", "2", "--json"),
      line(grid, "--best", "2", "--grid", "isis=gb/12,clf=gb/3", "--power-curve", "300,80"),
      line(grid, HOURS, "--back-test", "--for", "4h"),
      line(grid, "--region", "12", HOURS, "--back-test", "--for", "4h", "--format", "csv"),
    ],
    1: [
      line("--intensity", NOWHERE),
      { ...line(grid, HOURS), fault: NONSENSE },
      line(grid, "--best", "2", "--power-curve", "file:none.csv"),
    ],
    2: [
      line("--intensity", "nonsense"),
      line(grid, "--region", "0.5"),
      line(grid, "--region", "19"),
      line(grid, "--from", instant("10T00:00")),
      line(grid, span("10T04:00", "10T00:00")),
      line(grid, "--best", "49"),
      line(grid, "--best", "2", HOURS),
      line(grid, "--best", "2", "--power-curve", "0,0"),
      line(grid, "--power-curve", "300"),
      line(grid, HOURS, "--grid", "isis=gb/12"),
      line(grid, "--kwh", "2"),
      line(grid, HOURS, "--for", "4h"),
      line(grid, HOURS, "--back-test"),
      line(grid, HOURS, "--back-test", "--for", "4"),
      line(grid, HOURS, "--back-test", "--for", "4h", "--within", "3h"),
      line(grid, "--back-test", "--for", "4h"),
      line(grid, "--back-test", "--for", "4h", "--best", "4"),
    ],
    3: [
      {
        ...line(grid, "--from", "2016-01-01T00:00Z", "--to", "2016-01-02T00:00Z"),
        says: /nothing is known/,
      },
      {
        ...line(grid, "--from", "2017-09-10T00:00Z", "--to", "2017-09-13T00:00Z", "--json"),
        says: /47.5 hours of .* are not known/,
      },
      {
        ...line(
          grid,
          "--from",
          "2016-01-01T00:00Z",
          "--to",
          "2016-01-02T00:00Z",
          "--back-test",
          "--for",
          "4h",
        ),
        says: /of 1 days 1 are not known/,
      },
    ],
    130: [interrupted(line(grid, HOURS))],
  },
  wait: {
    0: [
      line(grid, "--for", "4h", "--before", SOON, "--dry-run"),
      line(grid, "--for", "4h", "--before", SOON, "--dry-run", "--grid", "isis=gb/12", "--grid", "gb/3"),
      line(grid, "--for", "4h", "--before", SOON, "--dry-run", "--kwh", "2", "--json"),
      {
        ...line("--intensity", NOWHERE, "--for", "1h", "--before", SOON),
        says: /there is no forecast: .*; it starts at once/,
      },
      { ...line(grid, "--for", "1h", "--before", SOON), fault: NONSENSE, says: /it starts at once/ },
    ],
    1: [line("--intensity", NOWHERE, "--for", "1h", "--before", SOON, "--dry-run")],
    2: [
      line(grid),
      line(grid, "--for", "4h"),
      line(grid, "--for", "4", "--before", SOON),
      line(grid, "--for", "0h", "--before", SOON),
      line(grid, "--for", "49h", "--before", LATER),
      line(grid, "--for", "4h", "--before", EVIL),
      line(grid, "--for", "4h", "--before", "yesterday"),
      line(grid, "--for", "4h", "--before", "25:00"),
      line("--grid", "elexon", "--for", "4h", "--before", SOON),
    ],
    3: [
      {
        ...line(grid, "--for", "4h", "--before", SOON, "--dry-run"),
        fault: SILENT,
        says: /covers no 4 hours/,
      },
    ],
    130: [interrupted(line(grid, "--for", "4h", "--before", SOON))],
  },
  rules: {
    0: [line(), line("--match", `cloud.job=${EVIL}`, "--label", "project=cloud.project.name")],
    2: [line("--every", "31"), line("--prefix", "a b"), line("--scrape", "0"), line("--modes", "x")],
  },
  import: {
    0: [
      line(file("whole/usage/ada.parquet"), out("imported")),
      line(file("whole/usage/ada.parquet"), out("imported"), "--json"),
    ],
    1: [line(file("none.parquet"), out("imported")), line(file("bad.parquet"), out("imported"))],
    2: [
      line(out("imported")),
      line(file("whole/usage/ada.parquet")),
      line("x.parquet", out("imported"), "--scope", "nonsense"),
    ],
    130: [interrupted(line(file("whole/usage/ada.parquet"), out("imported")))],
  },
  completion: {
    0: [line("bash"), line("zsh"), line("fish")],
    2: [line(), line("tcsh"), line("--format", "json")],
  },
  migrate: {
    0: [line("--store", `sqlite:${file("a.db")}`)],
    1: [line("--store", `sqlite:${file("file/a.db")}`)],
    2: [
      line(),
      line("--store", "redis://x"),
      line("--store", `sqlite:${file("a.db")}`, "--partition", "month"),
      line("--store", "postgres://localhost/ada", "--partition", "week"),
    ],
    130: [interrupted(line("--store", `sqlite:${file("b.db")}`))],
  },
};
