import { isDeepStrictEqual } from "node:util";
import * as z from "zod";
import { basisOfStored, splitBases } from "../intensity/basis-of-source.js";
import type { GramBases } from "../intensity/gram-bases.js";
import { isSparse } from "../reports/idle-hours.js";
import { joinedBin } from "../reports/joined-bin.js";
import type { KindRollup, ScopeBins } from "../reports/rollup-kind.js";
import { columnsOfKind } from "../stores/files/tables/columns.js";
import { aboutIntensity } from "../stores/kit/intensity-document.js";
import { howToInstall } from "../stores/kit/peers.js";
import { PARQUET_NAMES } from "../timeseries/parquet/columns.js";
import type { Bin, Sums } from "../timeseries/rollup/bin.js";
import { type BinSpan, binTable } from "../timeseries/rollup/bin-table.js";
import { INCOMPLETE } from "../timeseries/rollup/tally.js";
import { AdaCarbonError, badInput } from "../usage/errors.js";
import { HOUR_MS } from "../usage/hour.js";
import { INTENSITY_KINDS } from "../usage/provenance.js";
import type { ScopeKind } from "../usage/scope.js";
import { eachQuantity, QUANTITIES } from "../usage/series.js";

// DuckDB (MIT, typed, of the DuckDB Foundation) adds up the tables of a folder where they lie, on all processors and
// without making rows of them in JavaScript. Nothing else here needs it, so whoever wants it installs it.

/**
 * What `rollupKind` gives, by DuckDB from the tables of a folder. Nobody should write to the folder meanwhile. `progress`
 * is told now and then, while it goes on, how many of the hours have been added up.
 */
export async function rollupByDuckdb(
  folder: string,
  { kind, interval, by, zone }: KindRollup,
  signal: AbortSignal,
  progress: (hoursDone: number) => void = () => {},
): Promise<ScopeBins[]> {
  const { DuckDBInstance } = await import("@duckdb/node-api").catch((cause: unknown) => {
    const todo = `${howToInstall("@duckdb/node-api")}; or leave --engine out`;
    throw badInput(`cannot load DuckDB; ${todo}`, cause);
  });
  const { bins: spans } = binTable(interval, by, { zone });
  // Otherwise DuckDB would download an extension that a query needs and that is not installed.
  const instance = await DuckDBInstance.create(":memory:", { autoinstall_known_extensions: "false" });
  const connection = await instance.connect();
  const interrupt = (): void => connection.interrupt();
  signal.addEventListener("abort", interrupt);
  const hours = (interval.to - interval.from) / HOUR_MS;
  const looks = setInterval(() => {
    // Not known before it has begun.
    const percentage = Math.max(0, connection.progress.percentage);
    progress(Math.floor((hours * percentage) / 100));
  }, LOOK_EVERY_MS);
  const rowsOf = async (select: string): Promise<unknown> =>
    (await connection.runAndReadAll(`WITH ${hoursSql(folder, kind, spans)} ${select}`)).getRowObjectsJS();
  try {
    // DuckDB counts only for who would draw a bar, and would draw its own.
    await connection.run("SET enable_progress_bar = true; SET enable_progress_bar_print = false");
    const idleRows = z.array(idleSchema).parse(await rowsOf(IDLE_SQL));
    const partRows = z.array(partSchema).parse(await rowsOf(partsSql(tables(folder, kind))));
    const idle = Map.groupBy(idleRows, ({ bin }) => bin);
    const found = Map.groupBy(partRows, ({ name }) => name);
    return [...found.keys()].sort().map((name) => {
      const partsOf = Map.groupBy(found.get(name) ?? [], ({ bin }) => bin);
      const bins = spans.map((span, bin) => binOf(span, partsOf.get(bin) ?? [], idle.get(bin) ?? []));
      return { scope: { kind, name }, bins };
    });
  } catch (cause) {
    signal.throwIfAborted();
    const [said] = String(cause).split("\n");
    throw new AdaCarbonError("store-unavailable", `DuckDB cannot read the tables of ${folder}: ${said}`, {
      cause,
    });
  } finally {
    clearInterval(looks);
    signal.removeEventListener("abort", interrupt);
    connection.closeSync();
    instance.closeSync();
  }
}

const LOOK_EVERY_MS = 1000;

const ledgerSchema = z
  .object({ kind: z.enum(INTENSITY_KINDS), source: z.string(), basis: z.string().nullable() })
  .nullable();
