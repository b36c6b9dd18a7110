import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import {
  type DataType,
  Dictionary,
  Field,
  Float32,
  Float64,
  Int8,
  Int32,
  Int64,
  LargeUtf8,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  Table,
  TimestampMicrosecond,
  TimestampMillisecond,
  TimestampNanosecond,
  tableToIPC,
  Utf8,
  vectorFromArray,
} from "apache-arrow";
import { Compression, Table as WasmTable, WriterPropertiesBuilder, writeParquet } from "parquet-wasm";
import { describe, expect, it } from "vitest";
import { isAdaCarbonError } from "../../usage/errors.js";
import { type FinishedHour, HOUR_MS } from "../../usage/hour.js";
import { emptySeries, type UsageSeries } from "../../usage/series.js";
import { decodeUsage, encodeUsage } from "./index.js";
import { METADATA_KEY } from "./own-metadata.js";

const START = Date.UTC(2025, 8, 10);
const SCOPE = { kind: "project", name: "IDAaaS" } as const;
const WHERE = "/data/usage/project/IDAaaS.parquet";

function ours(count: number): UsageSeries {
  const hours = Array.from({ length: count }, (_, i) => (START + i * HOUR_MS) as FinishedHour);
  const series = emptySeries(SCOPE, hours, { library: "0.1.0", model: "m", intensity: null });
  hours.forEach((_, i) => {
    series.busyCpuSeconds[i] = Math.sqrt(i + 1);
    series.idleCpuSeconds[i] = Math.sqrt(i + 2);
    series.busyKwh[i] = Math.sqrt(i + 3);
    series.idleKwh[i] = Math.sqrt(i + 4);
    series.status[i] = "unprocessed";
    series.coverage[i] = 1 / (i + 1);
  });
  return series;
}

/** What decoding refuses with; a refusal of any other kind, or none, fails the test. */
function refusal(bytes: Uint8Array): string {
  try {
    decodeUsage(bytes, { where: WHERE, assumeScope: SCOPE });
  } catch (error) {
    if (!isAdaCarbonError(error, "store-corrupt")) throw error;
    expect(error.message).toContain(WHERE);
    expect(error.message).not.toContain("\n");
    return error.message;
  }
  throw new Error("it was read as if nothing were wrong");
}

interface Column {
  readonly name: string;
  readonly type: DataType;
  readonly nullable: boolean;
  readonly values: readonly unknown[];
}

const double = (name: string, ...values: (number | null)[]): Column => ({
  name,
  type: new Float64(),
  nullable: true,
  values,
});

/** The eight columns as another tool might write them, two hours of 200 g/kWh. */
function columns(): Column[] {
  return [
    {
      name: "timestamp",
      type: new TimestampMillisecond("UTC"),
      nullable: false,
      values: [START, START + HOUR_MS],
    },
    double("busy_usage_cpu_seconds_total", 18_000, null),
    double("idle_usage_cpu_seconds_total", 54_000, null),
    double("busy_usage_kwh", 0.06, null),
    double("idle_usage_kwh", 0.015, null),
    double("busy_usage_gCO2eq", 12, null),
    double("idle_usage_gCO2eq", 3, null),
    { name: "status", type: new Utf8(), nullable: false, values: ["processed", "not downloaded"] },
  ];
}

/** Columns with one of them replaced. */
function withColumn(name: string, change: Partial<Column>): Column[] {
  return columns().map((column) => (column.name === name ? { ...column, ...change } : column));
}

function write(all: readonly Column[], metadata?: string): Uint8Array {
  const fields = all.map(({ name, type, nullable }) => new Field(name, type, nullable));
  const children = all.map(({ type, values }) => vectorFromArray([...values], type).data[0]);
  const schema = new Schema(fields);
  const struct = makeData({
    type: new Struct(fields),
    length: all[0]?.values.length ?? 0,
    nullCount: 0,
    children: children.filter((child) => child !== undefined),
  });
  const entries: [string, string][] = metadata === undefined ? [] : [[METADATA_KEY, metadata]];
  const properties = new WriterPropertiesBuilder()
    .setCompression(Compression.SNAPPY)
    .setKeyValueMetadata(new Map(entries))
    .build();
  const table = new Table(schema, [new RecordBatch(schema, struct)]);
  return writeParquet(WasmTable.fromIPCStream(tableToIPC(table, "stream")), properties);
}

