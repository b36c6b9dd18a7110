import { withoutByteOrderMark } from "../../codecs/byte-order-mark.js";
import { textRecords } from "../../codecs/records.js";
import { badInput } from "../../usage/errors.js";

/** What stands above the rows of a file: who says it, by which basis, and what its licence asks for. */
export interface FileHead {
  readonly basis?: string | undefined;
  readonly name?: string | undefined;
  readonly licence?: string | undefined;
}

/** One row: its fields by column, and where it stands. */
export interface FileRow {
  readonly fields: Readonly<Record<string, string>>;
  readonly where: string;
}

const HEAD_NAMES = ["basis", "name", "licence"] as const;
const isHeadName = (name: string): boolean => HEAD_NAMES.some((known) => known === name);

/** Takes a text apart: CSV under lines such as `# basis: lifecycle production`, or JSON. `bad-input` if it is neither. */
export function readFileText(content: string, where: string): { head: FileHead; rows: FileRow[] } {
  const text = withoutByteOrderMark(content);
  return /^\s*[[{]/.test(text) ? readJson(text, where) : readCsv(text, where);
}

function readCsv(text: string, where: string): { head: FileHead; rows: FileRow[] } {
  const lines = text.split(/\r\n|\n|\r/);
  const isComment = (line: string): boolean => line.startsWith("#");
  const said = new Map<string, string>();
  lines.forEach((line, i) => {
    const [, name, value] = /^#\s*([a-z]+)\s*:\s*(.*?)\s*$/i.exec(line) ?? [];
    if (name === undefined || value === undefined) return;
    const key = name.toLowerCase();
    const before = said.get(key);
    if (isHeadName(key) && before !== undefined && before !== value)
      throw badInput(
        `${where}: line ${i + 1}: a second "${key}", ${JSON.stringify(value)} after ${JSON.stringify(before)}; leave one`,
      );
    said.set(key, value);
  });
  // An empty line in the place of each, so that lines keep their numbers.
  const table = lines.map((line) => (isComment(line) ? "" : line)).join("\n");
  return { head: headOf(Object.fromEntries(said)), rows: rowsOf(table, where) };
}

function readJson(text: string, where: string): { head: FileHead; rows: FileRow[] } {
  if (text.trimStart().startsWith("[")) return { head: {}, rows: rowsOf(text, where) };
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (cause) {
    throw badInput(`${where}: not JSON`, cause);
  }
  const { periods, ...head } = document as Record<string, unknown>;
  if (!Array.isArray(periods))
    throw badInput(`${where}: expected an array of periods, or an object with "periods"`);
  return { head: headOf(head), rows: rowsOf(JSON.stringify(periods), where) };
}

function headOf(said: Readonly<Record<string, unknown>>): FileHead {
  return Object.fromEntries(
    HEAD_NAMES.flatMap((name) => (typeof said[name] === "string" ? [[name, said[name]]] : [])),
  );
}

function rowsOf(text: string, where: string): FileRow[] {
  return textRecords(text, where, "periods").map(({ record, where: place }) => {
    if (typeof record !== "object" || record === null || Array.isArray(record))
      throw badInput(`${place}: expected an object with a time and an intensity`);
    const fields = Object.entries(record).map(([name, value]) => [name, textOf(value)]);
    return { fields: Object.fromEntries(fields), where: place };
  });
}

function textOf(value: unknown): string {
  return value === null || value === undefined ? "" : String(value).trim();
}
