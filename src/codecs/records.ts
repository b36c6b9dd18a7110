import { parse } from "csv-parse/browser/esm/sync";
import { badInput, isAdaCarbonError, messageOf } from "../usage/errors.js";
import { parseInstant } from "../usage/hour.js";
import { shown } from "../usage/shown.js";
import { withoutByteOrderMark } from "./byte-order-mark.js";

// csv-parse reads the CSV: no dependencies, MIT, typed, RFC 4180 with quotes and line breaks in fields.

/** One record of a text, and where it stands in it: `machines.csv: line 3`. */
export interface TextRecord {
  readonly record: unknown;
  readonly where: string;
}

/**
 * The records of a text: CSV with a header line, or a JSON array of objects. A text that is neither, or empty, is
 * `bad-input`.
 *
 * @param where Names the text in errors, such as a path.
 * @param what What there should be, in the plural, such as `tenures`.
 */
export function textRecords(content: string, where: string, what: string): TextRecord[] {
  // A list without entries has a header line, or brackets. Where there is nothing, something went wrong before.
  if (content.trim() === "") throw badInput(`${where}: it has no rows, nor a header; expected ${what}`);
  return /^\s*[[{]/.test(content)
    ? jsonRecords(withoutByteOrderMark(content), where, what)
    : csvRecords(content, where);
}

function jsonRecords(content: string, where: string, what: string): TextRecord[] {
  let document: unknown;
  try {
    document = JSON.parse(content);
  } catch (cause) {
    throw badInput(`${where}: not JSON; expected an array of ${what}`, cause);
  }
  if (Array.isArray(document))
    return document.map((record, i) => ({ record, where: `${where}: entry ${i + 1}` }));
  throw badInput(`${where}: expected an array of ${what}`);
}

function csvRecords(content: string, where: string): TextRecord[] {
  const columns = (header: string[]): string[] => {
    assertHeader(header, where);
    return header;
  };
  try {
    const options = { columns, bom: true, skip_empty_lines: true, trim: true, info: true } as const;
    const records = parse(content, options) as unknown as { info: { lines: number }; record: unknown }[];
    return records.map(({ info, record }) => ({ record, where: `${where}: line ${info.lines}` }));
  } catch (cause) {
    if (isAdaCarbonError(cause)) throw cause;
    const what = messageOf(cause);
    throw badInput(`${where}: not CSV: ${what}`, cause);
  }
}

function assertHeader(header: readonly string[], where: string): void {
  const [, mark] = (header.length === 1 && /([;\t])/.exec(header[0] ?? "")) || [];
  if (mark !== undefined)
    throw badInput(
      `${where}: its fields lie between ${mark === ";" ? "semicolons" : "tabs"}; put commas there, and points in decimals`,
    );
  const twice = header.find((name, i) => name !== "" && header.indexOf(name) < i);
  if (twice !== undefined)
    throw badInput(`${where}: two columns are called ${JSON.stringify(twice.slice(0, 40))}; leave one`);
}

/**
 * Refuses columns that are not known where one is missing that they may stand for. Where nothing is missing, others are
 * not read.
 *
 * @param names The columns that there are.
 * @param isWhole Whether those are there without which a text means something else.
 */
export function assertColumns(
  names: ReadonlySet<string>,
  known: readonly string[],
  isWhole: boolean,
  where: string,
): void {
  const unknown = [...names].filter((name) => !known.includes(name));
  if (unknown.length === 0 || isWhole) return;
  throw badInput(`${where}: ${shown(unknown.join(", "))}: no such column; there may be ${known.join(", ")}`);
}

/** An instant in a record, UTC milliseconds; `bad-input` that says where it stands. */
export function instantIn(text: string, where: string): number {
  try {
    return parseInstant(text);
  } catch (cause) {
    if (!isAdaCarbonError(cause)) throw cause;
    throw badInput(`${where}: ${cause.message}`, cause);
  }
}
