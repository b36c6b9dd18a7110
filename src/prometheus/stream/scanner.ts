import {
  afterBlanks,
  BACKSLASH,
  byteAt,
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  COLON,
  COMMA,
  OPEN_ARRAY,
  OPEN_OBJECT,
  QUOTE,
  SPACE,
  wordsOf,
} from "./bytes.js";
import { Capture } from "./capture.js";
import { type Interner, mix } from "./interner.js";
import { Nesting } from "./nesting.js";
import { NUMBER_START, numberEnds, numberState } from "./number-grammar.js";

export type Kind = "object" | "array" | "string" | "number" | "boolean" | "null";

/** What is to be done with a value: step into it, hand it over as JSON.parse would make it, or pass over it. */
export type Wish = "enter" | "take" | "skip";

/** Who is told what is in the document, in its order. Nothing is said of what is inside skipped values. */
export interface JsonSink {
  /** A value begins. Only objects and arrays can be entered. */
  value(kind: Kind): Wish;
  /** The value that was to be taken. */
  taken(value: unknown): void;
  /** The name of the member whose value comes next. */
  key(name: string): void;
  /** The entered object or array is at its end. */
  close(): void;
  /**
   * May read, where a value begins at `from`, as many whole values and commas between them as it can, and then
   * the beginning of one more; returns the position after what it has read, or `from`.
   */
  stride(bytes: Uint8Array, words: DataView, from: number): number;
  /** Where the last stride ended. */
  readonly strodeTo: Stride;
}

/** After a value; or in an array in an object that it has entered, at the array's start or after a value of it. */
export type Stride = "after" | "array-start" | "array-after";

// What comes next.
const VALUE = 0;
const VALUE_OR_CLOSE = 1;
const KEY = 2;
const KEY_OR_CLOSE = 3;
const AFTER_KEY = 4;
const AFTER_VALUE = 5;
const IN_STRING = 6;
const IN_ESCAPE = 7;
const IN_HEX = 8;
const IN_NUMBER = 9;
const IN_WORD = 10;

const ESCAPED = new Set([...'"\\/bfnrtu'].map((letter) => letter.charCodeAt(0)));
const WORDS: Readonly<Record<number, { text: string; kind: Kind }>> = {
  116: { text: "true", kind: "boolean" },
  102: { text: "false", kind: "boolean" },
  110: { text: "null", kind: "null" },
};

/**
 * Reads JSON in chunks cut anywhere, exactly the texts that JSON.parse accepts. It remembers one state and a
 * bit for each open bracket, so nothing is recursive and depth costs nothing.
 */
export class JsonScanner {
  readonly #sink: JsonSink;
  readonly #names: Interner;
  readonly #nesting: Nesting = new Nesting();
  readonly #capture: Capture = new Capture();
  #state: number = VALUE;
  /** Bytes of the chunks before. */
  #before = 0;
  /** Depth of the value that is skipped or taken as a whole; -1 when stepping through entered ones. */
  #outside = -1;
  #inKey = false;
  /** Of the string being read: its hash if it is of plain ASCII, else NaN. */
  #hash = 0;
  #plain = true;
  #hexLeft = 0;
  #number: number = NUMBER_START;
  #word = "";
  #wordRead = 0;

  constructor(sink: JsonSink, names: Interner) {
    this.#sink = sink;
    this.#names = names;
  }

  /** Throws a SyntaxError at the first byte that JSON does not allow. */
  push(bytes: Uint8Array): void {
    const words = wordsOf(bytes);
    const end = bytes.length;
    let p = 0;
    while (p < end) {
      if (this.#state >= IN_STRING) {
        p = this.#token(bytes, p);
      } else {
        if (byteAt(bytes, p) <= SPACE) p = afterBlanks(bytes, p);
        if (p < end) p = this.#structure(bytes, words, p);
      }
    }
    this.#capture.carry(bytes);
    this.#before += end;
  }

