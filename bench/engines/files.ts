import { mkdir, mkdtemp, open, readFile, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { QUANTITIES, type UsageSeries } from "ada-carbon";
import { fileUsageStore } from "ada-carbon/files";
import {
  Field,
  Float64,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  Table,
  TimestampMillisecond,
  tableFromIPC,
  tableToIPC,
  Utf8,
} from "apache-arrow";
import {
  Compression,
  Encoding,
  readParquet,
  Table as WasmTable,
  type WriterProperties,
  WriterPropertiesBuilder,
  writeParquet,
} from "parquet-wasm";
import { type Contestant, type Engine, storeContestant } from "../contestant.ts";

const newFolder = (): Promise<string> => mkdtemp(join(tmpdir(), "ada-carbon-bench-files-"));

export const engine: Engine = {
  // A third of all: every batch rewrites the tables of its months.
  scopesAtOnce: 82,

  ours: async () =>
    storeContestant("ada-carbon/files", async () => {
      const folder = await newFolder();
      return { store: fileUsageStore(folder), end: () => rm(folder, { recursive: true }) };
    }),

  bare: async () => new Bare(),
};

const FIELDS = [
  new Field("timestamp", new TimestampMillisecond("UTC"), false),
  ...QUANTITIES.map((name) => new Field(name, new Float64(), true)),
  new Field("status", new Utf8(), false),
];

/** Nothing but parquet-wasm: the eight columns, one flushed file a scope, no metadata, no checks. */
class Bare implements Contestant {
  readonly what: string = "bare parquet-wasm";
  #folder = "";

  async begin(): Promise<void> {
    this.#folder = await newFolder();
    for (const kind of new Set(["user", "machine", "project", "ada"])) await mkdir(join(this.#folder, kind));
  }

  async load(batch: readonly UsageSeries[]): Promise<void> {
    await inEights(batch, (series) => this.#put(series, toArrow(series)));
  }

  async finish(): Promise<void> {}

  /** Reads each file, adds the row to its columns, and writes it anew. */
  async append(batch: readonly UsageSeries[]): Promise<void> {
    await inEights(batch, async (series) => {
      const bytes = await readFile(this.#pathOf(series));
      const stored = tableFromIPC(readParquet(bytes).intoIPCStream());
      await this.#put(series, stored.concat(toArrow(series)));
    });
  }

  async #put(series: UsageSeries, table: Table): Promise<void> {
    const bytes = writeParquet(WasmTable.fromIPCStream(tableToIPC(table, "stream")), properties());
    const path = this.#pathOf(series);
    {
      await using file = await open(`${path}.tmp`, "w");
      await file.writeFile(bytes);
      await file.sync();
    }
    await rename(`${path}.tmp`, path);
  }

  #pathOf({ scope }: UsageSeries): string {
    return join(this.#folder, scope.kind, `${scope.name}.parquet`);
  }

  end(): Promise<void> {
    return rm(this.#folder, { recursive: true });
  }
}

async function inEights<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  for (let i = 0; i < items.length; i += 8) await Promise.all(items.slice(i, i + 8).map(work));
}

function properties(): WriterProperties {
  const all = new WriterPropertiesBuilder()
    .setCompression(Compression.ZSTD)
    .setDictionaryEnabled(false)
    .setColumnDictionaryEnabled("status", true)
    .setColumnEncoding("timestamp", Encoding.DELTA_BINARY_PACKED);
  return QUANTITIES.reduce(
    (some, name) => some.setColumnEncoding(name, Encoding.BYTE_STREAM_SPLIT),
    all,
  ).build();
}

function toArrow(series: UsageSeries): Table {
  const length = series.hours.length;
  const times = new BigInt64Array(length);
  for (let i = 0; i < length; i++) times[i] = BigInt(series.hours[i] ?? 0);
  const valueOffsets = new Int32Array(length + 1);
  for (let i = 0; i < length; i++)
    valueOffsets[i + 1] = (valueOffsets[i] ?? 0) + (series.status[i]?.length ?? 0);
  const children = [
    makeData({ type: new TimestampMillisecond("UTC"), length, nullCount: 0, data: times }),
    ...QUANTITIES.map((name) => makeData({ type: new Float64(), length, nullCount: 0, data: series[name] })),
    makeData({
      type: new Utf8(),
      length,
      nullCount: 0,
      valueOffsets,
      data: new TextEncoder().encode(series.status.join("")),
    }),
  ];
  const schema = new Schema([...FIELDS]);
  return new Table(schema, [
    new RecordBatch(schema, makeData({ type: new Struct([...FIELDS]), length, nullCount: 0, children })),
  ]);
}
