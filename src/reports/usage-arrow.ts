import { type DataType, Float64, Table, TimestampMillisecond, Utf8, vectorFromArray } from "apache-arrow";
import { columnsOfRows, USAGE_COLUMNS, type UsageRow } from "./usage-rows.js";

const TYPES: Readonly<Record<"instant" | "text" | "number", () => DataType>> = {
  instant: () => new TimestampMillisecond("UTC"),
  text: () => new Utf8(),
  number: () => new Float64(),
};

/** The rows as a table of Arrow, a column for each member. */
export function arrowTableOf(rows: readonly UsageRow[]): Table {
  const columns = columnsOfRows(rows).map((name) => {
    const values = rows.map(({ [name]: value }) =>
      value instanceof Date ? value.getTime() : (value ?? null),
    );
    return [name, vectorFromArray(values, TYPES[USAGE_COLUMNS[name]]())];
  });
  return new Table(Object.fromEntries(columns));
}
