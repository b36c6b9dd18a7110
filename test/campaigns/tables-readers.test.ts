import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { DuckDBInstance } from "@duckdb/node-api";
import { asyncBufferFromFile, parquetReadObjects } from "hyparquet";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { readers, requireReaders } from "../servers/readers.js";
import { cli } from "../support/cli-lab.js";

// What other tools read in a folder of ours adds up to what `report` says, and what they write is imported.

const SIX = {
  busyCpuSeconds: "busy_usage_cpu_seconds_total",
  idleCpuSeconds: "idle_usage_cpu_seconds_total",
  busyKwh: "busy_usage_kwh",
  idleKwh: "idle_usage_kwh",
  busyGco2eq: "busy_usage_gCO2eq",
  idleGco2eq: "idle_usage_gCO2eq",
} as const;
const COLUMNS = Object.values(SIX);

/** The six sums by `kind name`, and by file. */
const sumsSchema = z.object({
  tables: z.record(z.string(), z.array(z.number())),
  published: z.record(z.string(), z.array(z.number())),
});
type Sums = z.infer<typeof sumsSchema>;

let root: string;
let folder: string;
let expected: Sums;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "ada-carbon-readers-"));
  folder = join(root, "store");
  expect((await cli(["sync", "--demo", "--out", folder])).status).toBe(0);
  const tables: Sums["tables"] = {};
  for (const scope of await scopes()) tables[scope] = await reported(folder, scope);
  const published = Object.entries(tables).flatMap(([scope, sums]) => {
    const [kind, name] = scope.split(" ");
    if (kind === "ada") return [["usage/ada.parquet", sums]];
    return kind === "project" ? [[`usage/project/${name}.parquet`, sums]] : [];
  });
  expected = { tables, published: Object.fromEntries(published) };
  expect(Object.keys(tables).length).toBeGreaterThan(40);
}, 120_000);
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** The scopes of the folder as `kind name`. */
async function scopes(): Promise<string[]> {
  const rows = await duckdb(`select distinct kind, name from read_parquet('${folder}/hours/**/*.parquet')`);
  return rows.map(([kind, name]) => `${kind} ${name}`);
}

/** What `ada-carbon report` says of a scope. */
async function reported(store: string, scope: string): Promise<number[]> {
  const text = scope === "ada ada" ? "ada" : scope.replace(" ", ":");
  const { stdout } = await cli(["report", "--store", store, "--scope", text, "--by", "month", "--json"]);
  const { total } = z.object({ total: z.record(z.string(), z.unknown()) }).parse(JSON.parse(stdout));
  return Object.keys(SIX).map((name) => Number(total[name]));
}

async function duckdb(query: string): Promise<unknown[][]> {
  const connection = await (await DuckDBInstance.create()).connect();
  return (await connection.runAndReadAll(query)).getRowsJS();
}

/** Equal but for the order in which numbers were added. */
function expectSums(found: Sums): void {
  for (const part of ["tables", "published"] as const) {
    expect(Object.keys(found[part]).sort()).toEqual(Object.keys(expected[part]).sort());
    for (const [name, sums] of Object.entries(expected[part])) {
      sums.forEach((sum, i) => {
        expect(Math.abs((found[part][name]?.[i] ?? Number.NaN) / sum - 1)).toBeLessThan(1e-12);
      });
    }
  }
}

function filesBelow(path: string): string[] {
  return readdirSync(join(folder, path), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".parquet"))
    .map((file) => join(path, file));
}

describe("the folder adds up to what report says", () => {
  it("in DuckDB", async () => {
    const sums = COLUMNS.map((name) => `sum("${name}")`).join(", ");
    const tables = await duckdb(
      `select kind || ' ' || name, ${sums} from read_parquet('${folder}/hours/**/*.parquet', union_by_name = true) group by all`,
    );
    const published = await duckdb(
      `select filename, ${sums} from read_parquet('${folder}/usage/**/*.parquet', filename = true) group by all`,
    );
    expectSums({
      tables: Object.fromEntries(tables.map(([scope, ...six]) => [String(scope), six.map(Number)])),
      published: Object.fromEntries(
        published.map(([file, ...six]) => [String(file).slice(folder.length + 1), six.map(Number)]),
      ),
    });
  });

  it("in hyparquet", async () => {
    const found: Sums = { tables: {}, published: {} };
    const add = (to: Record<string, number[]>, key: string, row: Record<string, unknown>): void => {
      const before = to[key] ?? COLUMNS.map(() => 0);
      to[key] = COLUMNS.map((name, i) => (before[i] ?? 0) + Number(row[name] ?? 0));
    };
    for (const path of filesBelow("hours")) {
      const kind = /kind=(\w+)/.exec(path)?.[1];
      for (const row of await parquetReadObjects({ file: await asyncBufferFromFile(join(folder, path)) })) {
        add(found.tables, `${kind} ${row.name}`, row);
      }
    }
    for (const path of filesBelow("usage")) {
      for (const row of await parquetReadObjects({ file: await asyncBufferFromFile(join(folder, path)) })) {
        add(found.published, path, row);
      }
    }
    expectSums(found);
  });
});

describe.skipIf(!requireReaders())("Python", () => {
  it.each(["host", "user"])(
    "and DuckDB add up every %s as rollup does",
    async (kind) => {
      const script = fileURLToPath(new URL("../../bench/scale/same-sums.ts", import.meta.url));
      const { stdout } = await promisify(execFile)(process.execPath, [script, folder, kind]);
      expect(stdout).toMatch(
        /^duckdb: (\d+) of \1 \w+s, at most \S+ apart\nspark: \1 of \1 \w+s, at most \S+ apart\n$/,
      );
    },
    300_000,
  );

  it("reads the folder with pandas, polars, fastparquet and Spark, and it adds up to what report says", async () => {
    const found = z.record(z.string(), sumsSchema).parse(await readers("read", folder));
    expect(Object.keys(found).sort()).toEqual(["fastparquet", "pandas", "polars", "spark"]);
    for (const sums of Object.values(found)) expectSums(sums);
  }, 300_000);

  it("writes files that are imported, with pandas, polars, fastparquet and Spark", async () => {
    const file = join(folder, "usage/project/IDAaaS.parquet");
    const written = z.record(z.string(), z.string()).parse(await readers("write", file, root));
    expect(Object.keys(written)).toHaveLength(6);
    for (const [tool, path] of Object.entries(written)) {
      const store = `sqlite:${join(root, `${tool}.db`)}`;
      const ended = await cli(["import", path, "--store", store, "--scope", "project:IDAaaS"]);
      expect([tool, ended.status, ended.stderr]).toEqual([tool, 0, ""]);
      expect([tool, await reported(store, "project IDAaaS")]).toEqual([
        tool,
        expected.tables["project IDAaaS"],
      ]);
    }
  }, 300_000);
});