type Ledger = z.infer<typeof ledgerSchema>;

/** Hours of a bin in which `ada` has numbers, and the contract that they are under. */
const idleSchema = z.object({
  bin: z.number(),
  market: ledgerSchema,
  hours: z.number(),
  covered: z.number(),
  incomplete: z.number(),
});
type IdleHours = z.infer<typeof idleSchema>;

const sum = z.number().nullable();

/** Rows of a name and a bin of which the same is known: by which intensities they are, and `ada` in their hours. */
const partSchema = z.object({
  name: z.string(),
  bin: z.number(),
  intensity: ledgerSchema,
  market: ledgerSchema,
  adaMarket: ledgerSchema,
  ...eachQuantity(() => sum),
  busyMarket: sum,
  idleMarket: sum,
  hours: z.number(),
  known: z.number(),
  withoutCarbon: z.number(),
  withoutMarket: z.number(),
  provisional: z.number(),
  covered: z.number(),
  withGrams: z.number(),
  withMarketGrams: z.number(),
  adaHours: z.number(),
  adaCovered: z.number(),
  incomplete: z.number(),
  adaIncomplete: z.number(),
});
type Part = z.infer<typeof partSchema>;

/**
 * An hour in which `ada` has numbers and a scope that only has rows when it is used has none counts as zeros, covered as
 * well as `ada`. What is neither is missing.
 */
function binOf(span: BinSpan, parts: readonly Part[], ada: readonly IdleHours[]): Bin {
  const known = [...parts.map(sumsOfPart), ...ada.flatMap((hours) => idleSums(hours, parts))];
  const hours = known.reduce((left, sums) => left - sums.hours, (span.to - span.from) / HOUR_MS);
  return joinedBin(span, [
    ...known,
    { ...sumsOver(hours, 0), ...eachQuantity(() => null), hoursMissing: hours },
  ]);
}

function sumsOfPart(part: Part): Sums {
  const { hours, known, covered, market } = part;
  return {
    ...sumsOver(hours, covered),
    ...eachQuantity((name) => part[name]),
    ...basesOf(part.intensity, part.withGrams),
    hoursMissing: hours - known,
    hoursIncomplete: part.incomplete,
    hoursWithoutCarbon: part.withoutCarbon,
    hoursProvisional: part.provisional,
    market:
      market === null
        ? undefined
        : {
            busyGco2eq: part.busyMarket,
            idleGco2eq: part.idleMarket,
            hoursWithoutCarbon: part.withoutMarket,
            ...basesOf(market, part.withMarketGrams),
          },
  };
}

/** The sums of hours under one contract in which the scope has no row. */
function idleSums({ market, hours, covered, incomplete }: IdleHours, parts: readonly Part[]): Sums[] {
  const used = parts.filter(({ adaMarket }) => isDeepStrictEqual(adaMarket, market));
  const idleHours = used.reduce((rest, part) => rest - part.adaHours, hours);
  const idleCovered = used.reduce((rest, part) => rest - part.adaCovered, covered);
  const hoursIncomplete = used.reduce((rest, part) => rest - part.adaIncomplete, incomplete);
  if (idleHours === 0) return [];
  const bought = { busyGco2eq: 0, idleGco2eq: 0, hoursWithoutCarbon: 0, ...basesOf(market, 0) };
  return [
    { ...sumsOver(idleHours, idleCovered), hoursIncomplete, market: market === null ? undefined : bought },
  ];
}

/** Sums over hours in which nothing was used. */
function sumsOver(hours: number, covered: number): Sums {
  return {
    ...eachQuantity(() => 0),
    ...basesOf(null, 0),
    hours,
    hoursMissing: 0,
    hoursIncomplete: 0,
    hoursWithoutCarbon: 0,
    hoursProvisional: 0,
    coverage: hours === 0 ? 0 : covered / hours,
  };
}

function basesOf(ledger: Ledger, hoursWithGrams: number): GramBases {
  const known =
    ledger &&
    basisOfStored({ kind: ledger.kind, source: ledger.source, ...aboutIntensity(ledger.basis, null) });
  if (known == null) return { bases: [], hoursOfUnknownBasis: hoursWithGrams };
  return { bases: splitBases(known), hoursOfUnknownBasis: 0 };
}

const BUSY = PARQUET_NAMES.busyCpuSeconds;
const KWH = PARQUET_NAMES.busyKwh;
const CARBON = PARQUET_NAMES.busyGco2eq;
const IDLE_CARBON = PARQUET_NAMES.idleGco2eq;
const MARKET = "market_busy_usage_gCO2eq";
const IDLE_MARKET = "market_idle_usage_gCO2eq";

