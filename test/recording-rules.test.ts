import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { WAITING_IS_IDLE } from "ada-carbon";
import { recordedNames, recordingRulesFile } from "ada-carbon/prometheus";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { run } from "../src/cli/program.js";
import { requirePrometheus, runPromtool, startPrometheus } from "./servers/prometheus.js";

// The rules file as promtool and a real Prometheus read it, and what its rules make of counters known exactly.

const FOLDER = mkdtempSync(join(tmpdir(), "ada-carbon-rules-"));
afterAll(() => rmSync(FOLDER, { recursive: true }));

const VARIANTS = {
  default: {},
  "other names": {
    prefix: "lab:x_1",
    labels: { project: "tenant", machine: "flavour", user: "owner", instance: "node" },
    everyMinutes: 30,
  },
  "nasty matchers and other modes": {
    matchers: [
      { label: "job", op: "=~" as const, value: 'no"de\\.\n🔬' },
      { label: "dc", op: "!=" as const, value: "it's: #1" },
      { label: "rack", op: "!~" as const, value: "bell\x07|next line\x85|line\u2028" },
    ],
    modes: { ...WAITING_IS_IDLE, nice: "ignored" as const },
  },
};

describe("a rules file", () => {
  it.each([
    [{ prefix: "1a" }, /"1a" cannot begin the name of a metric/],
    [{ prefix: "" }, /cannot begin/],
    [{ everyMinutes: 31 }, /every 31 minutes: it must be a whole number, 1 to 30/],
    [{ everyMinutes: 0 }, /every 0 minutes/],
    [{ scrapeSeconds: 301 }, /scrapes every 301 seconds: it must be a whole number, 1 to 300/],
  ])("is refused for %j", (options, message) => {
    expect(() => recordingRulesFile(options)).toThrow(
      expect.objectContaining({ code: "bad-input", message: expect.stringMatching(message) }),
    );
  });

  it("says in its head what it is for and how to use it", () => {
    const head = recordingRulesFile({ prefix: "lab" }).split("groups:")[0] ?? "";
    for (const line of head.trim().split("\n")) expect(line).toMatch(/^#/);
    expect(head).toContain(recordedNames("lab").expected);
    expect(head).toContain("ada-carbon sync --recording-rules lab");
  });
});

describe("ada-carbon rules", () => {
  const rules = async (...args: string[]): Promise<{ status: number; out: string; err: string }> => {
    const [stdout, stderr] = [new PassThrough(), new PassThrough()];
    const { signal } = new AbortController();
    const status = await run(["rules", ...args], { stdout, stderr, env: {}, clock: Date.now, signal });
    return { status, out: String(stdout.read() ?? ""), err: String(stderr.read() ?? "") };
  };

  it("prints the file that its flags ask for, and nothing else", async () => {
    expect(await rules()).toEqual({ status: 0, out: recordingRulesFile(), err: "" });
    const flags = "--prefix lab --every 10 --modes waiting-is-idle --label project=tenant --match job!=x";
    expect((await rules(...flags.split(" "))).out).toBe(
      recordingRulesFile({
        prefix: "lab",
        everyMinutes: 10,
        modes: WAITING_IS_IDLE,
        labels: { project: "tenant" },
        matchers: [{ label: "job", op: "!=", value: "x" }],
      }),
    );
  });

  it("says in one line what is wrong with them", async () => {
    expect(await rules("--prefix", "1a")).toMatchObject({
      status: 2,
      out: "",
      err: 'ada-carbon: "1a" cannot begin the name of a metric\n',
    });
    expect(await rules("--every", "2.5")).toMatchObject({ status: 2, out: "" });
  });
});

describe.runIf(requirePrometheus())("promtool and Prometheus", () => {
  it.each(Object.entries(VARIANTS))("accept it: %s", async (name, options) => {
    const file = join(FOLDER, `${name}.yml`);
    writeFileSync(file, recordingRulesFile(options));
    expect(await runPromtool(["check", "rules", file])).toMatch(/SUCCESS: 2[45] rules found/);
  });

  it("load and evaluate it", async () => {
    const file = join(FOLDER, "loaded.yml");
    writeFileSync(file, recordingRulesFile(VARIANTS["nasty matchers and other modes"]).replace("5m", "1s"));
    const prometheus = await startPrometheus({ config: `rule_files: ["${file}"]\n` });
    const groups = async (): Promise<{ rules: { health: string; lastError?: string }[] }[]> =>
      (await (await fetch(`${prometheus.url}/api/v1/rules`)).json()).data.groups;
    try {
      await expect
        .poll(async () => (await groups())[0]?.rules.map(({ health }) => health), { timeout: 10_000 })
        .toEqual(Array.from({ length: 25 }, () => "ok"));
    } finally {
      await prometheus.stop();
    }
  });
});

/** Series of one host with one CPU or two, a scrape a minute from minute 0 on, in promtool's notation. */
interface UnitHost {
  readonly owner: Readonly<Record<string, string>>;
  readonly instance: string;
  readonly boot: string;
  readonly modes: Readonly<Record<string, string>>;
  /** Of a second CPU. */
  readonly others?: Readonly<Record<string, string>>;
}

const OLD_BOOT = "-86400x400";
const STEADY = { idle: "0+50x400", user: "0+10x400" };
const owner = (project: string, user: string): Record<string, string> => ({
  cloud_project_name: project,
  machine_name: "Muon",
  user,
});
const HOSTS: UnitHost[] = [
  { owner: owner("P", "u"), instance: "steady", boot: OLD_BOOT, modes: STEADY },
  {
    // Half a minute before minute 90 it was booted again.
    owner: owner("P", "u"),
    instance: "restarted",
    boot: "-86400x89 5370x300",
    modes: { idle: "0+50x89 25+50x300", user: "0+10x89 5+10x300" },
  },
  {
    // There from minute 70 to minute 200.
    owner: owner("P", "v"),
    instance: "comes and goes",
    boot: "_x70 4170x130",
    modes: { idle: "_x70 25+50x130", user: "_x70 5+10x130" },
  },
  {
    // Not scraped from minute 100 to 129.
    owner: owner("Q", "u"),
    instance: "out of sight",
    boot: "-86400x99 _x30 -86400x200",
    modes: { idle: "0+50x99 _x30 6500+50x200", user: "0+10x99 _x30 1300+10x200" },
  },
  {
    // Not scraped from minute 100 to 249: for all of an hour.
    owner: owner("Q", "w"),
    instance: "out of sight for long",
    boot: "-86400x99 _x150 -86400x200",
    modes: { idle: "0+50x99 _x150 12500+50x200", user: "0+10x99 _x150 2500+10x200" },
  },
  {
    // A hundred seconds of the hour's 3,600 are lost.
    owner: owner("R", "u"),
    instance: "counter gone backwards",
    boot: OLD_BOOT,
    modes: { ...STEADY, iowait: "1000x80 900x300" },
  },
  {
    // Idle would have grown by 50 s at minute 80.
    owner: owner("R", "small"),
    instance: "counter falls by 0.02 s",
    boot: OLD_BOOT,
    modes: { idle: "0+50x79 3949.98+50x300", user: "0+10x400" },
  },
  {
    // At the end of the second hour everything is 0, for one scrape.
    owner: owner("R", "zero"),
    instance: "nothing at the end",
    boot: OLD_BOOT,
    modes: { idle: "100000+50x119 0 106050+50x279", user: "90000+10x119 0 91210+10x279" },
  },
  {
    // One of two CPUs stands still.
    owner: owner("R", "frozen"),
    instance: "stands still",
    boot: OLD_BOOT,
    modes: STEADY,
    others: { idle: "777x400", user: "333x400" },
  },
  {
    // A second CPU from minute 90 on.
    owner: owner("R", "plugged"),
    instance: "plugged",
    boot: OLD_BOOT,
    modes: STEADY,
    others: { idle: "_x90 0+50x310", user: "_x90 0+10x310" },
  },
  {
    // As another one of project Q, at the same address, which is there all the time.
    owner: owner("Q2", "u"),
    instance: "out of sight",
    boot: "-50000x400",
    modes: STEADY,
  },
  {
    // Changes hands at minute 90.
    owner: owner("S", "before"),
    instance: "changes hands",
    boot: "-86400x89",
    modes: { idle: "0+50x89", user: "0+10x89" },
  },
  {
    owner: owner("S", "after"),
    instance: "changes hands",
    boot: "_x90 -86400x300",
    modes: { idle: "_x90 4500+50x300", user: "_x90 900+10x300" },
  },
];

type Sums = readonly [busy: number, idle: number, expected: number, covered: number, doubted?: number];

/** What must have been recorded of the second hour and of the fourth, by project and user. */
const EXPECTED: Record<string, Record<string, Sums>> = {
  "2h55m": {
    "P u": [600 + 595, 3000 + 2975, 7200, 3600 + 3570],
    "P v": [505, 2525, 3000, 3000],
    "Q u": [395, 1975, 3600, 2370],
    "Q w": [395, 1975, 2340, 2340],
    "R u": [500, 3000, 3600, 3500, 1],
    "R small": [600, 2949.98, 3600, 3549.98, 1],
    "R zero": [Number.NaN, Number.NaN, 3600, Number.NaN, 1],
    "R frozen": [600, 3000, 3600, 3600],
    // 30 minutes with one CPU; with two, 31 scrapes of 61.
    "R plugged": [900, 4500, 5429.508, 5400],
    "Q2 u": [600, 3000, 3600, 3600],
    "S before": [295, 1475, 1770, 1770],
    "S after": [305, 1525, 1830, 1830],
  },
  "4h55m": {
    "P u": [1200, 6000, 7200, 7200],
    "P v": [205, 1025, 1200, 1200],
    "Q u": [600, 3000, 3600, 3600],
    "Q w": [Number.NaN, Number.NaN, 3600, Number.NaN],
    "R u": [600, 3000, 3600, 3600],
    "R small": [600, 3000, 3600, 3600],
    "R zero": [600, 3000, 3600, 3600],
    "R frozen": [600, 3000, 3600, 3600],
    "R plugged": [1200, 6000, 7200, 7200],
    "Q2 u": [600, 3000, 3600, 3600],
    "S after": [600, 3000, 3600, 3600],
  },
};

describe.runIf(requirePrometheus())("the rules", () => {
  const text = (labels: Readonly<Record<string, string>>): string =>
    Object.entries(labels)
      .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
      .join(",");

  beforeAll(() => writeFileSync(join(FOLDER, "rules.yml"), recordingRulesFile()));

  it("sum increases with restarts, hosts that come and go, gaps and counters gone backwards", async () => {
    const input_series = HOSTS.flatMap(({ owner, instance, boot, modes, others = {} }) => [
      { series: `node_boot_time_seconds{${text({ ...owner, instance })}}`, values: boot },
      ...[modes, others].flatMap((counters, cpu) =>
        Object.entries(counters).map(([mode, values]) => ({
          series: `node_cpu_seconds_total{${text({ ...owner, instance, cpu: `${cpu}`, mode })}}`,
          values,
        })),
      ),
    ]);
    const facts = ["busy", "idle", "expected", "covered", "doubted"] as const;
    const promql_expr_test = Object.entries(EXPECTED).flatMap(([eval_time, sums]) =>
      facts.map((fact, f) => ({
        // To a thousandth: the rest is rounding.
        expr: `round(${recordedNames()[fact]}, 0.001)`,
        eval_time,
        exp_samples: Object.entries(sums).flatMap(([name, values]) => {
          const [project = "", user = ""] = name.split(" ");
          const value = values[f] ?? Number.NaN;
          const labels = `{${text({ ...owner(project, user), modes: "idle=idle" })}}`;
          return Number.isNaN(value) ? [] : [{ labels, value }];
        }),
      })),
    );
    const file = join(FOLDER, "test.json");
    // JSON is YAML.
    writeFileSync(
      file,
      JSON.stringify({
        rule_files: ["rules.yml"],
        evaluation_interval: "5m",
        tests: [{ interval: "1m", input_series, promql_expr_test }],
      }),
    );
    expect(await runPromtool(["test", "rules", file])).toMatch(/SUCCESS/);
  });
});
