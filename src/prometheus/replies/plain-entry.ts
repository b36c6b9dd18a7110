import { byteAt, CLOSE_OBJECT, COLON, COMMA, closingQuote, QUOTE, startsWith, textOf } from "./bytes.js";
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
  read({ bytes, from, end: limit }: UnreadBytes): number {
    this.#bytes = bytes;
    if (!startsWith(bytes, from, METRIC)) return -1;
    this.#from.fill(0);
    this.#to.fill(0);
    let p = from + METRIC.length;
    for (let place = 0; byteAt(bytes, p) !== CLOSE_OBJECT; place++) {
      if (place > 0 && byteAt(bytes, p++) !== COMMA) return -1;
      const nameEnd = stringEnd(bytes, p, limit);
      if (nameEnd < 0 || byteAt(bytes, nameEnd + 1) !== COLON) return -1;
      const end = stringEnd(bytes, nameEnd + 2, limit);
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
    const end = stringEnd(bytes, p + 1, limit);
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

/** The closing quote of the string whose opening quote is at `from`; -1 if there is none, or it has escapes. */
function stringEnd(bytes: Uint8Array, from: number, end: number): number {
  return byteAt(bytes, from) === QUOTE ? closingQuote(bytes, from + 1, end) : -1;
}

function isText(text: string, bytes: Uint8Array, from: number, to: number): boolean {
  const length = to - from;
  if (text.length !== length) return false;
  for (let i = 0; i < length; i++) if (text.charCodeAt(i) !== byteAt(bytes, from + i)) return false;
  return true;
}
