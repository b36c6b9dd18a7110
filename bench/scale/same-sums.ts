import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { readers } from "../../test/servers/readers.ts";
import { askTrino } from "./trino.ts";

// node bench/scale/same-sums.ts FOLDER [KIND]: what DuckDB, Spark 3.5 (READERS_PYTHON) and, where TRINO_HOME is given, Trino
// add up in the tables of a folder, held against ada-carbon's own sums of every scope of the kind; fails where a sum
// differs by more than 1e-9.

/** The six sums and their columns in the tables. */
const COLUMNS = {
  busyCpuSeconds: "busy_usage_cpu_seconds_total",
  idleCpuSeconds: "idle_usage_cpu_seconds_total",
  busyKwh: "busy_usage_kwh",
  idleKwh: "idle_usage_kwh",
  busyGco2eq: "busy_usage_gCO2eq",
  idleGco2eq: "idle_usage_gCO2eq",
} as const;
type Quantity = keyof typeof COLUMNS;
const SIX = Object.keys(COLUMNS) as Quantity[];
const MOST = 1e-9;

/** The six sums of each scope, by name. */
type Sums = Readonly<Record<string, readonly number[]>>;

interface Rolled {
  readonly scopes: readonly {
    readonly scope: string;
    readonly bins: readonly Record<Quantity, number | null>[];
  }[];
}

const [, , folder = "", kind = "host"] = process.argv;
const program = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const ours = await rolledUp();
const trino = process.env.TRINO_HOME;
const others = {
  duckdb: await rolledUp("--engine", "duckdb"),
  spark: (await readers("sums", folder, kind)) as Sums,
  ...(trino === undefined ? {} : { trino: await sumsOfTrino(trino) }),
};
for (const [engine, sums] of Object.entries(others)) {
  const worst = worstDifference(sums);
  console.log(
    `${engine}: ${Object.keys(sums).length} of ${Object.keys(ours).length} ${kind}s, at most ${worst.toExponential(1)} apart`,
  );
  if (!(worst <= MOST)) process.exitCode = 1;
}

async function rolledUp(...flags: string[]): Promise<Sums> {
  const asked = ["rollup", kind, "--out", folder, "--by", "year", "--json", ...flags];
  // Ends with 3 where hours of the folder are missing: what is there is added up all the same.
  const { stdout } = await promisify(execFile)(process.execPath, [program, ...asked], {
    maxBuffer: 2 ** 28,
  }).catch((error: { code: unknown; stdout: string }) => {
    if (error.code === 3) return error;
    throw error;
  });
  const { scopes }: Rolled = JSON.parse(stdout);
  const sumOf = (bins: Rolled["scopes"][number]["bins"]): number[] =>
    SIX.map((name) => bins.reduce((sum, bin) => sum + (bin[name] ?? 0), 0));
  return Object.fromEntries(scopes.map(({ scope, bins }) => [scope.slice(kind.length + 1), sumOf(bins)]));
}

async function sumsOfTrino(home: string): Promise<Sums> {
  const sums = Object.values(COLUMNS).map((column) => `sum(${column})`);
  const statement = `SELECT name, ${sums.join(", ")} FROM hive.carbon.hours WHERE kind = '${kind}' GROUP BY name`;
  const rows = await askTrino(home, folder, (ask) => ask(statement));
  return Object.fromEntries(rows.map(([name, ...six]) => [name, six.map(Number)]));
}

/** Relative; NaN where a scope is missing. */
function worstDifference(sums: Sums): number {
  const differences = Object.entries(ours).flatMap(([name, six]) =>
    six.map((sum, i) => Math.abs((sums[name]?.[i] ?? Number.NaN) - sum) / (sum || 1)),
  );
  return differences.reduce((worst, difference) => Math.max(worst, difference), 0);
}
