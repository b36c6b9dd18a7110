import * as z from "zod";
import { basisOfStored, splitBases } from "../intensity/basis-of-source.js";
import { type GramBases, withoutMixedGrams } from "../intensity/gram-bases.js";
import { isSparse } from "../reports/idle-hours.js";
import type { KindRollup, ScopeBins } from "../reports/rollup-kind.js";
import { PARQUET_NAMES } from "../timeseries/parquet/columns.js";
import { SummedBin } from "../timeseries/rollup/bin.js";
import { type BinSpan, binTable } from "../timeseries/rollup/bin-table.js";
import { AdaCarbonError } from "../usage/errors.js";
import { HOUR_MS } from "../usage/hour.js";
import { INTENSITY_KINDS } from "../usage/provenance.js";
import type { ScopeKind } from "../usage/scope.js";
import { eachQuantity, QUANTITIES } from "../usage/series.js";

// DuckDB (MIT, typed, of the DuckDB Foundation) adds up the tables of a folder where they lie, on all processors and
// without making rows of them in JavaScript. Nothing else here needs it, so whoever wants it installs it.

/** What `rollupKind` gives, by DuckDB from the tables of a folder. Nobody should write to the folder meanwhile. */
export async function rollupByDuckdb(
  folder: string,
  { kind, interval, by, zone }: KindRollup,
  signal: AbortSignal,
): Promise<ScopeBins[]> {
  const { DuckDBInstance } = await import("@duckdb/node-api").catch((cause: unknown) => {
    const todo = "cannot load DuckDB; install it with npm install @duckdb/node-api, or leave --engine out";
    throw new AdaCarbonError("bad-input", todo, { cause });
  });
  const { bins: spans } = binTable(interval, by, { zone });
  // It would fetch what a query needs and it does not have.
  const instance = await DuckDBInstance.create(":memory:", { autoinstall_known_extensions: "false" });
  const connection = await instance.connect();
  const interrupt = (): void => connection.interrupt();
  signal.addEventListener("abort", interrupt);
  try {
    const reply = await connection.runAndReadAll(sumsSql(folder, kind, spans));
    const rowsOf = Map.groupBy(reply.getRowsJS(), ([name]) => String(name));
    const intensities = await connection.runAndReadAll(intensitiesSql(folder, kind, spans));
    const basesOf = Map.groupBy(intensities.getRowsJS(), ([name, bin]) =>
      JSON.stringify([name, Number(bin)]),
    );
    return [...rowsOf.keys()].sort().map((name) => ({
      scope: { kind, name },
      bins: (rowsOf.get(name) ?? []).map(([, bin, ...numbers]) => {
        const bases = gramBases(basesOf.get(JSON.stringify([name, Number(bin)])) ?? []);
        return summedBin(spans[Number(bin)], numbers.map(numberOrNull), bases);
      }),
    }));
  } catch (cause) {
    signal.throwIfAborted();
    const [said] = String(cause).split("\n");
    throw new AdaCarbonError("store-unavailable", `DuckDB cannot read the tables of ${folder}: ${said}`, {
      cause,
    });
  } finally {
    signal.removeEventListener("abort", interrupt);
    connection.closeSync();
    instance.closeSync();
  }
}

const INTENSITY = z.object({ kind: z.enum(INTENSITY_KINDS), source: z.string() });

/** What the grams of a bin count, from its rows of {@link intensitiesSql}. */
function gramBases(rows: readonly (readonly unknown[])[]): GramBases {
  const bases = new Set<string>();
  let hoursOfUnknownBasis = 0;
  for (const [, , kind, source, basis, hoursWithGrams] of rows) {
    const { data } = INTENSITY.safeParse({ kind, source });
    const known = data && basisOfStored({ ...data, ...(typeof basis === "string" ? { basis } : {}) });
    if (known === undefined) hoursOfUnknownBasis += Number(hoursWithGrams);
    else for (const each of splitBases(known)) bases.add(each);
  }
  return { bases: [...bases], hoursOfUnknownBasis };
}

function summedBin(
  span: BinSpan | undefined,
  numbers: readonly (number | null)[],
  bases: GramBases,
): SummedBin {
  if (span === undefined) throw new Error("a row is of no bin");
  const [known = 0, withoutCarbon = 0, provisional = 0, covered = 0] = numbers.slice(QUANTITIES.length);
  const hours = (span.to - span.from) / HOUR_MS;
  const sums = {
    ...bases,
    ...eachQuantity((name) => numbers[QUANTITIES.indexOf(name)] ?? null),
    hours,
    hoursMissing: hours - (known ?? 0),
    hoursWithoutCarbon: withoutCarbon ?? 0,
    hoursProvisional: provisional ?? 0,
    coverage: (covered ?? 0) / hours,
  };
  return new SummedBin(span, withoutMixedGrams(sums));
}