describe("a file of another tool", () => {
  it("is read if it has the eight columns; what it cannot say is unknown", () => {
    const series = decodeUsage(write(columns()), { where: WHERE, assumeScope: SCOPE });
    expect(series).toMatchObject({ scope: SCOPE, hours: [START, START + HOUR_MS] });
    expect([...series.gco2eqPerKwh]).toEqual([200, Number.NaN]);
    expect([...series.coverage]).toEqual([Number.NaN, Number.NaN]);
    expect(series.busyKwh).toEqual(Float64Array.of(0.06, Number.NaN));
    expect(series.provenance[0]).toEqual({ library: "unknown", model: null, intensity: null });
  });

  it.each<[string, Column[]]>([
    ["a column more", [...columns(), double("extra", 1, 2)]],
    ["another order", columns().reverse()],
    ["microseconds", withColumn("timestamp", { type: new TimestampMicrosecond("UTC") })],
    ["nanoseconds without a zone", withColumn("timestamp", { type: new TimestampNanosecond() })],
    ["an optional timestamp", withColumn("timestamp", { nullable: true })],
    ["an optional status", withColumn("status", { nullable: true })],
    ["long texts", withColumn("status", { type: new LargeUtf8() })],
    ["a dictionary of texts", withColumn("status", { type: new Dictionary(new Utf8(), new Int8()) })],
  ])("is read with %s", (_, other) => {
    const plain = decodeUsage(write(columns()), { where: WHERE, assumeScope: SCOPE });
    expect(decodeUsage(write(other), { where: WHERE, assumeScope: SCOPE })).toEqual(plain);
  });

  it("is read with integers and short floats for numbers", () => {
    const whole = withColumn("busy_usage_kwh", { type: new Int32(), values: [7, null] });
    const short = whole.map((column) =>
      column.name === "idle_usage_kwh" ? { ...column, type: new Float32(), values: [0.5, null] } : column,
    );
    const series = decodeUsage(write(short), { where: WHERE, assumeScope: SCOPE });
    expect([series.busyKwh, series.idleKwh]).toEqual([
      Float64Array.of(7, Number.NaN),
      Float64Array.of(0.5, Number.NaN),
    ]);
  });

  it("may have no rows", () => {
    const bytes = write(columns().map((column) => ({ ...column, values: [] })));
    expect(decodeUsage(bytes, { where: WHERE, assumeScope: SCOPE }).hours).toHaveLength(0);
  });

  it("has to be told whose rows it holds", () => {
    expect(() => decodeUsage(write(columns()), { where: WHERE })).toThrow(/does not say whose rows/);
  });

  it.each<[string, Column[], RegExp]>([
    ["a column too few", columns().slice(0, 7), /it has no column status; its columns are timestamp, busy_/],
    [
      "another spelling",
      withColumn("busy_usage_gCO2eq", { name: "busy_usage_gco2eq" }),
      /it has no column busy_usage_gCO2eq/,
    ],
    [
      "plain integers for time",
      withColumn("timestamp", { type: new Int64(), values: [0n, 3_600_000n] }),
      /timestamp is Int64/,
    ],
    [
      "a number as status",
      withColumn("status", { type: new Float64(), values: [1, 2] }),
      /status is Float64/,
    ],
    [
      "text as a number",
      withColumn("busy_usage_kwh", { type: new Utf8(), values: ["1", "2"] }),
      /busy_usage_kwh is Utf8; it must hold doubles/,
    ],
    ["an unknown status", withColumn("status", { values: ["processed", "done"] }), /unknown status "done"/],
    ["hours in descending order", withColumn("timestamp", { values: [START + HOUR_MS, START] }), /ascending/],
    ["an hour twice", withColumn("timestamp", { values: [START, START] }), /ascending/],
    ["an hour off the grid", withColumn("timestamp", { values: [START, START + 1] }), /grid of UTC hours/],
    ["a negative number", withColumn("busy_usage_kwh", { values: [-1, null] }), /busyKwh is -1/],
    ["an infinite number", withColumn("busy_usage_kwh", { values: [Infinity, null] }), /busyKwh is Infinity/],
    [
      "numbers that contradict the status",
      withColumn("status", { values: ["not downloaded", "not downloaded"] }),
      /status is not downloaded, but/,
    ],
  ])("is refused with %s", (_, wrong, message) => {
    expect(refusal(write(wrong))).toMatch(message);
  });

  it("is read as DuckDB's COPY writes it, with everything optional and in microseconds", async () => {
    const folder = await mkdtemp(join(tmpdir(), "ada-carbon-duckdb-"));
    const duckdb = await (await DuckDBInstance.create()).connect();
    const path = join(folder, "theirs.parquet");
    const names = columns().map((column) => column.name);
    const select = `select timestamptz '2025-09-10 00:00:00+00' as ${names[0]}, ${names.slice(1, 7).map((name) => `1.0::double as "${name}"`)}, 'fake' as status`;
    await duckdb.run(`copy (${select}) to '${path}' (format parquet)`);
    const series = decodeUsage(await readFile(path), { where: path, assumeScope: SCOPE });
    expect(series).toMatchObject({ hours: [START], status: ["fake"], busyKwh: Float64Array.of(1) });
    await rm(folder, { recursive: true });
  });
});

