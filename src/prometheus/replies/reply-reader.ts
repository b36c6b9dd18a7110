import { LARGEST_PARSED_BYTES, notJson, parseJson, tooLarge } from "../../transport/body.js";
import { byteAt, CLOSE_ARRAY, COMMA, textOf } from "./bytes.js";
import { UnreadBytes } from "./unread-bytes.js";
import { ValueEnd } from "./value-end.js";

/** What {@link ElementReader.readPlain} returns if the element may be plain, but has not all come yet. */
export const INCOMPLETE = -1;
/** What it returns if the element is not plain. */
export const UNUSUAL = -2;

/** Takes the elements of `data.result`, one after the other. */
export interface ElementReader {
  /** Reads an element from the bytes if servers write most of them so. The position behind it, or one of the above. */
  readPlain(unread: UnreadBytes): number;
  /** Takes any other element, as `JSON.parse` gives it, of so many bytes. */
  take(element: unknown, bytes: number): void;
}

interface ReadReply {
  /** The reply as JSON; its `data.result` is empty if that has been read. */
  readonly document: unknown;
  /** Whether the elements that the reader took are those of the reply. */
  readonly resultIsRead: boolean;
}

/** How a reply begins, up to the first element: each space stands for any blanks. Any other is parsed as a whole. */
const USUAL_HEAD = [
  String.raw`^ \{ (?:"(?:status|isPartial)" : (?:"\w*"|true|false) , )*`,
  String.raw`"data" : \{ (?:"resultType" : "\w*" , )?`,
  String.raw`"result" : \[`,
];
const HEAD = new RegExp(USUAL_HEAD.join("").replaceAll(" ", String.raw`[ \t\r\n]*`));
const LONGEST_HEAD = 1024;
/** So many bytes are read at once, so that they are in the processor's cache. */
const SLICE = 2 ** 16;
/** Stands for the elements that have been read. */
const MARK = "elements that ada-carbon has read";

/**
 * Reads a reply of Prometheus's HTTP API in chunks cut anywhere, and keeps of it no more than one element. It is
 * JSON if and only if each element is, and what is around them: so each unusual element is given to `JSON.parse`, and
 * at the end what was around them. What is refused there is a `bad-reply`.
 */
export class ReplyReader {
  readonly #elements: ElementReader;
  readonly #where: string;
  #unread: UnreadBytes = new UnreadBytes();
  readonly #unusualEnd: ValueEnd = new ValueEnd();
  /** What comes next. */
  #next: "head" | "first" | "element" | "unusual" | "comma" | "rest" | "whole" = "head";
  #head = "";

  constructor(elements: ElementReader, where: string) {
    this.#elements = elements;
    this.#where = where;
  }

  /** Another reply begins. */
  begin(): void {
    this.#unread = new UnreadBytes();
    this.#next = "head";
  }

  push(chunk: Uint8Array): void {
    for (let from = 0; from < chunk.length; from += SLICE) {
      this.#unread.append(chunk.subarray(from, from + SLICE));
      this.#read(false);
    }
  }

  end(): ReadReply {
    this.#read(true);
    const { bytes, from, end } = this.#unread;
    if (this.#next === "whole") {
      return { document: parseJson(bytes.subarray(from, end), this.#where), resultIsRead: false };
    }
    return this.#orNotJson(() => {
      if (this.#next !== "rest") throw new SyntaxError("the JSON text ends early");
      return withoutMark(JSON.parse(`${this.#head}"${MARK}"${textOf(bytes, from, end)}`));
    });
  }

  /** @param isAll Whether no more comes. */
  #read(isAll: boolean): void {
    if (this.#next === "head") this.#readHead(isAll);
    this.#orNotJson(() => {
      while (this.#readNext(isAll));
    });
    // What is left waits to be parsed as one piece.
    if (this.#unread.end - this.#unread.from > LARGEST_PARSED_BYTES)
      throw tooLarge(this.#where, `in one piece of more than ${LARGEST_PARSED_BYTES} bytes`);
  }

  #readHead(isAll: boolean): void {
    const { bytes, end } = this.#unread;
    const start = textOf(bytes, 0, Math.min(end, LONGEST_HEAD));
    const [head] = HEAD.exec(start) ?? [];
    if (head !== undefined) {
      this.#head = head;
      this.#unread.from = head.length;
      this.#next = "first";
    } else if (/^\s*</.test(start)) {
      throw notJson(start, this.#where, new SyntaxError("it starts as HTML does"));
    } else if (isAll || end >= LONGEST_HEAD) {
      this.#next = "whole";
    }
  }

  /** Reads as far as the next element or comma; whether there may be more to read. */
  #readNext(isAll: boolean): boolean {
    const unread = this.#unread;
    if (this.#next === "unusual") return this.#readUnusual();
    if (this.#next === "head" || this.#next === "rest" || this.#next === "whole") return false;
    unread.skipBlanks();
    if (unread.isEmpty) return false;
    const byte = byteAt(unread.bytes, unread.from);
    if (byte === CLOSE_ARRAY && this.#next !== "element") {
      this.#next = "rest";
      return false;
    }
    if (this.#next === "comma") {
      if (byte !== COMMA) throw new SyntaxError("no comma stands between two elements of the result");
      unread.from++;
      this.#next = "element";
      return true;
    }
    const after = this.#elements.readPlain(unread);
    if (after === INCOMPLETE && !isAll) return false;
    if (after >= 0) unread.from = after;
    else this.#unusualEnd.begin();
    this.#next = after >= 0 ? "comma" : "unusual";
    return true;
  }

  #readUnusual(): boolean {
    const { bytes, from, end } = this.#unread;
    const to = this.#unusualEnd.find(bytes, from, end);
    if (to < 0) return false;
    this.#elements.take(JSON.parse(textOf(bytes, from, to)), to - from);
    this.#unread.from = to;
    this.#next = "comma";
    return true;
  }

  #orNotJson<T>(read: () => T): T {
    try {
      return read();
    } catch (error) {
      if (error instanceof SyntaxError) throw notJson(this.#head, this.#where, error);
      throw error;
    }
  }
}

/** Takes the mark out. If there is another result in its place, a member came twice and the later one counts. */
function withoutMark(document: unknown): ReadReply {
  const data = isRecord(document) ? document.data : undefined;
  if (!isRecord(data) || !Array.isArray(data.result) || data.result[0] !== MARK) {
    return { document, resultIsRead: false };
  }
  data.result = [];
  return { document, resultIsRead: true };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
