import { HOUR_MS } from "../../usage/hour.js";
import { QUANTITIES } from "../../usage/series.js";
import type { PackedSeries } from "./packed.js";

/** What NaN is to the checksum, as it is mostly written. */
const MISSING_LOW = 0;
const MISSING_HIGH = 0x7ff80000;

/**
 * Sixteen hex digits over every row and the text `document`, in order. Parquet pages carry no checksum of
 * their own here, so without this a flipped bit would be read as a slightly different number. Every step is
 * a bijection of the state: one changed word always changes the result.
 */
export function checksum(series: PackedSeries, document: string): string {
  const digest = new Digest();
  digest.add(wordsOfText(document));
  digest.add(wordsOfHours(series.hours));
  digest.add(series.status);
  for (const name of QUANTITIES) digest.add(wordsOfDoubles(series[name]));
  return digest.hex();
}

class Digest {
  #a = 0x243f6a88;
  #b = 0x13198a2e;

  /** The one loop that all numbers of all files go through: nothing is called in it, so that it is fast at once. */
  add(words: Int32Array | Uint8Array): void {
    // Not destructured: from an array they would be any value to the compiler, and the loop half as fast.
    let a = this.#a;
    let b = this.#b;
    for (let i = 0; i < words.length; i++) {
      const word = words[i] as number;
      a = Math.imul(a ^ word, 0x9e3779b1);
      a ^= a >>> 15;
      b = Math.imul(b + word, 0x85ebca6b);
      b ^= b >>> 13;
    }
    this.#a = a;
    this.#b = b;
  }

  hex(): string {
    return [this.#a, this.#b].map((half) => (half >>> 0).toString(16).padStart(8, "0")).join("");
  }
}

function wordsOfText(text: string): Int32Array {
  const words = new Int32Array(text.length);
  for (let i = 0; i < words.length; i++) words[i] = text.charCodeAt(i);
  return words;
}

function wordsOfHours(hours: Float64Array): Int32Array {
  const words = new Int32Array(hours.length);
  for (let i = 0; i < words.length; i++) {
    const hour = (hours[i] as number) / HOUR_MS;
    // A time that is no whole hour was never written.
    words[i] = Number.isInteger(hour) ? hour : -1;
  }
  return words;
}

/** Low word first. There are many NaN; in memory and back from the file they all mean the one thing, missing. */
function wordsOfDoubles(column: Float64Array): Int32Array {
  const words = new Int32Array(column.buffer, column.byteOffset, 2 * column.length);
  if (!column.includes(Number.NaN)) return words;
  const same = words.slice();
  for (let i = 0; i < column.length; i++) {
    if (!Number.isNaN(column[i])) continue;
    same[2 * i] = MISSING_LOW;
    same[2 * i + 1] = MISSING_HIGH;
  }
  return same;
}
