import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RealMongo, requireMongo, startMongo } from "./servers/mongodb.js";
import { type RealPostgres, startPostgres } from "./servers/postgres.js";
import { cli, type Ended } from "./support/cli-lab.js";

// `--store` on the command line: the demo through every store, and the other commands on what it wrote.

const folder = mkdtempSync(join(tmpdir(), "ada-carbon-stores-"));

const start = (...args: string[]): Promise<Ended> => cli(args);

let postgres: RealPostgres;
let mongo: RealMongo | undefined;
const hasMongo = requireMongo();

beforeAll(async () => {
  postgres = await startPostgres();
  mongo = hasMongo ? await startMongo() : undefined;
}, 300_000);
afterAll(async () => {
  await postgres?.stop();
  await mongo?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const withSchema = (schema: string): string => {
  const url = new URL(postgres.url);
  url.searchParams.set("schema", schema);
  return url.href;
};

const places: [string, () => string][] = [
  ["a folder", () => join(folder, "files")],
  ["SQLite", () => `sqlite:${join(folder, "usage.db")}`],
  ["PostgreSQL", () => withSchema("carbon")],
  ...(hasMongo ? [["MongoDB", () => mongo?.url ?? ""] satisfies [string, () => string]] : []),
];

describe.each(places)("--store %s", (_, place) => {
  it("takes the demo, and the other commands read it back the same", async () => {
    const synced = await start("sync", "--demo", "--quiet", "--json", "--store", place());
    expect([synced.status, synced.stderr]).toEqual([0, ""]);
    const { statuses, total } = JSON.parse(synced.stdout);
    expect(statuses.fake).toBe(30);
    const again = await start("sync", "--demo", "--quiet", "--json", "--store", place());
    expect(JSON.parse(again.stdout)).toMatchObject({ written: [], plan: { fetch: 0, done: 30 } });

    const report = await start("report", "--store", place(), "--by", "month", "--json");
    const [month] = JSON.parse(report.stdout).bins;
    for (const name of ["busyKwh", "idleKwh", "busyGco2eq", "idleGco2eq"]) {
      expect(month[name] / total[name]).toBeCloseTo(1, 12);
    }
    const explained = await start(
      "explain",
      "--store",
      place(),
      "--scope",
      "user:amara",
      "--hour",
      "2025-09-10T14:00:00Z",
      "--json",
    );
    expect(JSON.parse(explained.stdout).recomputed.error).toBeLessThan(1e-9);
    const averages = await start("averages", "--store", place(), "--json");
    expect(JSON.parse(averages.stdout).averages).toHaveLength(6);

    writeFileSync(
      join(folder, "t.csv"),
      "host,from,to,user\nhost-172-16-100-13.nubes.stfc.ac.uk,2025-09-10T00:00Z,,zoe\n",
    );
    const hour = ["--from", "2025-09-10T14:00:00Z", "--to", "2025-09-10T15:00:00Z"];
    const restated = await start(
      "restate",
      "--store",
      place(),
      ...hour,
      "--tenures",
      join(folder, "t.csv"),
      "--json",
    );
    expect(JSON.parse(restated.stdout).changed.map(({ scope }: { scope: string }) => scope)).toContain(
      "user:zoe",
    );
    const rehearsed = await start("forget", "--store", place(), "--user", "bjorn", "--json");
    expect(JSON.parse(rehearsed.stdout)).toMatchObject({ dryRun: true, users: [{ user: "bjorn" }] });
    const forgotten = await start("forget", "--store", place(), "--user", "bjorn", "--user", "x", "--yes");
    expect(forgotten).toMatchObject({ status: 0, stderr: "" });
    expect(forgotten.stdout).toMatch(/^bjorn: \d+ hours, .* forgotten\nx: 0 hours, .* forgotten\n$/);
    const users = await start("report", "--store", place(), "--scope", "user:bjorn");
    expect([users.status, users.stderr]).toEqual([1, expect.stringContaining("user:bjorn")]);
    const pruned = await start("prune", "--store", place(), "--yes", "--json");
    expect(JSON.parse(pruned.stdout)).toMatchObject({ dryRun: false, oldest: "2025-09-10T00:00:00Z" });
    expect((await start("report", "--store", place())).status).toBe(3);
  }, 120_000);
});

describe("PostgreSQL", () => {
  it("shows the totals in the view of the source documents", async () => {
    const place = withSchema("view");
    const { total } = JSON.parse(
      (await start("sync", "--demo", "--quiet", "--json", "--store", place)).stdout,
    );
    const client = new pg.Client({ connectionString: postgres.url });
    await client.connect();
    const { rows } = await client.query("select * from view.v_project_total order by cloud_project_name");
    await client.end();
    expect(rows.map(({ cloud_project_name }) => cloud_project_name)).toEqual(["CDAaaS", "DDAaaS", "IDAaaS"]);
    const busy = rows.reduce((sum, { busy_kwh }) => sum + busy_kwh, 0);
    expect(busy / total.busyKwh).toBeCloseTo(1, 9);
  }, 60_000);

  it("without our tables names the command that makes them, and the command does", async () => {
    const place = withSchema("empty");
    const before = await start("report", "--store", place);
    expect([before.status, before.stderr]).toEqual([1, expect.stringMatching(/ada-carbon migrate --store/)]);
    expect(await start("migrate", "--store", place)).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/is ready/),
    });
    expect((await start("report", "--store", place)).stderr).toMatch(/nothing is stored there/);
  });

  it("with a wrong password, or none there, says so without the password", async () => {
    for (const [url, message] of [
      [postgres.url.replace(/:\/\/[^@]*@/, "://nobody:hunter2@"), /nobody|password|authentic/i],
      ["postgres://nobody:hunter2@127.0.0.1:1/carbon", /cannot be reached|ECONNREFUSED|unreachable/i],
    ] as const) {
      const ended = await start("report", "--store", url);
      expect([ended.status, ended.stderr]).toEqual([1, expect.stringMatching(message)]);
      expect(ended.stderr).not.toContain("hunter2");
      expect(ended.stderr.trimEnd().split("\n")).toHaveLength(1);
    }
  });
});

