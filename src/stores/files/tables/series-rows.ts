import type { RecordBatch } from "parquet-wasm";
import type { TextColumn } from "../../../timeseries/parquet/columns.js";
import { eightColumns } from "../../../timeseries/parquet/encode.js";
import { wasmTable } from "../../../timeseries/parquet/to-arrow.js";
import { marketGrams } from "../../../usage/market.js";
import type { ScopeKind } from "../../../usage/scope.js";
import { concatColumns, rowsBetween, type UsageSeries } from "../../../usage/series.js";
import { columnsOfKind } from "./columns.js";
import { provenanceColumns } from "./provenance.js";
import { type KeyedRows, ROWS_PER_GROUP } from "./table-file.js";

/**
 * Rows of a table from series of one kind, sorted by name; several of a scope follow each other in time. They are made a
 * group at a time, when they are asked for: a month of a large cloud is a million rows.
 */
export class SeriesRows implements KeyedRows {
  readonly hours: BigInt64Array;
  readonly #kind: ScopeKind;
  readonly #all: readonly UsageSeries[];
  /** Of each series, the row of its first hour. */
  readonly #starts: readonly number[];
  /** The index of the series of each row. */
  readonly #seriesOf: Uint32Array;
  #group: { readonly index: number; readonly rows: RecordBatch } | undefined;

  constructor(kind: ScopeKind, all: readonly UsageSeries[]) {
    this.#kind = kind;
    this.#all = all;
    let length = 0;
    this.#starts = all.map(({ hours }) => {
      length += hours.length;
      return length - hours.length;
    });
    this.hours = new BigInt64Array(length);
    this.#seriesOf = new Uint32Array(length);
    all.forEach(({ hours }, s) => {
      const start = this.#starts[s] ?? 0;
      this.#seriesOf.fill(s, start, start + hours.length);
      hours.forEach((hour, i) => {
        this.hours[start + i] = BigInt(hour);
      });
    });
  }

  nameAt(row: number): string {
    return this.#all[this.#seriesOf[row] ?? 0]?.scope.name ?? "";
  }

  *slices(from: number, to: number): Generator<RecordBatch, void> {
    for (let first = from; first < to; ) {
      const index = Math.floor(first / ROWS_PER_GROUP);
      const start = index * ROWS_PER_GROUP;
      const end = Math.min(to, start + ROWS_PER_GROUP);
      yield this.#rowsOfGroup(index).slice(first - start, end - first);
      first = end;
    }
  }

  free(): void {
    this.#group?.rows.free();
    this.#group = undefined;
  }

  #rowsOfGroup(index: number): RecordBatch {
    if (this.#group?.index !== index) {
      this.free();
      const first = index * ROWS_PER_GROUP;
      this.#group = { index, rows: this.#rows(first, Math.min(first + ROWS_PER_GROUP, this.hours.length)) };
    }
    return this.#group.rows;
  }

  #rows(first: number, end: number): RecordBatch {
    const firstSeries = this.#seriesOf[first] ?? 0;
    const pieces = this.#all.slice(firstSeries, (this.#seriesOf[end - 1] ?? 0) + 1).map((series, s) => {
      const start = this.#starts[firstSeries + s] ?? 0;
      return rowsBetween(series, Math.max(0, first - start), Math.min(series.hours.length, end - start));
    });
    return rowsOfSeries(this.#kind, pieces);
  }
}

/** Rows that may be none. */
export function rowsOfSeries(kind: ScopeKind, all: readonly UsageSeries[]): RecordBatch {
  const columns = columnsOfKind(kind);
  const rows = {
    hours: all.flatMap(({ hours }) => hours),
    ...concatColumns(all),
    status: all.flatMap(({ status }) => status),
    provenance: all.flatMap(({ provenance }) => provenance),
  };
  const market = marketGrams(rows);
  const values = {
    name: namesOf(all),
    ...eightColumns(rows),
    coverage: rows.coverage,
    intensity_gco2eq_per_kwh: rows.gco2eqPerKwh,
    market_busy_usage_gCO2eq: market.busyGco2eq,
    market_idle_usage_gCO2eq: market.idleGco2eq,
    ...provenanceColumns(columns, rows.provenance),
  };
  const table = wasmTable(columns, values, rows.hours.length);
  const [batch] = table.recordBatches();
  table.free();
  if (batch === undefined) throw new Error("rows were made into nothing");
  return batch;
}

function namesOf(all: readonly UsageSeries[]): TextColumn {
  const codes = new Int32Array(all.reduce((sum, { hours }) => sum + hours.length, 0));
  const words: string[] = [];
  let row = 0;
  for (const { scope, hours } of all) {
    if (words.at(-1) !== scope.name) words.push(scope.name);
    codes.fill(words.length - 1, row, row + hours.length);
    row += hours.length;
  }
  return { codes, words };
}
