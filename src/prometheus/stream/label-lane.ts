import type { Labels } from "../matrix.js";
import { BACKSLASH, byteAt, CLOSE_OBJECT, COLON, COMMA, OPEN_OBJECT, QUOTE, SPACE } from "./bytes.js";
import { type Interner, mix } from "./interner.js";

/** Labels longer than this together are not remembered for the next series. */
const REMEMBERED = 1024;

/**
 * Reads a whole set of labels, `{"instance":"a:9100","mode":"idle"}`: plain ASCII, no escapes, no blanks but
 * one space after a comma or colon, all in one chunk. Anything else is left to the scanner.
 *
 * Series come sorted, so that most labels are those of the series before, at the same place: as far as the
 * bytes are the same, its strings are taken.
 */
export class LabelLane {
  readonly #strings: Interner;
  /** The text of the labels before, and of each label its name, value, and where it ends in the text. */
  readonly #text: Uint8Array = new Uint8Array(REMEMBERED);
  #textLength = 0;
  #count = 0;
  readonly #names: string[] = [];
  readonly #values: string[] = [];
  readonly #ends: number[] = [];
  /** How much of that text the labels at hand begin with. */
  #same = 0;
  /** What `#string` has read. */
  #read = "";

  /** What was read last. */
  labels: Labels = {};

  constructor(strings: Interner) {
    this.#strings = strings;
  }

  /** The position after the labels, or `from` if they are not for this lane. */
  run(bytes: Uint8Array, from: number): number {
    if (byteAt(bytes, from) !== OPEN_OBJECT) return from;
    const known = this.#knownLabels(bytes, from);
    const labels: Record<string, string> = {};
    for (let i = 0; i < known; i++) setLabel(labels, this.#names[i] ?? "", this.#values[i] ?? "");

    let count = known;
    let p = known > 0 ? from + (this.#ends[known - 1] ?? 0) : from + 1;
    while (byteAt(bytes, p) !== CLOSE_OBJECT) {
      if (count > 0) {
        if (byteAt(bytes, p) !== COMMA) return this.#giveUp(from);
        p = afterSpace(bytes, p + 1);
      }
      p = this.#string(bytes, p);
      if (p < 0 || byteAt(bytes, p) !== COLON) return this.#giveUp(from);
      const name = this.#read;
      p = this.#string(bytes, afterSpace(bytes, p + 1));
      if (p < 0) return this.#giveUp(from);
      setLabel(labels, name, this.#read);
      this.#names[count] = name;
      this.#values[count] = this.#read;
      this.#ends[count] = p - from;
      count++;
    }
    this.#count = count;
    this.#remember(bytes, from, p);
    this.labels = labels;
    return p + 1;
  }

  /** How many labels at the start are those of the series before. */
  #knownLabels(bytes: Uint8Array, from: number): number {
    const text = this.#text;
    const most = this.#count === 0 ? 0 : Math.min(this.#textLength, bytes.length - from);
    let same = 0;
    while (same < most && byteAt(text, same) === byteAt(bytes, from + same)) same++;
    this.#same = same;
    let known = 0;
    while (known < this.#count && (this.#ends[known] ?? 0) <= same) known++;
    return known;
  }

  #remember(bytes: Uint8Array, from: number, to: number): void {
    this.#textLength = to - from;
    if (this.#textLength > REMEMBERED) this.#count = 0;
    for (let i = this.#same; i < this.#textLength; i++) this.#text[i] = byteAt(bytes, from + i);
  }

  /** What is remembered may be half overwritten. */
  #giveUp(from: number): number {
    this.#count = 0;
    return from;
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
