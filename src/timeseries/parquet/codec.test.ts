import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type FinishedHour, HOUR_MS } from "../../usage/hour.js";
import type { Provenance } from "../../usage/provenance.js";
import { ADA, SCOPE_KINDS, type Scope } from "../../usage/scope.js";
import {
  emptySeries,
  type MutableSeries,
  QUANTITIES,
  type Quantity,
  type UsageSeries,
} from "../../usage/series.js";
import { STATUSES, type Status } from "../../usage/status.js";
import { PARQUET_NAMES } from "./columns.js";
import { derivedIntensities } from "./derive.js";
import { decodeUsage, encodeUsage } from "./index.js";

const IDAAAS: Scope = { kind: "project", name: "IDAaaS" };
const SEPTEMBER = Date.UTC(2025, 8, 10);
const MEASURED: Provenance = {
  library: "0.1.0",
  model: "per-core busy=12W idle=1W",
  intensity: { kind: "actual", source: "gb-carbon-intensity/national", fetchedAt: SEPTEMBER, settled: true },
};

let folder: string;
let duckdb: DuckDBConnection;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ada-carbon-codec-"));
  duckdb = await (await DuckDBInstance.create()).connect();
});
afterAll(() => rm(folder, { recursive: true }));

/** What DuckDB, which shares no code with us, makes of the bytes. */
async function ask(bytes: Uint8Array, query: (file: string) => string): Promise<unknown[][]> {
  const path = join(folder, "asked.parquet");
  await writeFile(path, bytes);
  return (await duckdb.runAndReadAll(query(`'${path}'`))).getRowsJS();
}

function hoursFrom(start: number, count: number): FinishedHour[] {
  return Array.from({ length: count }, (_, i) => (start + i * HOUR_MS) as FinishedHour);
}

/** What is left of a series in a file of eight columns. */
function eightColumnsOf(series: UsageSeries): UsageSeries {
  const unknown = { library: "unknown", model: null, intensity: null };
  return {
    ...series,
    coverage: new Float64Array(series.hours.length).fill(Number.NaN),
    gco2eqPerKwh: derivedIntensities(series),
    provenance: series.hours.map(() => unknown),
  };
}

/** Hours as the main job makes them: energy by the per-core model, a half-gram intensity. */
function processed(scope: Scope, count: number): MutableSeries {
  const series = emptySeries(scope, hoursFrom(SEPTEMBER, count), MEASURED);
  for (let i = 0; i < count; i++) {
    const gco2eqPerKwh = 40 + (i % 400) / 2;
    series.busyCpuSeconds[i] = 18_000 + Math.sin(i) * 10_000;
    series.idleCpuSeconds[i] = 54_000 + Math.cos(i) * 10_000;
    series.busyKwh[i] = ((series.busyCpuSeconds[i] ?? 0) * 12) / 3.6e6;
    series.idleKwh[i] = (series.idleCpuSeconds[i] ?? 0) / 3.6e6;
    series.busyGco2eq[i] = (series.busyKwh[i] ?? 0) * gco2eqPerKwh;
    series.idleGco2eq[i] = (series.idleKwh[i] ?? 0) * gco2eqPerKwh;
    series.gco2eqPerKwh[i] = gco2eqPerKwh;
    series.coverage[i] = 1;
    series.status[i] = "processed";
  }
  return series;
}

