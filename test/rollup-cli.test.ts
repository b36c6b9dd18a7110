import { globSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import {
  emptySeries,
  type FinishedHour,
  HOUR_MS,
  type Provenance,
  type Scope,
  type UsageSeries,
} from "ada-carbon";
import { fileUsageStore } from "ada-carbon/files";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { z } from "zod";
import { rollupByDuckdb } from "../src/cli/rollup-duckdb.js";
import { rollupKind } from "../src/reports/rollup-kind.js";
import { cli, type Ended } from "./support/cli-lab.js";

// `ada-carbon rollup` by itself and by DuckDB, held against each other and against `report`.

const FROM = Date.UTC(2025, 9, 20);
const HOURS = 24 * 30;
const HOSTS = ["a:9100", "b:9100", 'c\'s "x":9100', "d:9100"];

const binsSchema = z.object({
  scopes: z.array(
    z.object({
      scope: z.string(),
      bins: z.array(z.looseObject({ label: z.string(), coverage: z.number() })),
    }),
  ),
});

let root: string;
/** A name that is a pattern, and that has to be quoted. */
let folder: string;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "ada-carbon-rollup-"));
  folder = join(root, "it's [a] *store?");
  const store = fileUsageStore(folder, { rowsPerTable: 500 });
  const ada: Scope = { kind: "ada", name: "ada" };
  // Some hours nobody looked at, of some there is no carbon, of some nothing but the status.
  await store.replace([series(ada, (hour) => hour % 50 !== 0, 7)]);
  for (const part of [0, 1, 2])
    await store.replace(
      HOSTS.map((name, i) =>
        series(
          { kind: "host", name },
          (hour) => Math.floor(hour / 240) === part && (hour * 7 + i * 3) % (i + 2) === 0,
          i,
        ),
      ),
    );
  await store.replace([
    series({ kind: "project", name: "IDAaaS" }, () => true, 3),
    // In the last of two months only, and never with numbers.
    series({ kind: "user", name: "late" }, (hour) => hour > 600, 5),
    empty({ kind: "user", name: "unknown" }),
  ]);
  await store.close();
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

function empty(scope: Scope): UsageSeries {
  return emptySeries(scope, [(FROM + 4 * HOUR_MS) as FinishedHour], {
    library: "0",
    model: null,
    intensity: null,
  });
}

function series(scope: Scope, isThere: (hour: number) => boolean, seed: number): UsageSeries {
  const indices = Array.from({ length: HOURS }, (_, hour) => hour).filter(isThere);
  const hours = indices.map((hour) => (FROM + hour * HOUR_MS) as FinishedHour);
  const made = emptySeries(scope, hours, { library: "0", model: null, intensity: null });
  const intensity = { kind: "forecast", source: "gb", fetchedAt: FROM } as const;
  indices.forEach((hour, i) => {
    if ((hour + seed) % 11 === 0) return;
    for (const name of ["busyCpuSeconds", "idleCpuSeconds", "busyKwh", "idleKwh"] as const)
      made[name][i] = ((hour * 31 + seed * 17 + name.length) % 97) / 7;
    made.coverage[i] = (hour + seed) % 5 === 0 ? Number.NaN : 0.9;
    const hasCarbon = (hour + seed) % 13 !== 0;
    made.status[i] = hasCarbon ? "processed" : "unprocessed";
    if ((hour + seed) % 19 === 0) made.status[i] = "download incomplete";
    const bought = boughtIn(hour, seed);
    made.provenance[i] = { library: "0", model: "m", intensity: null, ...bought };
    if (!hasCarbon) return;
    made.gco2eqPerKwh[i] = 100 + (hour % 3);
    made.busyGco2eq[i] = (made.busyKwh[i] ?? 0) * (100 + (hour % 3));
    made.idleGco2eq[i] = (made.idleKwh[i] ?? 0) * (100 + (hour % 3));
    const settled = { ...intensity, settled: hour % 4 === 0 };
    made.provenance[i] = { library: "0", model: "m", intensity: settled, ...bought };
  });
  return made;
}

/**
 * Nothing is bought in the first week. Then come two contracts, of different bases, with hours of which nobody said what
 * their grams count, and others that only some rows have.
 */
function boughtIn(hour: number, seed: number): Pick<Provenance, "market"> {
  if (hour < 168 || (hour + seed) % 17 === 0) return {};
  const counted = (kind: string): string => `average ${kind} consumption losses-included market co2e`;
  const basis = hour < 480 ? counted("lifecycle") : counted("direct");
  const contract = {
    kind: "actual",
    source: `file/${hour % 3}`,
    fetchedAt: FROM + hour,
    settled: true,
  } as const;
  const gco2eqPerKwh = hour % 29 === 0 ? 0 : 20 + (hour % 4);
  return { market: { ...contract, gco2eqPerKwh, ...(hour % 7 === 0 ? {} : { basis }) } };
}

const onFolder = (...args: string[]): Promise<Ended> => cli([...args, "--store", folder, "--json"]);

function scopesIn({ stdout }: Ended) {
  return binsSchema.parse(JSON.parse(stdout)).scopes;
}

/** The same but for the order in which numbers were added. */
function expectEqual(found: unknown, expected: unknown, path = ""): void {
  if (typeof expected === "number" && expected !== 0)
    expect(Math.abs(Number(found) / expected - 1), path).toBeLessThan(1e-9);
  else if (typeof expected !== "object" || expected === null) expect(found, path).toEqual(expected);
  else {
    expect(Object.keys(found ?? {}), path).toEqual(Object.keys(expected));
    for (const [key, value] of Object.entries(expected))
      expectEqual(Reflect.get(Object(found), key), value, `${path}/${key}`);
  }
}

