import {
  BACKSLASH,
  byteAt,
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  COMMA,
  OPEN_ARRAY,
  OPEN_OBJECT,
  QUOTE,
} from "./bytes.js";

/** The bytes that may begin or end a value, or hide that they do; all others are passed over. */
const IS_SIGN: Uint8Array = new Uint8Array(256);
for (const sign of '"\\[]{},') IS_SIGN[sign.charCodeAt(0)] = 1;

/**
 * Finds where a value of JSON ends that stands in an array or object: at the comma or bracket behind it. Of the
 * value itself only strings and brackets are looked at; whether it is JSON is for `JSON.parse` to say.
 */
export class ValueEnd {
  #depth = 0;
  #inString = false;
  /** How far behind the start of the value it has been looked at. */
  #seen = 0;

  begin(): void {
    this.#depth = 0;
    this.#inString = false;
    this.#seen = 0;
  }

  /**
   * The end of the value that starts at `from`, or -1 if it does not end before `end`. It may then be asked again
   * with more bytes, and goes on where it was.
   */
  find(bytes: Uint8Array, from: number, end: number): number {
    let depth = this.#depth;
    let inString = this.#inString;
    let p = from + this.#seen;
    for (; p < end; p++) {
      const byte = byteAt(bytes, p);
      if (IS_SIGN[byte] === 0) continue;
      if (inString) {
        if (byte === BACKSLASH) p++;
        else if (byte === QUOTE) inString = false;
      } else if (byte === QUOTE) inString = true;
      else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) depth++;
      else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY || byte === COMMA) {
        if (depth === 0) return p;
        if (byte !== COMMA) depth--;
      }
    }
    this.#depth = depth;
    this.#inString = inString;
    this.#seen = p - from;
    return -1;
  }
}
