import { Writable } from "node:stream";
import { styleText } from "node:util";
import { type Cell as CsvCell, csvText } from "../codecs/csv.js";
import { printable, printableJson } from "../codecs/printable.js";
import { wrap } from "./wrap.js";

/** A stream that text is written to, and whether a person sits in front of it. */
export type OutputStream = NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };

/** How much is said: `--quiet` leaves out progress, legends and hints, `--verbose` adds requests and causes. */
export type Volume = "quiet" | "normal" | "verbose";

type Style = "bold" | "dim" | "yellow" | "red";

/** Control sequences by which the progress bar moves the cursor; each is a write by itself. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the control characters that are let through
const CURSOR = /^(?:\n|\u001b(?:[78]|\[\??[\d;]*[A-HJKhl]))*$/;

/**
 * Standard output or standard error, as commands write to it. Everything that the command line says goes through
 * here, and what a terminal would obey is made harmless: no command has to think of it, nor of colours.
 */
export class Printer {
  volume: Volume = "normal";
  readonly #stream: OutputStream;
  readonly #hasColour: boolean;

  constructor(stream: OutputStream, env: Readonly<Record<string, string | undefined>> = {}) {
    this.#stream = stream;
    this.#hasColour = wantsColour(stream, env);
  }

  /** A line. A line break in it is no line break on the terminal. */
  line(text: string): void {
    this.lines([text]);
  }

  /** Lines, each an element. */
  lines(lines: readonly string[], style?: Style): void {
    this.#stream.write(lines.map((line) => `${this.#styled(printable(line), style)}\n`).join(""));
  }

  /** What stands over something. */
  heading(text: string): void {
    this.lines([text], "bold");
  }

  /** Sentences that explain what is above, or say what to try next. */
  notes(sentences: readonly string[]): void {
    if (this.volume === "quiet") return;
    this.prose(sentences, "dim");
  }

  /** Sentences, which go on in the next line where the terminal ends. */
  prose(sentences: readonly string[], style?: Style): void {
    const width = this.columns ?? Number.POSITIVE_INFINITY;
    this.lines(
      // A line break in a name is made harmless before lines are broken.
      sentences.flatMap((sentence) => wrap(printable(sentence), width)),
      style,
    );
  }

  /** What somebody wants to know who looks for a fault. */
  detail(text: string): void {
    if (this.volume === "verbose") this.lines([text], "dim");
  }

  /** What somebody should know, and may do something about. */
  warning(text: string): void {
    this.#stream.write(`${this.#styled("warning:", "yellow")} ${printable(text)}\n`);
  }

  /** Why there is no result. */
  error(text: string): void {
    this.#stream.write(`${this.#styled("ada-carbon:", "red")} ${printable(text)}\n`);
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

  #styled(text: string, style: Style | undefined): string {
    // The stream is not asked again: whether there is colour was decided by the environment that was handed in.
    return style === undefined || !this.#hasColour ? text : styleText(style, text, { validateStream: false });
  }
}

/** As Node itself has it: FORCE_COLOR wins over NO_COLOR, which wins over what the stream is. */
function wantsColour(
  stream: OutputStream,
  { FORCE_COLOR, NO_COLOR, TERM }: Readonly<Record<string, string | undefined>>,
): boolean {
  if (FORCE_COLOR !== undefined) return FORCE_COLOR !== "0" && FORCE_COLOR !== "false";
  if (NO_COLOR !== undefined && NO_COLOR !== "") return false;
  return stream.isTTY === true && TERM !== "dumb";
}
