import { textRecords } from "../codecs/records.js";
import { badInput } from "../usage/errors.js";

/** A row as texts, its column names in lower case, and where it stands. */
export interface FieldsRow {
  readonly fields: Readonly<Record<string, string>>;
  readonly where: string;
}

/** The rows of a text, CSV or JSON, whatever their columns. */
export function fieldRows(content: string, where: string, what: string): FieldsRow[] {
  return textRecords(content, where, what).map((entry) => {
    const { record } = entry;
    if (typeof record !== "object" || record === null) throw badInput(`${entry.where}: expected an object`);
    const fields = Object.entries(record).map(([name, value]) => [
      name.trim().toLowerCase(),
      value == null ? "" : String(value).trim(),
    ]);
    return { fields: Object.fromEntries(fields), where: entry.where };
  });
}

/** A number of at least 0, or `bad-input`. */
export function amountOf({ fields, where }: FieldsRow, column: string): number {
  const text = fields[column] ?? "";
  const value = text === "" ? Number.NaN : Number(text);
  if (Number.isFinite(value) && value >= 0) return value;
  throw badInput(`${where}: ${column} is ${JSON.stringify(text)}; it must be a number of at least 0`);
}