describe("--store that is misspelt", () => {
  const HOURS = ["--from", "2025-09-10", "--to", "2025-09-11"];
  const meter = join(folder, "meter.csv");
  const said = join(folder, "said.json");
  const readers: readonly (readonly string[])[] = [
    ["list"],
    ["top", "users"],
    ["report"],
    ["rollup"],
    ["averages"],
    ["explain", "--scope", "ada", "--hour", "2025-09-10T00:00Z"],
    ["day", "--project", "IDAaaS", "--date", "2025-09-10"],
    ["diff", said],
    ["prune"],
    ["forget", "--user", "amara"],
    ["restate", ...HOURS],
    ["calibrate", ...HOURS, "--meter", meter],
    ["serve", "--prometheus", "http://127.0.0.1:1", "--no-sync", "--no-tracker"],
  ];
  const misspelt: [string, () => string, RegExp][] = [
    [
      "a folder",
      () => join(folder, "fils"),
      /^ada-carbon: there is no folder .*fils; did you mean files\?$/m,
    ],
    [
      "SQLite",
      () => `sqlite:${join(folder, "usge.db")}`,
      /^ada-carbon: there is no file .*usge\.db; did you mean usage\.db\?$/m,
    ],
    ["a folder in none", () => join(folder, "no", "data"), /no folder .*data; ada-carbon sync makes one$/m],
    ...(hasMongo
      ? [
          [
            "MongoDB",
            () => `${mongo?.url}/ada_carbn`,
            /no MongoDB database "ada_carbn" at \S+; did you mean ada_carbon\?$/m,
          ] satisfies [string, () => string, RegExp],
        ]
      : []),
  ];

  beforeAll(async () => {
    writeFileSync(meter, "time,meter,kwh\n2025-09-10T00:00:00Z,site,2\n");
    for (const [, place] of places.slice(0, 2)) await start("sync", "--demo", "--quiet", "--store", place());
    if (mongo !== undefined) await start("sync", "--demo", "--quiet", "--store", mongo.url);
    await start("report", "--store", join(folder, "files"), "--save", said);
  });

  it.each(misspelt)(
    "as %s is refused by every command that reads, and not made",
    async (_, place, message) => {
      const before = readdirSync(folder);
      for (const command of readers) {
        const { status, stdout, stderr } = await start(...command, "--store", place());
        expect([command[0], status, stdout, stderr]).toEqual([
          command[0],
          1,
          "",
          expect.stringMatching(message),
        ]);
      }
      expect(readdirSync(folder)).toEqual(before);
    },
  );
});

it.each([["--store"], ["--out"]])("%s with a file says how a SQLite database is written", async (flag) => {
  const file = join(folder, "a.db");
  writeFileSync(file, "");
  for (const command of [["list"], ["sync", "--prometheus", "http://127.0.0.1:1", "--from", "-1d"]]) {
    const ended = await start(...command, flag, file);
    expect([ended.status, ended.stderr]).toEqual([
      2,
      expect.stringMatching(/a\.db is a file and no folder; a SQLite database is --store sqlite:.*a\.db$/m),
    ]);
  }
});

it.each([
  ["redis://localhost", /redis: is no store/],
  ["mysql://user:hunter2@localhost/db", /mysql: is no store/],
])("--store %s is refused in one line", async (place, message) => {
  const ended = await start("report", "--store", place);
  expect([ended.status, ended.stderr]).toEqual([2, expect.stringMatching(message)]);
  expect(ended.stderr).not.toContain("hunter2");
});
