import { parse } from "csv-parse/browser/esm/sync";
import { AdaCarbonError, isAdaCarbonError } from "../usage/errors.js";
import { parseInstant } from "../usage/hour.js";
import { withoutByteOrderMark } from "./byte-order-mark.js";

// csv-parse reads the CSV: no dependencies, MIT, typed, RFC 4180 with quotes and line breaks in fields.

/** One record of a text, and where it stands in it: `machines.csv: line 3`. */
export interface TextRecord {
  readonly record: unknown;
  readonly where: string;
}

/**
 * The records of a text: CSV with a header line, or a JSON array of objects. A text that is neither is `bad-input`.
 *
 * @param where Names the text in errors, such as a path.
 * @param what What there should be, in the plural, such as `tenures`.
 */
export function textRecords(content: string, where: string, what: string): TextRecord[] {
  const isJson = /^\s*[[{]/.test(content);
  const records = isJson
    ? jsonRecords(withoutByteOrderMark(content), where, what)
    : csvRecords(content, where);
  return records.map((record, i) => ({
    record,
    where: isJson ? `${where}: entry ${i + 1}` : `${where}: line ${i + 2}`,
  }));
}

function jsonRecords(content: string, where: string, what: string): readonly unknown[] {
  let document: unknown;
  try {
    document = JSON.parse(content);
  } catch (cause) {
    throw new AdaCarbonError("bad-input", `${where}: not JSON; expected an array of ${what}`, { cause });
  }
  if (Array.isArray(document)) return document;
  throw new AdaCarbonError("bad-input", `${where}: expected an array of ${what}`);
}

function csvRecords(content: string, where: string): readonly unknown[] {
  try {
    return parse(content, { columns: true, bom: true, skip_empty_lines: true, trim: true });
  } catch (cause) {
    const what = cause instanceof Error ? cause.message : String(cause);
    throw new AdaCarbonError("bad-input", `${where}: not CSV: ${what}`, { cause });
  }
}

/** An instant in a record, UTC milliseconds; `bad-input` that says where it stands. */
export function instantIn(text: string, where: string): number {
  try {
    return parseInstant(text);
  } catch (cause) {
    if (!isAdaCarbonError(cause)) throw cause;
    throw new AdaCarbonError("bad-input", `${where}: ${cause.message}`, { cause });
  }
}
