import {
  Bool,
  DataType,
  Dictionary,
  Field,
  Float64,
  Int32,
  Int64,
  TimestampMillisecond,
  Utf8,
} from "apache-arrow";
import { PARQUET_NAMES } from "../../../timeseries/parquet/columns.js";
import type { ScopeKind } from "../../../usage/scope.js";
import { QUANTITIES } from "../../../usage/series.js";

/** How a column's values are kept in the file. In memory, numbers of every type are doubles and NaN is missing. */
export type NumberType = "double" | "count" | "time" | "flag";
export type ColumnType = NumberType | "text";

export interface TableColumn {
  readonly name: string;
  readonly type: ColumnType;
  /** Whether a value is there in every row. */
  readonly required?: boolean;
}

/** Rows that are written, and read, at once. Each part of a file of so many rows has dictionaries of its own. */
export const ROWS_PER_GROUP = 131_072;

const EVERY_KIND: readonly TableColumn[] = [
  { name: "name", type: "text", required: true },
  { name: "timestamp", type: "time", required: true },
  ...QUANTITIES.map((quantity): TableColumn => ({ name: PARQUET_NAMES[quantity], type: "double" })),
  { name: "status", type: "text", required: true },
  { name: "coverage", type: "double" },
  { name: "intensity_gco2eq_per_kwh", type: "double" },
  { name: "intensity_kind", type: "text" },
  { name: "intensity_source", type: "text" },
  { name: "intensity_fetched_at", type: "time" },
  { name: "intensity_settled", type: "flag" },
  { name: "model", type: "text" },
  { name: "library", type: "text", required: true },
  { name: "spread", type: "double" },
  { name: "unsettled", type: "flag" },
  { name: "scrapes", type: "count" },
];

/** What only rows of hosts have. `up_from` and `up_to` are UTC milliseconds and may lie between two of them. */
const HOSTS_ONLY: readonly TableColumn[] = [
  { name: "expected_cpu_seconds", type: "double" },
  { name: "up_from", type: "double" },
  { name: "up_to", type: "double" },
  { name: "label_project", type: "text" },
  { name: "label_machine", type: "text" },
  { name: "label_user", type: "text" },
  { name: "attributed_by", type: "text" },
  { name: "notes", type: "text" },
  { name: "owners", type: "text" },
];

/** The columns of a kind's tables, in their order. */
export function columnsOfKind(kind: ScopeKind): readonly TableColumn[] {
  return kind === "host" ? [...EVERY_KIND, ...HOSTS_ONLY] : EVERY_KIND;
}

/** The Arrow fields of columns. Texts are dictionaries: a table of a month has few different ones. */
export function fieldsOf(columns: readonly TableColumn[]): Field[] {
  return columns.map(({ name, type, required }, id) => new Field(name, arrowType(type, id), !required));
}

function arrowType(type: ColumnType, id: number): DataType {
  switch (type) {
    case "double":
      return new Float64();
    case "count":
      return new Int64();
    case "time":
      return new TimestampMillisecond("UTC");
    case "flag":
      return new Bool();
    case "text":
      return new Dictionary(new Utf8(), new Int32(), id);
  }
}

/** Whether a column that was read is of that type. */
export function hasType(found: DataType, type: ColumnType): boolean {
  if (type === "text") return DataType.isDictionary(found) && DataType.isUtf8(found.dictionary);
  return found.toString() === arrowType(type, 0).toString();
}
