import type { Labels } from "../matrix.js";
import {
  BACKSLASH,
  byteAt,
  CLOSE_OBJECT,
  COLON,
  COMMA,
  OPEN_OBJECT,
  QUOTE,
  SPACE,
  wordsOf,
} from "./bytes.js";
import { type Interner, mix } from "./interner.js";
import { Literal } from "./literal.js";

/** Labels longer than this together are not remembered for the next series. */
const REMEMBERED = 1024;

/**
 * Reads a whole set of labels, `{"instance":"a:9100","mode":"idle"}`: plain ASCII, no escapes, no blanks but
 * one space after a comma or colon, all in one chunk. Anything else is left to the scanner.
 *
 * Series have the same names and come sorted, so that most of it is as in the series before: as far as the
 * bytes are the same nothing is read, names are only compared, and the object is a copy of the one before.
 */
export class LabelLane {
  readonly #strings: Interner;
  /** The text of the labels before. */
  readonly #text: Uint8Array = new Uint8Array(REMEMBERED);
  readonly #textWords: DataView = wordsOf(this.#text);
  #textLength = 0;
  #count = 0;
  // Of each of them: its name, what stands between the label before and its value, its value, and where it ends.
  readonly #names: string[] = [];
  readonly #gaps: Literal[] = [];
  readonly #values: string[] = [];
  readonly #ends: number[] = [];
  /** What `#string` has read. */
  #read = "";

  /** What was read last. */
  labels: Labels = {};

  constructor(strings: Interner) {
    this.#strings = strings;
  }

  /** The position after the labels, or `from` if they are not for this lane. */
  run(bytes: Uint8Array, words: DataView, from: number): number {
    if (byteAt(bytes, from) !== OPEN_OBJECT) return from;
    const same = this.#sameBytes(bytes, words, from);
    let count = 0;
    while (count < this.#count && (this.#ends[count] ?? 0) <= same) count++;
    const known = count;
    let p = known > 0 ? from + (this.#ends[known - 1] ?? 0) : from + 1;

    while (count < this.#count) {
      const gap = this.#gaps[count];
      if (gap === undefined || !gap.isAt(words, p)) break;
      p = this.#value(bytes, from, p + gap.length, count);
      if (p < 0) return this.#giveUp(from);
      count++;
    }
    const sameNames = count > 0 && count === this.#count && byteAt(bytes, p) === CLOSE_OBJECT;

    while (byteAt(bytes, p) !== CLOSE_OBJECT) {
      const start = p;
      if (count > 0) {
        if (byteAt(bytes, p) !== COMMA) return this.#giveUp(from);
        p = afterSpace(bytes, p + 1);
      }
      p = this.#string(bytes, p);
      if (p < 0 || byteAt(bytes, p) !== COLON) return this.#giveUp(from);
      this.#names[count] = this.#read;
      p = afterSpace(bytes, p + 1);
      this.#gaps[count] = new Literal(bytes.slice(start, p));
      p = this.#value(bytes, from, p, count);
      if (p < 0) return this.#giveUp(from);
      count++;
    }
    this.#count = count;
    this.labels = sameNames ? this.#setFrom(known, { ...this.labels }) : this.#setFrom(0, {});
    this.#remember(bytes, words, from, p, same);
    return p + 1;
  }

  /** How many bytes are as in the labels before. */
  #sameBytes(bytes: Uint8Array, words: DataView, from: number): number {
    const text = this.#text;
    const textWords = this.#textWords;
    const most = Math.min(this.#textLength, bytes.length - from);
    let same = 0;
    // Eight bytes as a number: of plain ASCII it is never zero or NaN, so equal numbers are equal bytes.
    while (same + 8 <= most && textWords.getFloat64(same) === words.getFloat64(from + same)) same += 8;
    while (same < most && byteAt(text, same) === byteAt(bytes, from + same)) same++;
    return same;
  }

  /** Sets the labels from `first` on: all of them, since a name may come twice. */
  #setFrom(first: number, labels: Record<string, string>): Labels {
    for (let i = first; i < this.#count; i++) setLabel(labels, this.#names[i] ?? "", this.#values[i] ?? "");
    return labels;
  }

  #remember(bytes: Uint8Array, words: DataView, from: number, to: number, same: number): void {
    this.#textLength = to - from;
    if (this.#textLength > REMEMBERED) {
      this.#forget();
      return;
    }
    let i = same & ~3;
    for (; i + 4 <= this.#textLength; i += 4) this.#textWords.setInt32(i, words.getInt32(from + i));
    for (; i < this.#textLength; i++) this.#text[i] = byteAt(bytes, from + i);
  }

  /** What is remembered may be half overwritten. */
  #giveUp(from: number): number {
    this.#forget();
    return from;
  }

  #forget(): void {
    this.#count = 0;
    this.#textLength = 0;
  }

  /** Reads the value of label `i`; the position after it, or -1. */
  #value(bytes: Uint8Array, from: number, at: number, i: number): number {
    const end = this.#string(bytes, at);
    this.#values[i] = this.#read;
    this.#ends[i] = end - from;
    return end;
  }

  /** Reads a string into `#read`; the position after it, or -1. */
  #string(bytes: Uint8Array, from: number): number {
    if (byteAt(bytes, from) !== QUOTE) return -1;
    let hash = 0;
    for (let p = from + 1; p < bytes.length; p++) {
      const byte = byteAt(bytes, p);
      if (byte === QUOTE) {
        this.#read = this.#strings.text(bytes, from + 1, p, hash);
        return p + 1;
      }
      if (byte < SPACE || byte > 0x7e || byte === BACKSLASH) return -1;
      hash = mix(hash, byte);
    }
    return -1;
  }
}

function afterSpace(bytes: Uint8Array, p: number): number {
  return byteAt(bytes, p) === SPACE ? p + 1 : p;
}

/** Sets a label. `__proto__` would set something else, and is dropped, as it is from all other replies. */
export function setLabel(labels: Record<string, string>, name: string, value: string): void {
  if (name !== "__proto__") labels[name] = value;
}