describe("the file, as DuckDB sees it", () => {
  it("has exactly the eight columns, their types, and required or optional as asked", async () => {
    const rows = await ask(
      encodeUsage(processed(IDAAAS, 24)),
      (file) => `select name, type, repetition_type, logical_type from parquet_schema(${file}) offset 1`,
    );
    const utc = expect.stringMatching(
      /^TimestampType\(isAdjustedToUTC=1, unit=TimeUnit\(MILLIS=MilliSeconds/,
    );
    expect(rows).toEqual([
      ["timestamp", "INT64", "REQUIRED", utc],
      ["busy_usage_cpu_seconds_total", "DOUBLE", "OPTIONAL", null],
      ["idle_usage_cpu_seconds_total", "DOUBLE", "OPTIONAL", null],
      ["busy_usage_kwh", "DOUBLE", "OPTIONAL", null],
      ["idle_usage_kwh", "DOUBLE", "OPTIONAL", null],
      ["busy_usage_gCO2eq", "DOUBLE", "OPTIONAL", null],
      ["idle_usage_gCO2eq", "DOUBLE", "OPTIONAL", null],
      ["status", "BYTE_ARRAY", "REQUIRED", "StringType()"],
    ]);
  });

  it("is what every reader can read: snappy, plain numbers without dictionaries, row groups of 100,000", async () => {
    const bytes = encodeUsage(processed(IDAAAS, 100_001));
    const rows = await ask(
      bytes,
      (file) =>
        `select row_group_id, row_group_num_rows, path_in_schema, compression, encodings from parquet_metadata(${file})`,
    );
    expect(new Set(rows.map(([group, count]) => `${group}: ${count}`))).toEqual(
      new Set(["0: 100000", "1: 1"]),
    );
    for (const [, , column, compression, encodings] of rows) {
      expect(compression).toBe("SNAPPY");
      expect(encodings).not.toMatch(/DELTA|BYTE_STREAM_SPLIT/);
      if (column !== "status") {
        expect(encodings).toContain("PLAIN");
        expect(encodings).not.toContain("DICTIONARY");
      }
    }
    expect(decodeUsage(bytes, { where: "file" })).toEqual(eightColumnsOf(processed(IDAAAS, 100_001)));
  });

  it("has the values to the last bit, and NULL, never NaN, where a number is missing", async () => {
    const series = processed(IDAAAS, 30);
    clear(series, 3, "not downloaded", QUANTITIES);
    clear(series, 17, "unprocessed", ["busyGco2eq", "idleGco2eq"]);
    series.busyCpuSeconds[5] = 0;
    const columns = QUANTITIES.map((name) => PARQUET_NAMES[name]);
    const rows = await ask(
      encodeUsage(series),
      (file) => `select epoch_ms(timestamp), ${columns.join(", ")}, status from ${file}`,
    );
    expect(rows).toEqual(
      series.hours.map((hour, i) => [
        BigInt(hour),
        ...QUANTITIES.map((name) => (Number.isNaN(series[name][i]) ? null : series[name][i])),
        series.status[i],
      ]),
    );
  });

  it("says whose hours it holds in one metadata entry", async () => {
    const bytes = encodeUsage(processed(IDAAAS, 8760));
    const rows = await ask(bytes, (file) => `select key, value from parquet_kv_metadata(${file})`);
    const entries = new Map(rows.map(([key, value]) => [String(key), String(value)]));
    expect([...entries.keys()].sort()).toEqual(["ARROW:schema", "ada-carbon"]);
    expect(entries.get("ada-carbon")).toBe('{"version":3,"scope":{"kind":"project","name":"IDAaaS"}}');
  });
});

function clear(series: MutableSeries, row: number, status: Status, names: readonly Quantity[]): void {
  for (const name of names) series[name][row] = Number.NaN;
  series.status[row] = status;
}

const amount = fc.double({ min: 0, max: 1e12, noNaN: true }).map((value) => value + 0);
const maybe = fc.oneof(amount, fc.constant(Number.NaN));
const CARBON: readonly Quantity[] = ["busyGco2eq", "idleGco2eq"];

const anyName = fc.constantFrom("IDAaaS", "Artemis (Matlab)", 'é"\\');
const share = fc.double({ min: 0, max: 1, noNaN: true }).map((value) => value + 0);
const anyHost = fc.record({
  project: anyName,
  machine: fc.option(anyName),
  user: fc.option(anyName),
  expectedCpuSeconds: amount,
  up: fc.option(fc.record({ from: fc.nat(), to: fc.nat() })),
  by: fc.constantFrom("labels", "tenures of a.csv"),
  owners: fc.array(
    fc.record({
      project: anyName,
      machine: anyName,
      user: anyName,
      group: anyName,
      experiment: anyName,
      busyShare: share,
      idleShare: share,
    }),
    { maxLength: 3 },
  ),
});

/** Any hour that a store may be given. */
const anyRow = fc
  .record({
    status: fc.constantFrom(...STATUSES),
    numbers: fc.tuple(amount, amount, amount, amount, amount, amount),
    withoutCarbon: fc.boolean(),
    gco2eqPerKwh: fc.oneof(maybe, fc.integer({ min: 0, max: 500 })),
    coverage: fc.oneof(fc.constant(1), fc.constant(Number.NaN), fc.double({ min: 0, max: 1, noNaN: true })),
    host: fc.option(anyHost, { nil: undefined }),
    measurement: fc.record(
      {
        spread: fc.double({ min: Number.MIN_VALUE, max: 1, noNaN: true }),
        unsettled: fc.constant(true as const),
        scrapes: fc.integer({ min: 0, max: 1e6 }),
      },
      { requiredKeys: [] },
    ),
    provenance: fc.record({
      library: fc.constantFrom("0.1.0", "0.2.0"),
      model: fc.option(fc.constantFrom("per-core", 'odd "model" \\ é 🙂')),
      intensity: fc.option(
        fc.record({
          kind: fc.constantFrom("actual" as const, "forecast" as const, "fallback" as const),
          source: fc.string({ unit: "binary" }),
          fetchedAt: fc.option(fc.integer({ min: 0, max: 2e12 })),
          settled: fc.boolean(),
        }),
      ),
    }),
  })
  .map((row) => {
    const missing: readonly Quantity[] =
      row.status === "not downloaded"
        ? QUANTITIES
        : row.status === "unprocessed" || (row.status === "download incomplete" && row.withoutCarbon)
          ? CARBON
          : [];
    return { ...row, missing };
  });

const anySeries = fc
  .record({
    kind: fc.constantFrom(...SCOPE_KINDS),
    name: fc.string({ minLength: 1, unit: "binary" }),
    rows: fc.array(fc.tuple(fc.integer({ min: 1, max: 1000 }), anyRow), { maxLength: 40 }),
  })
  .map(({ kind, name, rows }) => {
    let hour = SEPTEMBER;
    const hours = rows.map(([gap]) => {
      hour += gap * HOUR_MS;
      return hour as FinishedHour;
    });
    const series = emptySeries(kind === "ada" ? ADA : { kind, name }, hours, MEASURED);
    rows.forEach(([, row], i) => {
      QUANTITIES.forEach((quantity, k) => {
        series[quantity][i] = row.missing.includes(quantity) ? Number.NaN : (row.numbers[k] ?? Number.NaN);
      });
      series.gco2eqPerKwh[i] = row.gco2eqPerKwh;
      series.coverage[i] = row.coverage;
      series.status[i] = row.status;
      const host = row.host === undefined ? {} : { host: row.host };
      series.provenance[i] = { ...row.provenance, ...row.measurement, ...host };
    });
    return series;
  });

describe("the round trip", () => {
  it("gives back every bit of the eight columns of any series", () => {
    fc.assert(
      fc.property(anySeries, (series) => {
        expect(decodeUsage(encodeUsage(series), { where: "file" })).toEqual(eightColumnsOf(series));
      }),
      { numRuns: 300 },
    );
  });

  it("is a function of the series alone: the same bytes again, also after a round trip", () => {
    fc.assert(
      fc.property(anySeries, (series) => {
        const bytes = encodeUsage(series);
        expect(Buffer.compare(encodeUsage(series), bytes)).toBe(0);
        expect(Buffer.compare(encodeUsage(decodeUsage(bytes, { where: "file" })), bytes)).toBe(0);
      }),
      { numRuns: 50 },
    );
  });

  it("refuses to write what no store accepts", () => {
    const series = processed(IDAAAS, 5);
    series.busyKwh[1] = Number.POSITIVE_INFINITY;
    expect(() => encodeUsage(series)).toThrow(expect.objectContaining({ code: "bad-input" }));
  });
});
