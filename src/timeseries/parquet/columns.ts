import { QUANTITIES, type Quantity } from "../../usage/series.js";

/** The Parquet column of each quantity; the source document's spelling. */
export const PARQUET_NAMES: Readonly<Record<Quantity, string>> = {
  busyCpuSeconds: "busy_usage_cpu_seconds_total",
  idleCpuSeconds: "idle_usage_cpu_seconds_total",
  busyKwh: "busy_usage_kwh",
  idleKwh: "idle_usage_kwh",
  busyGco2eq: "busy_usage_gCO2eq",
  idleGco2eq: "idle_usage_gCO2eq",
};

export const TIMESTAMP = "timestamp";
export const STATUS = "status";

/** What a column keeps. In memory texts are codes of words, and all others doubles in which NaN is missing. */
export type ColumnType = "double" | "count" | "time" | "flag" | "text";

export interface ParquetColumn {
  readonly name: string;
  readonly type: ColumnType;
  /** Whether every row has a value; `REQUIRED` in the file. */
  readonly required?: boolean;
  /** Whether files of earlier versions may be without it: nothing is known then. */
  readonly later?: boolean;
}

/** Texts as the indices of their words, -1 for none: there are few different ones among many rows. */
export interface TextColumn {
  readonly codes: Int32Array;
  readonly words: readonly string[];
}

/** The values of columns by name, of equal length. */
export type ColumnValues = Readonly<Record<string, Float64Array | TextColumn>>;

export function textColumn(texts: readonly (string | null)[]): TextColumn {
  const codeOf = new Map<string, number>();
  const codes = new Int32Array(texts.length).fill(-1);
  texts.forEach((text, row) => {
    if (text === null) return;
    const code = codeOf.get(text) ?? codeOf.size;
    codeOf.set(text, code);
    codes[row] = code;
  });
  return { codes, words: [...codeOf.keys()] };
}

/** The eight columns of the source document, in their order. */
export const EIGHT_COLUMNS: readonly ParquetColumn[] = [
  { name: TIMESTAMP, type: "time", required: true },
  ...QUANTITIES.map((quantity): ParquetColumn => ({ name: PARQUET_NAMES[quantity], type: "double" })),
  { name: STATUS, type: "text", required: true },
];
