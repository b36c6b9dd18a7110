import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { emptySeries, finishedHour } from "ada-carbon";
import { encodeUsage } from "ada-carbon/parquet";
import { Null, Table, TimestampMillisecond, tableToIPC, vectorFromArray } from "apache-arrow";
import { Table as WasmTable, writeParquet } from "parquet-wasm";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { cli } from "./support/cli-lab.js";

// `ada-carbon import`: the eight columns as DuckDB writes them, whole or with rows that are no hours.

let duckdb: DuckDBConnection;
let folder: string;
let out: string;
beforeAll(async () => {
  duckdb = await (await DuckDBInstance.create()).connect();
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ada-carbon-import-"));
  out = join(folder, "store");
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A row of SQL, of an hour of 10 September 2025; `change` are other values by column. */
function row(hour: string, change: Readonly<Record<string, string>> = {}): string {
  const values = {
    timestamp: `timestamptz '2025-09-10 ${hour}:00+00'`,
    busy_usage_cpu_seconds_total: "18000.0",
    idle_usage_cpu_seconds_total: "54000.0",
    busy_usage_kwh: "0.06",
    idle_usage_kwh: "0.015",
    busy_usage_gCO2eq: "12.0",
    idle_usage_gCO2eq: "3.0",
    status: "'processed'",
    ...change,
  };
  const columns = Object.entries(values).map(([name, value]) => `${value}::${typeOf(name)} as "${name}"`);
  return `select ${columns.join(", ")}`;
}

function typeOf(name: string): string {
  if (name === "timestamp") return "timestamptz";
  return ["status", "project", "scope"].includes(name) ? "varchar" : "double";
}

async function file(name: string, ...rows: readonly string[]): Promise<string> {
  const path = join(folder, name);
  await duckdb.run(`copy (${rows.join(" union all by name ")}) to '${path}' (format parquet)`);
  return path;
}

async function stored(scope: string): Promise<{ hours: number; busyKwh: number }> {
  const ended = await cli(["report", "--out", out, "--scope", scope, "--by", "hour", "--json"]);
  return JSON.parse(ended.stdout).total;
}

describe("import", () => {
  it("takes rows in any order, of the scope that is named", async () => {
    const path = await file("a.parquet", row("02:00"), row("00:00"), row("01:00"));
    const ended = await cli(["import", path, "--out", out, "--scope", "user:amara"]);
    expect(ended).toEqual({ status: 0, stdout: `3 hours of 1 scope imported into ${out}\n`, stderr: "" });
    expect(await stored("user:amara")).toMatchObject({ hours: 3, busyKwh: 0.18 });
  });

  it("takes rows of the scope or project in their column, and nothing of other columns", async () => {
    const scopes = await file(
      "a.parquet",
      row("00:00", { scope: "'host:h:9100'" }),
      row("00:00", { scope: "'ada'" }),
    );
    const projects = await file("b.parquet", row("00:00", { project: "'IDAaaS'", watts: "1" }));
    const ended = await cli(["import", scopes, projects, "--out", out, "--json"]);
    expect(ended.status).toBe(0);
    expect(JSON.parse(ended.stdout)).toEqual({
      store: out,
      imported: ["host:h:9100", "ada", "project:IDAaaS"].map((scope) => ({
        scope,
        hours: 1,
        from: "2025-09-10T00:00:00Z",
      })),
      faults: [],
    });
    expect((await stored("ada")).busyKwh).toBe(0.06);
    expect((await stored("host:h:9100")).busyKwh).toBe(0.06);
  });

  it("takes a file of ada-carbon for what it says it is", async () => {
    const hour = finishedHour(Date.UTC(2025, 8, 10), Date.now());
    const nothing = { library: "unknown", model: null, intensity: null };
    const series = emptySeries({ kind: "group", name: "muons" }, [hour], nothing);
    const path = join(folder, "group.parquet");
    writeFileSync(path, encodeUsage(series));
    expect(await cli(["import", path, "--out", out])).toMatchObject({ status: 0, stderr: "" });
    expect((await stored("group:muons")).hours).toBe(1);
  });

  it("takes decimals, bytes that are no marked texts, and columns in which nothing is", async () => {
    const decimal = row("00:00", { project: "'IDAaaS'" }).replace("0.06::double", "0.06::decimal(20, 6)");
    const bytes = row("01:00", { project: "'IDAaaS'" }).replaceAll("::varchar", "::blob");
    const columns = {
      timestamp: vectorFromArray([Date.UTC(2025, 8, 10, 2)], new TimestampMillisecond("UTC")),
      busy_usage_cpu_seconds_total: vectorFromArray([18_000]),
      idle_usage_cpu_seconds_total: vectorFromArray([54_000]),
      busy_usage_kwh: vectorFromArray([0.06]),
      idle_usage_kwh: vectorFromArray([0.015]),
      busy_usage_gCO2eq: vectorFromArray([null], new Null()),
      idle_usage_gCO2eq: vectorFromArray([null], new Null()),
      status: vectorFromArray(["unprocessed"]),
      project: vectorFromArray(["IDAaaS"]),
    };
    const nothing = new Table(columns);
    const written = writeParquet(WasmTable.fromIPCStream(tableToIPC(nothing, "stream")));
    writeFileSync(join(folder, "c.parquet"), written);
    const files = [
      await file("a.parquet", decimal),
      await file("b.parquet", bytes),
      join(folder, "c.parquet"),
    ];
    expect(await cli(["import", ...files, "--out", out])).toMatchObject({ status: 0, stderr: "" });
    expect(await stored("project:IDAaaS")).toMatchObject({
      ...{ hours: 3, busyKwh: 0.18, busyGco2eq: 24, hoursWithoutCarbon: 1 },
    });
  });

  it("replaces hours that are stored, and keeps the others", async () => {
    const scope = ["--out", out, "--scope", "ada"];
    await cli(["import", await file("a.parquet", row("00:00"), row("01:00")), ...scope]);
    await cli(["import", await file("b.parquet", row("01:00", { busy_usage_kwh: "1" })), ...scope]);
    expect(await stored("ada")).toMatchObject({ hours: 2, busyKwh: 1.06 });
  });
});

describe("import stores nothing of any file", () => {
  const faulty: readonly [string, () => string[], string][] = [
    [
      "not a full hour",
      () => [row("00:30")],
      "row 1: ada at 2025-09-10T00:30:00Z: the hour is not on the grid of UTC hours",
    ],
    ["no timestamp", () => [row("00:00"), row("01:00", { timestamp: "null" })], "row 2: it has no timestamp"],
    [
      "negative",
      () => [row("00:00", { busy_usage_kwh: "-1" })],
      "row 1: ada at 2025-09-10T00:00:00Z: busyKwh is -1; it must be finite and not negative",
    ],
    [
      "infinite",
      () => [row("00:00", { busy_usage_kwh: "'inf'" })],
      "row 1: ada at 2025-09-10T00:00:00Z: busyKwh is Infinity",
    ],
    [
      "busy without idle",
      () => [row("00:00", { idle_usage_cpu_seconds_total: "null" })],
      "row 1: ada at 2025-09-10T00:00:00Z: status is processed, but idleCpuSeconds is missing",
    ],
    [
      "numbers where there are none",
      () => [row("00:00", { status: "'not downloaded'" })],
      "row 1: ada at 2025-09-10T00:00:00Z: status is not downloaded, but busyCpuSeconds is 18000",
    ],
    [
      "an unknown status",
      () => [row("00:00", { status: "'done'" })],
      'row 1: its status is "done"; it must be one of not downloaded, ',
    ],
    ["no status", () => [row("00:00", { status: "null" })], "row 1: its status is null; it must be one of"],
    [
      "twice",
      () => [row("01:00"), row("00:00"), row("01:00")],
      "row 3: its hour is that of row 1 too; an hour of ada is one row",
    ],
  ];

  it.each(faulty)("with a row that is %s", async (_, rows, why) => {
    const good = await file("good.parquet", row("05:00"));
    const bad = await file("bad.parquet", ...rows());
    const ended = await cli(["import", good, bad, "--out", out, "--scope", "ada"]);
    expect(ended.status).toBe(1);
    expect(ended.stderr).toContain(`${bad}, ${why}`);
    expect(ended.stderr).toMatch(
      /ada-carbon: nothing was imported, because 1 row is no hour; correct or remove them, then run it again\n$/,
    );
    expect(existsSync(out)).toBe(false);
  });

  it("with the same hour in two of them", async () => {
    const [a, b] = [await file("a.parquet", row("00:00")), await file("b.parquet", row("00:00"))];
    const ended = await cli(["import", a, b, "--out", out, "--scope", "ada", "--json"]);
    expect(ended.status).toBe(1);
    expect(JSON.parse(ended.stdout)).toMatchObject({
      imported: [],
      faults: [{ file: b, row: null, why: `ada at 2025-09-10T00:00:00Z is in ${a} too` }],
    });
    expect(existsSync(out)).toBe(false);
  });

  it("with a row whose scope is none", async () => {
    const path = await file(
      "a.parquet",
      row("00:00", { scope: "'nobody'" }),
      row("00:00", { scope: "null" }),
    );
    const ended = await cli(["import", path, "--out", out]);
    expect(ended.stderr).toContain(`row 1: "nobody" is not a scope; write ada, or kind:name`);
    expect(ended.stderr).toContain("row 2: it does not say whose it is");
  });

  it.each(["project", "scope"])("with a column %s of numbers", async (name) => {
    const path = await file("a.parquet", row("00:00").replace("select", `select 7 as ${name},`));
    const ended = await cli(["import", path, "--out", out]);
    expect([ended.status, ended.stderr]).toEqual([
      1,
      `ada-carbon: ${path} cannot be read: its column ${name} is Int32; it must hold texts; correct it, or leave it out\n`,
    ]);
  });

  it("with a column of bytes that are no UTF-8", async () => {
    const path = await file(
      "a.parquet",
      `select '\\xFF'::blob as scope, ${row("00:00").slice("select".length)}`,
    );
    const ended = await cli(["import", path, "--out", out]);
    expect([ended.status, ended.stderr.split("\n").length]).toEqual([1, 2]);
    expect(ended.stderr).toMatch(/a.parquet cannot be read: /);
  });

  it("with a folder, such as Spark writes", async () => {
    const ended = await cli(["import", folder, "--out", out, "--scope", "ada"]);
    expect([ended.status, ended.stderr]).toEqual([
      1,
      `ada-carbon: cannot read ${folder}: it is a folder; name the files in it, such as ${folder}/*.parquet\n`,
    ]);
  });

  it("with more faulty rows than anybody reads", async () => {
    const rows = Array.from({ length: 30 }, (_, i) => row(`00:${String(i + 1).padStart(2, "0")}`));
    const ended = await cli(["import", await file("a.parquet", ...rows), "--out", out, "--scope", "ada"]);
    expect(ended.stderr.split("\n")).toHaveLength(23);
    expect(ended.stderr).toMatch(/^and 10 more; --json has them$/m);
  });

  it.each([
    [
      "that does not say whose it is",
      [],
      /does not say whose hours it holds; name it, as in --scope project:IDAaaS/,
    ],
    ["that is not there", ["--scope", "ada"], /cannot read .*ENOENT/],
    [
      "that is no Parquet file",
      ["--scope", "ada"],
      /text.parquet cannot be read: it is not a whole Parquet file .*; correct it, or leave it out/,
    ],
    [
      "without one of the columns",
      ["--scope", "ada"],
      /cannot be read: it has no column status; its columns are timestamp, /,
    ],
  ] as const)("with a file %s", async (what, flags, message) => {
    writeFileSync(join(folder, "text.parquet"), "timestamp,status\n");
    const path = what.includes("whose")
      ? await file("a.parquet", row("00:00"))
      : what.includes("columns")
        ? await file("a.parquet", row("00:00").replace(/, 'processed'.*$/, ""))
        : join(folder, what.includes("no Parquet") ? "text.parquet" : "nowhere.parquet");
    const ended = await cli(["import", path, "--out", out, ...flags]);
    expect([ended.status, ended.stderr.split("\n").length]).toEqual([1, 2]);
    expect(ended.stderr).toMatch(message);
    expect(existsSync(out)).toBe(false);
  });
});