describe("our metadata", () => {
  it("of a newer version is refused", () => {
    const newer = '{"version":9,"scope":{"kind":"project","name":"IDAaaS"}}';
    expect(() => decodeUsage(write(columns(), newer), { where: WHERE })).toThrow(
      expect.objectContaining({
        code: "store-newer",
        message: expect.stringMatching(
          /IDAaaS.parquet is of version 9, .* up to 3; a newer ada-carbon wrote this/,
        ),
      }),
    );
  });

  it("of the first version says whose hours it holds, and no more is read of it", () => {
    const first = '{"version":1,"scope":{"kind":"user","name":"amara"},"coverage":{"values":[1],"rows":[2]}}';
    const series = decodeUsage(write(columns(), first), { where: WHERE });
    expect(series.scope).toEqual({ kind: "user", name: "amara" });
    expect([...series.coverage]).toEqual([Number.NaN, Number.NaN]);
  });

  it("that is not JSON is refused", () => {
    expect(refusal(write(columns(), "{"))).toMatch(/it has "\{" where JSON belongs/);
  });
});

describe("damaged bytes", () => {
  const series = ours(50);
  const bytes = encodeUsage(series);

  it("are refused at every length", () => {
    for (let length = 0; length < bytes.length; length++) refusal(bytes.subarray(0, length));
  });

  it("do not end the process with any one bit flipped", () => {
    let refused = 0;
    for (let position = 0; position < bytes.length; position++) {
      const damaged = bytes.slice();
      damaged[position] = (damaged[position] ?? 0) ^ (1 << (position % 8));
      try {
        decodeUsage(damaged, { where: WHERE });
      } catch (error) {
        if (!isAdaCarbonError(error)) throw error;
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(bytes.length / 10);
  });

  it("do no harm to the next file, whole or of our own writing", () => {
    expect(decodeUsage(encodeUsage(series), { where: WHERE })).toMatchObject({
      hours: series.hours,
      busyKwh: series.busyKwh,
      status: series.status,
    });
  });

  it("that are not Parquet at all are named as that", () => {
    expect(refusal(new TextEncoder().encode("<html>502 Bad Gateway</html>"))).toMatch(
      /not a whole Parquet file/,
    );
    expect(refusal(new Uint8Array())).toMatch(/not a whole Parquet file/);
  });
});
