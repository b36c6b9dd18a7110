/** A cell: text, a number, or nothing where it is not known. */
export type Cell = string | number | boolean | null;

/** A reply as a table: one header, and rows that are made as they are sent. */
export interface Table {
  readonly header: readonly string[];
  readonly rows: Iterable<readonly Cell[]>;
  /** Name of the file that a browser keeps, without its ending. */
  readonly name: string;
}

/** Records as a table: a column for each of these members. */
export function recordTable<Column extends string>(
  name: string,
  columns: readonly Column[],
  records: Iterable<{ readonly [Name in Column]: Cell }>,
): Table {
  return { name, header: columns, rows: cellsOf(columns, records) };
}

function* cellsOf<Column extends string>(
  columns: readonly Column[],
  records: Iterable<{ readonly [Name in Column]: Cell }>,
): Iterable<readonly Cell[]> {
  for (const record of records) yield columns.map((column) => record[column]);
}

export const CSV = "text/csv; charset=utf-8";

/** Whether a client would rather have CSV: it asks for it by parameter, or names it and not JSON. */
export function wantsCsv(accept: string | null, format: string | undefined): boolean {
  if (format !== undefined) return format === "csv";
  return accept !== null && /\btext\/csv\b/i.test(accept) && !/\bapplication\/json\b/i.test(accept);
}

/** So many rows are put together before they are sent. */
const ROWS_AT_ONCE = 1000;

/** The table as RFC 4180 has it, made piece by piece as it is read: its length costs no memory. */
export function csvBody({ header, rows }: Table): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const iterator = rows[Symbol.iterator]();
  let text = lineOf(header);
  return new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        for (let count = 0; count < ROWS_AT_ONCE; count++) {
          const next = iterator.next();
          if (next.done === true) {
            if (text !== "") controller.enqueue(encoder.encode(text));
            controller.close();
            return;
          }
          text += lineOf(next.value);
        }
        controller.enqueue(encoder.encode(text));
        text = "";
      },
    },
    { highWaterMark: 1 },
  );
}

/** A short table at once. */
export function csvText({ header, rows }: Pick<Table, "header" | "rows">): string {
  return [header, ...rows].map(lineOf).join("");
}

function lineOf(cells: readonly Cell[]): string {
  return `${cells.map(cellText).join(",")}\r\n`;
}

function cellText(cell: Cell): string {
  if (cell === null) return "";
  if (typeof cell !== "string") return String(cell);
  const text = isFormula(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A spreadsheet would run such a name: it gets an apostrophe in front, as spreadsheets themselves write text. */
function isFormula(text: string): boolean {
  return /^[=+\-@\t\r]/.test(text);
}
