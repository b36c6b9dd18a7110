// node bench/rollup.ts [--json] [--rows N] [--rounds N]
// Four sums over (key, bin) of a year of 1,000 hosts, beside DuckDB with two threads on the same rows in the
// same process, round after round in turn. What is compared is the query alone; both hold the rows in memory.
import { DuckDBInstance } from "@duckdb/node-api";
import { register } from "tsx/esm/api";
import type { BinSize, Cube, UsageColumns } from "../src/timeseries/rollup/index.ts";

// The sources import each other as .js, which Node alone does not find; tsx does.
register();
const { binTable, cellsOf, rollupColumns } = await import("../src/timeseries/rollup/index.ts");

const HOURS = 8760;
const KEYS = 2600;
const FROM = Date.UTC(2025, 0, 1);
const flag = (name: string, otherwise: number): number => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? otherwise : Number(process.argv[at + 1]);
};
const HOSTS = Math.ceil(flag("rows", HOURS * 1000) / HOURS);
const ROUNDS = flag("rounds", 7);

/** Host after host, each hour after hour, as Prometheus gives them; a host changes hands during the year. */
function makeColumns(): UsageColumns {
  const rows = HOSTS * HOURS;
  const hours = new Int32Array(rows);
  const keys = new Int32Array(rows);
  const values = [0, 1, 2, 3].map(() => new Float64Array(rows));
  for (let row = 0; row < rows; row++) {
    const host = Math.floor(row / HOURS);
    const hour = row % HOURS;
    hours[row] = FROM / 3_600_000 + hour;
    keys[row] = Math.floor(((host + hour / HOURS) * KEYS) / HOSTS);
    for (const [c, column] of values.entries()) column[row] = ((row * 7919 + c) % 10_007) / 10_007;
  }
  return { hours, keys, keyCount: KEYS, values };
}

const columns = makeColumns();
const rows = columns.hours.length;
const interval = { from: FROM, to: FROM + HOURS * 3_600_000 };

const instance = await DuckDBInstance.create(":memory:");
const duckdb = await instance.connect();
await duckdb.run("SET threads=2");
// The same rows made by the same formulas: nothing has to be copied across.
await duckdb.run(`
  CREATE TABLE usage AS
  SELECT to_timestamp(${FROM / 1000} + (i % ${HOURS}) * 3600) AT TIME ZONE 'UTC' AS t,
    floor((i // ${HOURS} + (i % ${HOURS}) / ${HOURS}) * ${KEYS} / ${HOSTS})::INTEGER AS key,
    ((i * 7919 + 0) % 10007) / 10007 AS a, ((i * 7919 + 1) % 10007) / 10007 AS b,
    ((i * 7919 + 2) % 10007) / 10007 AS c, ((i * 7919 + 3) % 10007) / 10007 AS d
  FROM range(${rows}) r(i)`);
const query = (by: BinSize): string =>
  `CREATE OR REPLACE TEMP TABLE result AS
   SELECT key, date_trunc('${by}', t) AS bin, sum(a), sum(b), sum(c), sum(d) FROM usage GROUP BY ALL`;

async function time(run: () => unknown): Promise<number> {
  const start = performance.now();
  await run();
  return performance.now() - start;
}
const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

const results = [];
// As a service would: the memory of the last cube is used for the next. `fresh` is without that.
let last: Cube<Float64Array> | undefined;
for (const by of ["hour", "day", "month"] as const) {
  const ours: number[] = [];
  const fresh: number[] = [];
  const theirs: number[] = [];
  let check = 0;
  for (let round = 0; round <= ROUNDS; round++) {
    const mine = await time(() => {
      last = rollupColumns(columns, binTable(interval, by), { reuse: last });
      check = cellsOf(last, 7, 3).reduce((a, b) => a + b, 0);
    });
    const mineFresh = await time(() => rollupColumns(columns, binTable(interval, by)));
    const duck = await time(() => duckdb.run(query(by)));
    // The first round warms both up.
    if (round > 0) {
      ours.push(mine);
      fresh.push(mineFresh);
      theirs.push(duck);
    }
  }
  const [sum] = (await duckdb.runAndReadAll('SELECT sum("sum(d)") FROM result WHERE key = 7')).getRows();
  if (Math.abs(Number(sum?.[0]) / check - 1) > 1e-9) throw new Error(`sums differ: ${sum?.[0]} and ${check}`);
  const [ms, duckdbMs] = [median(ours), median(theirs)];
  results.push({
    by,
    ms,
    freshMs: median(fresh),
    millionRowsPerSecond: rows / ms / 1e3,
    duckdbMs,
    duckdbMillionRowsPerSecond: rows / duckdbMs / 1e3,
    ratio: duckdbMs / ms,
  });
}

if (process.argv.includes("--json")) {
  console.log(JSON.stringify({ rows, keys: KEYS, sums: 4, rounds: ROUNDS, results }, null, 2));
} else {
  console.log(
    `${rows / 1e6} million rows, 4 sums, ${KEYS} keys, medians of ${ROUNDS}, DuckDB with 2 threads`,
  );
  for (const { by, ms, freshMs, millionRowsPerSecond, duckdbMs, ratio } of results) {
    console.log(
      `${by.padEnd(6)} ${ms.toFixed(0).padStart(5)} ms  ${millionRowsPerSecond.toFixed(0).padStart(4)} M rows/s  (fresh memory ${freshMs.toFixed(0).padStart(4)} ms)   DuckDB ${duckdbMs.toFixed(0).padStart(5)} ms   ${ratio.toFixed(1)} x as fast`,
    );
  }
}
