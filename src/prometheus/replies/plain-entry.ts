import { byteAt, CLOSE_OBJECT, COLON, COMMA, startsWith, textOf } from "./bytes.js";
import { afterNumber, decimal } from "./decimal.js";
import { numberOf } from "./matrix.js";
import type { UnreadBytes } from "./unread-bytes.js";

/** One series of a reply. What is handed over is good only until the next one is. */
export interface FactSample {
  readonly value: number;
  /** Whether a label is exactly this text. It may be `false` of a text that is empty or beyond ASCII. */
  has(label: string, text: string): boolean;
  /** A label that is absent or empty is `null`. */
  text(label: string): string | null;
}

const METRIC = '{"metric":{';
const VALUE = '},"value":[';
const END = "]}";

/**
 * Reads entries of a vector where they lie, `{"metric":{"instance":"a:9100"},"value":[1757462400,"0.5"]}`, as
 * Prometheus writes them: no blanks and no escapes. With 10,000 hosts there are 60,000 a minute, and nothing
 * is made for them but their numbers. Any other entry is left to `JSON.parse`.
 */
export class PlainEntry implements FactSample {
  /** The value of the entry that was read last. */
  value: number = Number.NaN;
  #bytes: Uint8Array = new Uint8Array(0);
  readonly #labels: readonly string[];
  /** Where the texts of these labels are in the entry read last; 0 to 0 for one that it has not. */
  readonly #from: Int32Array;
  readonly #to: Int32Array;
  /** Which label stood at each place in the entry before: the next one has the same in the same order. */
  readonly #usual: number[] = [];

  /** @param labels Those that will be asked for. */
  constructor(labels: readonly string[]) {
    this.#labels = labels;
    this.#from = new Int32Array(labels.length);
    this.#to = new Int32Array(labels.length);
  }

  has(label: string, text: string): boolean {
    const i = this.#labels.indexOf(label);
    return isText(text, this.#bytes, this.#from[i] ?? 0, this.#to[i] ?? 0);
  }

  text(label: string): string | null {
    const i = this.#labels.indexOf(label);
    return textOf(this.#bytes, this.#from[i] ?? 0, this.#to[i] ?? 0) || null;
  }

  /** Reads the next entry; the position after it, or -1 if it is not all there or not plain. */
  read({ bytes, words, from }: UnreadBytes): number {
    this.#bytes = bytes;
    if (!startsWith(bytes, from, METRIC)) return -1;
    this.#from.fill(0);
    this.#to.fill(0);
    let p = from + METRIC.length;
    for (let place = 0; byteAt(bytes, p) !== CLOSE_OBJECT; place++) {
      if (place > 0 && byteAt(bytes, p++) !== COMMA) return -1;
      const nameEnd = closingQuote(bytes, words, p);
      if (nameEnd < 0 || byteAt(bytes, nameEnd + 1) !== COLON) return -1;
      const end = closingQuote(bytes, words, nameEnd + 2);
      if (end < 0) return -1;
      const label = this.#labelAt(place, p + 1, nameEnd);
      if (label >= 0) {
        this.#from[label] = nameEnd + 3;
        this.#to[label] = end;
      }
      p = end + 1;
    }
    if (!startsWith(bytes, p, VALUE)) return -1;
    // Prometheus evaluates at the requested time, so the timestamp of the reply is not read.
    p = afterNumber(bytes, p + VALUE.length);
    if (p < 0 || byteAt(bytes, p) !== COMMA) return -1;
    const end = closingQuote(bytes, words, p + 1);
    if (end < 0 || !startsWith(bytes, end + 1, END)) return -1;
    const value = decimal(bytes, p + 2, end) ?? numberOf(textOf(bytes, p + 2, end));
    if (value === undefined) return -1;
    this.value = value;
    return end + 1 + END.length;
  }

  #labelAt(place: number, from: number, to: number): number {
    const usual = this.#usual[place] ?? -1;
    if (usual >= 0 && isText(this.#labels[usual] ?? "", this.#bytes, from, to)) return usual;
    const label = this.#labels.findIndex((name) => isText(name, this.#bytes, from, to));
    this.#usual[place] = label;
    return label;
  }
}

/**
 * Where the string that starts with a quote at `from` has its other one; -1 if it is none, or has escapes.
 * Four bytes are looked at together: in each, the top bit of what is left shows a quote, a backslash or a
 * control character.
 */
function closingQuote(bytes: Uint8Array, words: DataView, from: number): number {
  if (bytes[from] !== 0x22) return -1;
  const last = (bytes.length - 4) | 0;
  let p = (from + 1) | 0;
  while (p <= last) {
    const word = words.getInt32(p, true) | 0;
    const quote = word ^ 0x22222222;
    const slash = word ^ 0x5c5c5c5c;
    const marks =
      (((quote - 0x01010101) & ~quote) | ((slash - 0x01010101) & ~slash) | ((word - 0x20202020) & ~word)) &
      0x80808080;
    if (marks !== 0) {
      p = (p + ((31 - Math.clz32(marks & -marks)) >> 3)) | 0;
      return bytes[p] === 0x22 ? p : -1;
    }
    p = (p + 4) | 0;
  }
  return -1;
}

function isText(text: string, bytes: Uint8Array, from: number, to: number): boolean {
  const length = to - from;
  if (text.length !== length) return false;
  for (let i = 0; i < length; i++) if (text.charCodeAt(i) !== byteAt(bytes, from + i)) return false;
  return true;
}
