import { parseArgs } from "node:util";
import { DuckDBInstance } from "@duckdb/node-api";
import { type BinSize, rollup } from "../src/timeseries/rollup/index.js";
import type { FinishedHour } from "../src/usage/hour.js";
import { columnsOf, type UsageSeries } from "../src/usage/series.js";
import { MACHINE, machineText } from "./machine.js";
import { rounds, type Turn } from "./turns.js";

const USAGE = `usage: tsx bench/rollup.ts [--json] [--series N] [--rounds N]

Rolls up a year of hours of N series (1,000), as anybody does who calls rollup(series, year, "day") for each, beside
DuckDB with two threads on the same rows in the same process, turn by turn. Both hold the rows in memory, give six sums,
the mean coverage and how many hours are known of each (series, bin), and make of them what a program can use: bins here,
a table in memory there.`;

const { values: flags } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    series: { type: "string", default: "1000" },
    rounds: { type: "string", default: "7" },
    help: { type: "boolean", default: false },
  },
});

const HOURS = 8760;
const FROM = Date.UTC(2025, 0, 1);
const YEAR = { from: FROM, to: FROM + HOURS * 3_600_000 };
const SIZES: readonly BinSize[] = ["hour", "day", "month"];
/** Not round, and different in each column, series and hour. */
const MODULUS = 10_007;
const numberOf = (row: number, column: number): number => ((row * 7919 + column) % MODULUS) / MODULUS;

function makeSeries(key: number): UsageSeries {
  const hours = Array.from({ length: HOURS }, (_, i) => (FROM + i * 3_600_000) as FinishedHour);
  const intensity = { kind: "actual", source: "grid", fetchedAt: FROM, settled: true } as const;
  // Hours that were measured alike share their provenance.
  const days = Array.from({ length: HOURS / 24 }, () => ({ library: "bench", model: "bench", intensity }));
  let column = 0;
  return {
    scope: { kind: "user", name: `user-${key}` },
    hours,
    ...columnsOf(() => {
      const c = column++;
      return Float64Array.from(hours, (_, i) => numberOf(key * HOURS + i, c));
    }),
    status: hours.map(() => "processed"),
    provenance: hours.map((_, i) => days[Math.floor(i / 24)] ?? { library: "", model: null, intensity }),
  };
}

async function duckdbWith(series: number): Promise<(by: BinSize) => Promise<number>> {
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  await connection.run("SET threads=2");
  // The same rows made by the same formulas: nothing has to be copied across. Column 6 of a series is the intensity.
  const columns = [0, 1, 2, 3, 4, 5, 7].map((c) => `((i * 7919 + ${c}) % ${MODULUS}) / ${MODULUS} AS c${c}`);
  await connection.run(`
    CREATE TABLE usage AS
    SELECT to_timestamp(${FROM / 1000} + (i % ${HOURS}) * 3600) AT TIME ZONE 'UTC' AS t,
      (i // ${HOURS})::INTEGER AS key, ${columns.join(", ")}
    FROM range(${series * HOURS}) r(i)`);
  const sums = [0, 1, 2, 3, 4, 5].map((c) => `sum(c${c})`);
  return async (by) => {
    await connection.run(`
      CREATE OR REPLACE TEMP TABLE result AS
      SELECT key, date_trunc('${by}', t) AS bin, ${sums.join(", ")}, avg(c7), count(c0), count(c4)
      FROM usage GROUP BY ALL`);
    const [row] = (
      await connection.runAndReadAll('SELECT sum("sum(c3)") FROM result WHERE key = 7')
    ).getRows();
    return Number(row?.[0]);
  };
}

async function measure(): Promise<void> {
  const count = Number(flags.series);
  const all = Array.from({ length: count }, (_, key) => makeSeries(key));
  const duckdb = await duckdbWith(count);
  const results = [];
  for (const by of SIZES) {
    const sums = { ours: Number.NaN, duckdb: Number.NaN };
    const ours: Turn = async () => {
      const start = performance.now();
      all.forEach((series, key) => {
        const bins = rollup(series, YEAR, by);
        if (key === 7) sums.ours = bins.reduce((sum, { idleKwh }) => sum + (idleKwh ?? Number.NaN), 0);
      });
      return performance.now() - start;
    };
    const theirs: Turn = async () => {
      const start = performance.now();
      sums.duckdb = await duckdb(by);
      return performance.now() - start;
    };
    const ratios = await rounds({ ours, DuckDB: theirs }, "DuckDB", {
      count: Number(flags.rounds),
      warmUps: 2,
    });
    if (!(Math.abs(sums.ours / sums.duckdb - 1) < 1e-9))
      throw new Error(`by ${by} the sums differ: ${sums.ours} and ${sums.duckdb}`);
    const rowsPerSecond = (contestant: string): number =>
      (count * HOURS) / 1e3 / (ratios.find((each) => each.contestant === contestant)?.medianMs ?? Number.NaN);
    const mine = ratios.find(({ contestant }) => contestant === "ours");
    results.push({
      by,
      millionRowsPerSecond: rowsPerSecond("ours"),
      duckdbMillionRowsPerSecond: rowsPerSecond("DuckDB"),
      ratio: mine?.bestRatio ?? Number.NaN,
    });
  }
  print(count, results);
}

interface Result {
  readonly by: BinSize;
  readonly millionRowsPerSecond: number;
  readonly duckdbMillionRowsPerSecond: number;
  /** How many times as fast as DuckDB, of the best times of all rounds: what a busy machine disturbs least. */
  readonly ratio: number;
}

function print(series: number, results: readonly Result[]): void {
  if (flags.json) {
    console.log(JSON.stringify({ machine: MACHINE, series, hours: HOURS, results }, null, 2));
    return;
  }
  console.log(
    `${series} series of ${HOURS} hours, million rows a second, medians of ${flags.rounds} rounds\n`,
  );
  for (const { by, millionRowsPerSecond, duckdbMillionRowsPerSecond, ratio } of results) {
    const [ours, theirs] = [millionRowsPerSecond, duckdbMillionRowsPerSecond].map((n) => n.toFixed(1));
    console.log(`by ${by.padEnd(6)} ${ours}, DuckDB with 2 threads ${theirs}: ${ratio.toFixed(1)} x as fast`);
  }
  console.log(`\n${machineText()}`);
}

if (flags.help) console.log(USAGE);
else await measure();