describe("rollup", () => {
  it.each([
    ["hosts", "month", "UTC"],
    ["hosts", "day", "Europe/London"],
    ["hosts", "day", "Asia/Kolkata"],
    ["hosts", "week", "UTC"],
    ["users", "month", "UTC"],
    ["users", "hour", "UTC"],
    ["projects", "year", "Europe/London"],
    ["projects", "day", "UTC"],
  ])(
    "of %s by %s in %s is that of report, by itself and by DuckDB",
    async (kind, by, zone) => {
      const span = ["--from", "2025-10-21", "--to", "2025-11-19", "--by", by, "--zone", zone];
      const report = scopesIn(await onFolder("report", "--scope", kind, ...span));
      const own = await onFolder("rollup", kind, ...span);
      expectEqual(
        scopesIn(own),
        report.map(({ scope, bins }) => ({ scope, bins })),
      );
      const duckdb = await onFolder("rollup", kind, ...span, "--engine", "duckdb");
      expectEqual(scopesIn(duckdb), scopesIn(own));
      expect(own.stdout).toContain('"market":');
      expect(own.stdout).toMatch(/"hoursIncomplete": ?[1-9]/);
      expect(duckdb.stderr).toBe(own.stderr);
      expect([own.status, duckdb.status]).toEqual([3, 3]);
    },
    60_000,
  );

  it("of nothing that is known is null, and not nothing", async () => {
    const hour = ["--from", "2025-10-20T04:00Z", "--to", "2025-10-20T05:00Z"];
    for (const engine of [[], ["--engine", "duckdb"]]) {
      const [unknown] = scopesIn(await onFolder("rollup", "users", ...hour, ...engine));
      const nothing = { busyKwh: null, busyGco2eq: null, hoursMissing: 1, coverage: 0 };
      expect(unknown).toMatchObject({ scope: "user:unknown", bins: [nothing] });
    }
  });

  it("says how far it is where it takes its time", async () => {
    let now = Date.UTC(2026, 0);
    const slow = { clock: () => (now += 4000) };
    const asked = ["rollup", "hosts", "--store", folder, "--from", "2025-10-21", "--to", "2025-11-19"];
    const { stderr } = await cli(asked, slow);
    expect(stderr).toContain("264/696 hours  of every host added up\n");
    expect((await cli(asked, { ...slow, isTTY: true })).stderr).toContain("264/696 hours");
    expect((await cli([...asked, "--quiet"], slow)).stderr).not.toContain("264/696");
    expect((await cli(asked)).stderr).not.toContain("264/696");
  });

  it("by DuckDB says how far it is", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    onTestFinished(() => void vi.useRealTimers());
    const interval = { from: FROM, to: FROM + HOURS * HOUR_MS };
    const asked = { kind: "host", by: "day", zone: "UTC", interval } as const;
    const told: number[] = [];
    const all = rollupByDuckdb(folder, asked, AbortSignal.timeout(30_000), (done) => void told.push(done));
    // A second goes by at each turn of the loop: however short the work is, it is looked at.
    let isOver = false;
    const over = all.finally(() => (isOver = true));
    while (!isOver) {
      vi.advanceTimersByTime(1000);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await over).toHaveLength(HOSTS.length);
    expect(told).not.toEqual([]);
    for (const done of told) expect([done >= 0, done <= HOURS]).toEqual([true, true]);
  });

  it("by DuckDB has no use for columns that an older version did not write", async () => {
    const older = join(root, "older");
    const connection = await (await DuckDBInstance.create()).connect();
    for (const table of globSync("hours/kind={ada,project}/*/*.parquet", { cwd: folder })) {
      const [from, to] = [folder, older].map((place) => join(place, table).replaceAll("'", "''"));
      mkdirSync(dirname(join(older, table)), { recursive: true });
      const ofVersion = "COLUMNS(c -> c NOT SIMILAR TO 'market_.*|intensity_(basis|updated_at)')";
      await connection.run(`COPY (SELECT ${ofVersion} FROM '${from}') TO '${to}'`);
    }
    connection.closeSync();
    const interval = { from: FROM, to: FROM + HOURS * HOUR_MS };
    const asked = { kind: "project", by: "week", zone: "UTC", interval } as const;
    const signal = AbortSignal.timeout(10_000);
    const store = fileUsageStore(folder);
    const own = await rollupKind(store, asked, signal);
    await store.close();
    expectEqual(
      await rollupByDuckdb(older, asked, signal),
      own.map(({ scope, bins }) => ({ scope, bins: bins.map(({ market: _, ...bin }) => bin) })),
    );
  });

  it("by DuckDB is refused of what is no folder, and says of which files it cannot be made", async () => {
    // SQLite takes an empty file for an empty database.
    writeFileSync(join(root, "x.db"), "");
    const database = await cli(["rollup", "--store", `sqlite:${join(root, "x.db")}`, "--engine", "duckdb"]);
    expect([database.status, database.stderr]).toEqual([
      2,
      expect.stringContaining("reads the tables of a folder"),
    ]);
    mkdirSync(join(root, "none"));
    expect((await cli(["rollup", "--out", join(root, "none"), "--engine", "duckdb"])).status).toBe(3);
  });
});
