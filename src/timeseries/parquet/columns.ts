import { DataType, Field, Float64, type Schema, TimestampMillisecond, TimeUnit, Utf8 } from "apache-arrow";
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

/** The eight columns in their order, as Arrow fields; not nullable means REQUIRED in the file. */
export const FIELDS: readonly Field[] = [
  new Field(TIMESTAMP, new TimestampMillisecond("UTC"), false),
  ...QUANTITIES.map((name) => new Field(PARQUET_NAMES[name], new Float64(), true)),
  new Field(STATUS, new Utf8(), false),
];

/** What is wrong with the columns of a file, or `undefined` if they are exactly the eight. */
export function columnFault(schema: Schema): string | undefined {
  const expected = FIELDS.map((field) => field.name);
  const found = schema.fields.map((field) => field.name);
  if (found.join("\n") !== expected.join("\n")) {
    return `its columns are ${found.join(", ") || "none"}; they must be ${expected.join(", ")}`;
  }
  for (const field of schema.fields) {
    if (!hasRightType(field)) return `its column ${field.name} is ${field.type}; it must be ${wanted(field)}`;
    const required = field.name === TIMESTAMP || field.name === STATUS;
    if (required && field.nullable) return `its column ${field.name} is optional; it must be required`;
  }
  return undefined;
}

function hasRightType({ name, type }: Field): boolean {
  if (name === TIMESTAMP) {
    return DataType.isTimestamp(type) && type.unit === TimeUnit.MILLISECOND && Boolean(type.timezone);
  }
  // LargeUtf8 is how some writers hint that they held the same STRING column in memory.
  if (name === STATUS) return DataType.isUtf8(type) || DataType.isLargeUtf8(type);
  return DataType.isFloat(type) && type.ArrayType === Float64Array;
}

function wanted({ name }: Field): string {
  if (name === TIMESTAMP) return "a TIMESTAMP in milliseconds, adjusted to UTC";
  return name === STATUS ? "a STRING" : "a DOUBLE";
}