/** What a row says of its market-based intensity, as a value; null where it says nothing. */
const LEDGER_OF_MARKET = `from_json(market_intensity, '{"kind":"VARCHAR","source":"VARCHAR","basis":"VARCHAR"}')`;
const LEDGER_OF_GRID = `CASE WHEN intensity_kind IS NOT NULL THEN
  {kind: intensity_kind, source: coalesce(intensity_source, ''), basis: intensity_basis} END`;

/** Every hour of the bins, with what `ada` has in it where the kind has rows only when it is used. */
function hoursSql(folder: string, kind: ScopeKind, spans: readonly BinSpan[]): string {
  const bins = spans.map(({ from, to }, bin) => `(${bin}, ${Math.ceil(from / HOUR_MS) * HOUR_MS}, ${to})`);
  return `bins (bin, first, "end") AS (VALUES ${bins.join(", ")}),
    ada AS (SELECT epoch_ms(timestamp) AS hour, coalesce(coverage, 1) AS ada_coverage, status AS ada_status, ${LEDGER_OF_MARKET} AS ada_market
      FROM ${tables(folder, "ada")} WHERE "${BUSY}" IS NOT NULL AND ${isSparse(kind)}),
    hours AS (FROM (SELECT bin, unnest(generate_series(first, "end" - 1, ${HOUR_MS})) AS hour FROM bins)
      LEFT JOIN ada USING (hour))`;
}

const IDLE_SQL = `SELECT bin, ada_market AS market, count(*)::DOUBLE AS hours, sum(ada_coverage) AS covered,
    (count(*) FILTER (ada_status = '${INCOMPLETE}'))::DOUBLE AS incomplete
  FROM hours WHERE ada_coverage IS NOT NULL GROUP BY ALL`;

function partsSql(rows: string): string {
  const sums = QUANTITIES.map((name) => `fsum("${PARQUET_NAMES[name]}") AS "${name}"`);
  const counts = {
    hours: "count(*)",
    known: `count("${BUSY}")`,
    withoutCarbon: `count("${BUSY}") - count("${CARBON}")`,
    withoutMarket: `count("${KWH}") - count("${MARKET}")`,
    provisional: `count(*) FILTER (NOT intensity_settled AND "${CARBON}" IS NOT NULL)`,
    covered: `coalesce(sum(coalesce(coverage, 1)) FILTER ("${BUSY}" IS NOT NULL), 0)`,
    withGrams: `count(*) FILTER ("${CARBON}" + "${IDLE_CARBON}" > 0)`,
    withMarketGrams: `count(*) FILTER ("${MARKET}" + "${IDLE_MARKET}" > 0)`,
    adaHours: "count(ada_coverage)",
    adaCovered: "coalesce(sum(ada_coverage), 0)",
    incomplete: `count(*) FILTER (status = '${INCOMPLETE}')`,
    adaIncomplete: `count(*) FILTER (ada_status = '${INCOMPLETE}')`,
  };
  return `SELECT name, bin, ${LEDGER_OF_GRID} AS intensity, ${LEDGER_OF_MARKET} AS market, ada_market AS "adaMarket",
      ${sums.join(", ")}, fsum("${MARKET}") AS "busyMarket", fsum("${IDLE_MARKET}") AS "idleMarket",
      ${Object.entries(counts)
        .map(([name, count]) => `(${count})::DOUBLE AS "${name}"`)
        .join(", ")}
    FROM ${rows} JOIN hours ON epoch_ms(timestamp) = hour GROUP BY ALL`;
}

/**
 * All tables of a kind; null in columns that an older version did not write. In a path, DuckDB takes `*`, `?` and `[` for
 * patterns.
 */
function tables(folder: string, kind: ScopeKind): string {
  const path = `${folder.replaceAll(/[*?[]/g, "[$&]")}/hours/kind=${kind}/month=*/hours*.parquet`;
  const later = columnsOfKind(kind).flatMap(({ name, type, later }) =>
    later ? `NULL::${type === "text" ? "VARCHAR" : "DOUBLE"} AS "${name}"` : [],
  );
  return `(FROM read_parquet('${path.replaceAll("'", "''")}', union_by_name = true)
    UNION ALL BY NAME SELECT ${later.join(", ")} WHERE false)`;
}
