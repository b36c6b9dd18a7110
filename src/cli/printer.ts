import { Writable } from "node:stream";
import { type Cell as CsvCell, csvText } from "../codecs/csv.js";
import { printable, printableJson } from "../codecs/printable.js";

/** A stream that text is written to, and whether a person sits in front of it. */
export type OutputStream = NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };

/** What the package of the progress bar writes of its own, each in a write of its own: it moves the cursor. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the control characters that are let through
const CURSOR = /^(?:\n|\u001b(?:[78]|\[\??[\d;]*[A-HJKhl]))*$/;

/**
 * Standard output or standard error, as commands write to it. Everything that the command line says goes through
 * here, and what a terminal would obey is made harmless: no command has to think of it.
 */
export class Printer {
  readonly #stream: OutputStream;

  constructor(stream: OutputStream) {
    this.#stream = stream;
  }

  /** A line. A line break in it is no line break on the terminal. */
  line(text: string): void {
    this.lines([text]);
  }

  /** What somebody should know, and may do something about. */
  warning(text: string): void {
    this.line(`warning: ${text}`);
  }

  /** Lines, each an element. */
  lines(lines: readonly string[]): void {
    this.#stream.write(lines.map((line) => `${printable(line)}\n`).join(""));
  }

  /** A document as JSON; on a line of its own with an indent of 0. */
  json(document: unknown, indent = 2): void {
    this.#stream.write(`${printableJson(JSON.stringify(document, null, indent))}\n`);
  }

  /** A table as CSV, whose names are harmless, too. */
  csv(header: readonly string[], rows: readonly (readonly CsvCell[])[]): void {
    const clean = rows.map((row) => row.map((cell) => (typeof cell === "string" ? printable(cell) : cell)));
    this.#stream.write(csvText({ header, rows: clean }));
  }

  /** How many characters fit on a line of the terminal; `undefined` where nobody looks. */
  get columns(): number | undefined {
    return this.#stream.isTTY === true ? this.#stream.columns : undefined;
  }

  /** A stream for a progress bar, which moves the cursor; its text is made harmless, too. `null` if nobody looks. */
  bar(): OutputStream | null {
    const stream = this.#stream;
    if (stream.isTTY !== true) return null;
    const write = (text: string): boolean => stream.write(CURSOR.test(text) ? text : printable(text));
    return Object.assign(
      new Writable({
        decodeStrings: false,
        write: (text, _, done) => {
          write(String(text));
          done();
        },
      }),
      { isTTY: true, columns: stream.columns ?? 80 },
    );
  }
}
