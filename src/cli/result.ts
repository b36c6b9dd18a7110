import { type Command, Option } from "commander";
import type { Cell } from "../codecs/csv.js";
import type { Io } from "./io.js";
import type { Printer } from "./printer.js";
import { type Drawn, draw, orDash } from "./render.js";

// What a command prints as a table, as CSV or as JSON: every command's result goes through here.

const FORMATS = ["table", "csv", "json"] as const;
type Format = (typeof FORMATS)[number];

export interface FormatFlags {
  readonly format?: Format;
  readonly json?: true;
}

/** `--format`, and `--json` for short. */
export function addFormatOptions(command: Command): Command {
  return command
    .addOption(new Option("--format <format>", "how it is printed; a table without").choices(FORMATS))
    .addOption(new Option("--json", "short for --format json").conflicts("format"));
}

export function formatOf({ format = "table", json }: FormatFlags): Format {
  return json === true ? "json" : format;
}

/** A column of a table. */
export interface Column<Row> {
  /** What stands over it; without, it is in CSV only. */
  readonly head?: string;
  /** What CSV calls it; without, it is in tables only. */
  readonly name?: string;
  readonly value: (row: Row) => Cell;
  /** The value as people read it; a dash where it is not known. */
  readonly text?: (row: Row) => string;
  readonly align?: "left";
  /** Left out before the others where a terminal is narrow. */
  readonly isExtra?: true;
}

/** A column of numbers, which people see with so many digits, in a unit that is so many times smaller. */
export function numbers<Row>(
  head: string,
  name: string,
  digits: number,
  value: (row: Row) => number | null,
  factor = 1,
): Column<Row> {
  return { head, name, value, text: (row) => orDash(value(row), digits, factor) };
}

/** The same column, left out before the others where a terminal is narrow. */
export function extra<Row>(column: Column<Row>): Column<Row> {
  return { ...column, isExtra: true };
}

/** The same columns over rows that hold what they are about. */
export function columnsOver<Row, Part>(
  columns: readonly Column<Part>[],
  partOf: (row: Row) => Part,
): Column<Row>[] {
  return columns.map(({ text, value, ...column }) => ({
    ...column,
    value: (row) => value(partOf(row)),
    ...(text === undefined ? {} : { text: (row: Row) => text(partOf(row)) }),
  }));
}

export interface Result<Row> {
  readonly title?: string;
  /** Whether it is of a made-up cloud, which the title then says first. */
  readonly isSimulated?: boolean;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  /** Said in the place of a table without rows. */
  readonly empty?: string;
  /** What there is to know beside the table, a line each. */
  readonly facts?: readonly string[];
  /** What the columns mean, and what to try next, a sentence each. */
  readonly legend?: readonly string[];
  /** What JSON has. */
  readonly document: object;
}

export function printResult<Row>(result: Result<Row>, flags: FormatFlags, { stdout }: Io): void {
  const format = formatOf(flags);
  if (format === "json") stdout.json(result.document);
  else if (format === "csv") printCsv(result, stdout);
  else printPage(result, stdout);
}

function printCsv<Row>({ columns, rows }: Result<Row>, stdout: Printer): void {
  const named = columns.filter(({ name }) => name !== undefined);
  stdout.csv(
    named.map(({ name = "" }) => name),
    rows.map((row) => named.map(({ value }) => value(row))),
  );
}

/** For people: the title, the table, what else there is to know, and what it all means. */
function printPage<Row>(result: Result<Row>, stdout: Printer): void {
  const { title, isSimulated = false, columns, rows, empty, facts = [], legend = [] } = result;
  if (title !== undefined) stdout.prose([`${isSimulated ? "SIMULATED  " : ""}${title}`, ""], "bold");
  const isEmpty = rows.length === 0 && empty !== undefined;
  const table = isEmpty ? undefined : drawTable(columns, rows, stdout.columns);
  const [head = empty ?? "", ...lines] = table?.lines ?? [];
  stdout.lines([head], isEmpty ? undefined : "bold");
  stdout.lines(lines);
  if (facts.length > 0) stdout.prose(["", ...facts]);
  const leftOut = table?.leftOut ?? 0;
  const more = `${leftOut} more ${leftOut === 1 ? "column" : "columns"} in a wider terminal, and with --format csv.`;
  const notes = [...(leftOut === 0 ? [] : [more]), ...legend];
  if (notes.length > 0) stdout.notes(["", ...notes]);
}

/** How many were left out of what is printed for people, if any were. */
export function moreLines(leftOut: number, indent = ""): string[] {
  return leftOut > 0 ? [`${indent}and ${leftOut} more; --json has them`] : [];
}

/** A table as wide as the terminal is. */
export function drawTable<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  width: number | undefined,
): Drawn {
  return draw(
    columns
      .filter(({ head }) => head !== undefined)
      .map(({ head = "", align, isExtra = false, value, text }, i) => ({
        ...{ head, isExtra, align: align ?? (i === 0 ? "left" : "right") },
        cells: rows.map((row) => text?.(row) ?? String(value(row) ?? "-")),
      })),
    width,
  );
}