function numberOrNull(value: unknown): number | null {
  return value === null || value === undefined ? null : Number(value);
}

const BUSY = PARQUET_NAMES.busyCpuSeconds;
const CARBON = PARQUET_NAMES.busyGco2eq;
const IDLE_CARBON = PARQUET_NAMES.idleGco2eq;

/**
 * A row for every name and bin: the six sums, then how many hours are known, without carbon and provisional, and how
 * much of them is covered. An hour in which `ada` has numbers and a scope that only has rows when it is used has none
 * counts as zeros, covered as well as `ada`.
 */
function sumsSql(folder: string, kind: ScopeKind, spans: readonly BinSpan[]): string {
  const sums = QUANTITIES.map((name) => `fsum("${PARQUET_NAMES[name]}") AS "${name}"`);
  const orIdle = QUANTITIES.map(
    (name) => `coalesce("${name}", CASE WHEN idle.hours > coalesce(used, 0) THEN 0 END)`,
  );
  return `WITH ${binsSql(spans)},
    ada AS (SELECT epoch_ms(timestamp) AS hour, coalesce(coverage, 1) AS coverage FROM ${tables(folder, "ada")}
      WHERE "${BUSY}" IS NOT NULL AND ${isSparse(kind)}),
    hours AS (SELECT bin, hour, ada.coverage AS idle_coverage
      FROM (SELECT bin, unnest(generate_series(first, "end" - 1, ${HOUR_MS})) AS hour FROM bins) LEFT JOIN ada USING (hour)),
    idle AS (SELECT bin, count(idle_coverage) AS hours, coalesce(sum(idle_coverage), 0) AS covered FROM hours GROUP BY bin),
    found AS (SELECT name, bin, ${sums.join(", ")}, count("${BUSY}") AS known,
        count("${BUSY}") - count("${CARBON}") AS without_carbon,
        count(*) FILTER (NOT intensity_settled AND "${CARBON}" IS NOT NULL) AS provisional,
        coalesce(sum(coalesce(coverage, 1)) FILTER ("${BUSY}" IS NOT NULL), 0) AS covered,
        count(idle_coverage) AS used, coalesce(sum(idle_coverage), 0) AS used_coverage
      FROM ${tables(folder, kind)} JOIN hours ON epoch_ms(timestamp) = hour GROUP BY name, bin)
    SELECT name, bin, ${orIdle.join(", ")},
      (coalesce(known, 0) + idle.hours - coalesce(used, 0))::DOUBLE, coalesce(without_carbon, 0)::DOUBLE,
      coalesce(provisional, 0)::DOUBLE, coalesce(found.covered, 0) + idle.covered - coalesce(used_coverage, 0)
    FROM (SELECT DISTINCT name FROM found) CROSS JOIN idle LEFT JOIN found USING (name, bin)
    ORDER BY name, bin`;
}

/** By name, bin and intensity: how many hours have grams. */
function intensitiesSql(folder: string, kind: ScopeKind, spans: readonly BinSpan[]): string {
  return `WITH ${binsSql(spans)}
    SELECT name, bin, intensity_kind, intensity_source, intensity_basis,
      (count(*) FILTER ("${CARBON}" + "${IDLE_CARBON}" > 0))::DOUBLE
    FROM ${tables(folder, kind)} JOIN bins ON epoch_ms(timestamp) >= first AND epoch_ms(timestamp) < "end"
    GROUP BY ALL ORDER BY ALL`;
}

function binsSql(spans: readonly BinSpan[]): string {
  const bins = spans.map(({ from, to }, bin) => `(${bin}, ${Math.ceil(from / HOUR_MS) * HOUR_MS}, ${to})`);
  return `bins (bin, first, "end") AS (VALUES ${bins.join(", ")})`;
}

/** All tables of a kind. In a path, DuckDB takes `*`, `?` and `[` for patterns. */
function tables(folder: string, kind: ScopeKind): string {
  const path = `${folder.replaceAll(/[*?[]/g, "[$&]")}/hours/kind=${kind}/month=*/hours*.parquet`;
  return `read_parquet('${path.replaceAll("'", "''")}', union_by_name = true)`;
}