  /** The document is at its end; a SyntaxError if it must not be. */
  end(): void {
    if (this.#state === IN_NUMBER && this.#nesting.depth === 0) this.#numberDone(new Uint8Array(0), 0);
    if (this.#state !== AFTER_VALUE || this.#nesting.depth > 0) {
      throw new SyntaxError(`the JSON text ends early, after ${this.#before} bytes`);
    }
  }

  /** Goes on with a string, number or word. */
  #token(bytes: Uint8Array, p: number): number {
    switch (this.#state) {
      case IN_STRING:
        return this.#string(bytes, p);
      case IN_ESCAPE:
        return this.#escape(bytes, p);
      case IN_HEX:
        return this.#hex(bytes, p);
      case IN_NUMBER:
        return this.#digits(bytes, p);
      default:
        return this.#letters(bytes, p);
    }
  }

  #structure(bytes: Uint8Array, words: DataView, p: number): number {
    const byte = byteAt(bytes, p);
    switch (this.#state) {
      case VALUE_OR_CLOSE:
        if (byte === CLOSE_ARRAY) return this.#close(bytes, p);
        return this.#value(bytes, words, p);
      case VALUE:
        return this.#value(bytes, words, p);
      case KEY_OR_CLOSE:
        if (byte === CLOSE_OBJECT) return this.#close(bytes, p);
        return this.#key(bytes, p);
      case KEY:
        return this.#key(bytes, p);
      case AFTER_KEY:
        if (byte !== COLON) throw this.#unexpected(bytes, p);
        this.#state = VALUE;
        return p + 1;
      default:
        return this.#afterValue(bytes, p);
    }
  }

  #afterValue(bytes: Uint8Array, p: number): number {
    if (this.#nesting.depth === 0) throw this.#unexpected(bytes, p);
    const byte = byteAt(bytes, p);
    const { inObject } = this.#nesting;
    if (byte === COMMA) {
      this.#state = inObject ? KEY : VALUE;
      return p + 1;
    }
    if (byte !== (inObject ? CLOSE_OBJECT : CLOSE_ARRAY)) throw this.#unexpected(bytes, p);
    return this.#close(bytes, p);
  }

  #value(bytes: Uint8Array, words: DataView, p: number): number {
    if (this.#outside < 0) {
      const strode = this.#sink.stride(bytes, words, p);
      if (strode > p) return this.#strode(strode);
    }
    const byte = byteAt(bytes, p);
    if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) return this.#open(byte === OPEN_OBJECT, p);
    if (byte === QUOTE) {
      this.#announce("string", p);
      this.#inKey = false;
      this.#beginString();
      return p + 1;
    }
    const word = WORDS[byte];
    if (word !== undefined) {
      this.#announce(word.kind, p);
      this.#word = word.text;
      this.#wordRead = 1;
      this.#state = IN_WORD;
      return p + 1;
    }
    this.#number = numberState(NUMBER_START, byte);
    if (this.#number < 0) throw this.#unexpected(bytes, p);
    this.#announce("number", p);
    this.#state = IN_NUMBER;
    return p + 1;
  }

  #strode(to: number): number {
    const { strodeTo } = this.#sink;
    this.#state = strodeTo === "array-start" ? VALUE_OR_CLOSE : AFTER_VALUE;
    if (strodeTo !== "after") {
      this.#nesting.push(true);
      this.#nesting.push(false);
    }
    return to;
  }

  #open(isObject: boolean, p: number): number {
    this.#announce(isObject ? "object" : "array", p);
    this.#nesting.push(isObject);
    this.#state = isObject ? KEY_OR_CLOSE : VALUE_OR_CLOSE;
    return p + 1;
  }

  /** Asks what to do with a value, unless it lies in one that is dealt with as a whole. */
  #announce(kind: Kind, p: number): void {
    if (this.#outside >= 0) return;
    const wish = this.#sink.value(kind);
    if (wish === "enter") return;
    this.#outside = this.#nesting.depth;
    if (wish === "take") this.#capture.begin(p);
  }

  #close(bytes: Uint8Array, p: number): number {
    this.#nesting.pop();
    if (this.#outside < 0) this.#sink.close();
    this.#valueDone(bytes, p + 1);
    return p + 1;
  }

  /** A value ends before `to`. */
  #valueDone(bytes: Uint8Array, to: number): void {
    this.#state = AFTER_VALUE;
    if (this.#outside !== this.#nesting.depth) return;
    this.#outside = -1;
    if (this.#capture.active) this.#sink.taken(JSON.parse(this.#capture.end(bytes, to)));
  }

  #key(bytes: Uint8Array, p: number): number {
    if (byteAt(bytes, p) !== QUOTE) throw this.#unexpected(bytes, p);
    this.#inKey = true;
    if (this.#outside < 0) this.#capture.begin(p);
    this.#beginString();
    return p + 1;
  }

  #beginString(): void {
    this.#state = IN_STRING;
    this.#hash = 0;
    this.#plain = true;
  }

  #string(bytes: Uint8Array, from: number): number {
    let hash = this.#hash;
    let all = 0;
    let p = from;
    for (; p < bytes.length; p++) {
      const byte = byteAt(bytes, p);
      if (byte === QUOTE || byte === BACKSLASH || byte < SPACE) break;
      hash = mix(hash, byte);
      all |= byte;
    }
    this.#hash = hash;
    if (all > 0x7f) this.#plain = false;
    if (p === bytes.length) return p;
    const byte = byteAt(bytes, p);
    if (byte === QUOTE) this.#stringDone(bytes, p);
    else if (byte === BACKSLASH) {
      this.#plain = false;
      this.#state = IN_ESCAPE;
    } else throw this.#unexpected(bytes, p);
    return p + 1;
  }

  #stringDone(bytes: Uint8Array, quote: number): void {
    if (!this.#inKey) {
      this.#valueDone(bytes, quote + 1);
      return;
    }
    this.#state = AFTER_KEY;
    if (this.#outside >= 0) return;
    const start = this.#capture.startHere;
    if (start >= 0 && this.#plain) {
      this.#capture.drop();
      this.#sink.key(this.#names.text(bytes, start + 1, quote, this.#hash));
    } else {
      this.#sink.key(String(JSON.parse(this.#capture.end(bytes, quote + 1))));
    }
  }

  #escape(bytes: Uint8Array, p: number): number {
    const byte = byteAt(bytes, p);
    if (!ESCAPED.has(byte)) throw this.#unexpected(bytes, p);
    this.#hexLeft = 4;
    this.#state = byte === 0x75 ? IN_HEX : IN_STRING;
    return p + 1;
  }

  #hex(bytes: Uint8Array, p: number): number {
    const byte = byteAt(bytes, p);
    const letter = byte | 0x20;
    const isHex = (byte >= 0x30 && byte <= 0x39) || (letter >= 0x61 && letter <= 0x66);
    if (!isHex) throw this.#unexpected(bytes, p);
    if (--this.#hexLeft === 0) this.#state = IN_STRING;
    return p + 1;
  }

  #digits(bytes: Uint8Array, from: number): number {
    for (let p = from; p < bytes.length; p++) {
      const next = numberState(this.#number, byteAt(bytes, p));
      if (next < 0) {
        if (!numberEnds(this.#number)) throw this.#unexpected(bytes, p);
        this.#numberDone(bytes, p);
        return p;
      }
      this.#number = next;
    }
    return bytes.length;
  }

  #numberDone(bytes: Uint8Array, p: number): void {
    if (numberEnds(this.#number)) this.#valueDone(bytes, p);
  }

  #letters(bytes: Uint8Array, from: number): number {
    let p = from;
    while (p < bytes.length && this.#wordRead < this.#word.length) {
      if (byteAt(bytes, p) !== this.#word.charCodeAt(this.#wordRead)) throw this.#unexpected(bytes, p);
      this.#wordRead++;
      p++;
    }
    if (this.#wordRead === this.#word.length) this.#valueDone(bytes, p);
    return p;
  }

  #unexpected(bytes: Uint8Array, p: number): SyntaxError {
    const byte = byteAt(bytes, p);
    const shown = byte > SPACE && byte < 0x7f ? String.fromCharCode(byte) : `byte 0x${byte.toString(16)}`;
    return new SyntaxError(`unexpected ${shown} in JSON at byte ${this.#before + p}`);
  }
}
