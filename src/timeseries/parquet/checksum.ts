import { QUANTITIES } from "../../usage/series.js";
import type { PackedSeries } from "./packed.js";

/**
 * Sixteen hex digits over every row and the text `document`, in order. Parquet pages carry no checksum of
 * their own here, so without this a flipped bit would be read as a slightly different number. Every step is
 * a bijection of the state: one changed word always changes the result.
 */
export function checksum(series: PackedSeries, document: string): string {
  const digest = new Digest();
  digest.text(document);
  digest.numbers(series.hours, 3_600_000);
  digest.numbers(series.status, 1);
  for (const name of QUANTITIES) digest.doubles(series[name]);
  return digest.hex();
}

// Loops are written out, with the state in variables of their own: every number of every file goes through them.
class Digest {
  #a = 0x243f6a88;
  #b = 0x13198a2e;

  text(text: string): void {
    let [a, b] = [this.#a, this.#b];
    for (let i = 0; i < text.length; i++) {
      const word = text.charCodeAt(i);
      a = first(a, word);
      b = second(b, word);
    }
    this.#a = a;
    this.#b = b;
  }

  /** Whole multiples of `unit`. */
  numbers(numbers: Float64Array | Uint8Array, unit: number): void {
    let [a, b] = [this.#a, this.#b];
    for (let i = 0; i < numbers.length; i++) {
      const word = (numbers[i] as number) / unit;
      a = first(a, word);
      b = second(b, word);
    }
    this.#a = a;
    this.#b = b;
  }

  doubles(column: Float64Array): void {
    const words = new Int32Array(column.buffer, column.byteOffset, column.length * 2);
    let [a, b] = [this.#a, this.#b];
    for (let i = 0; i < column.length; i++) {
      // There are many NaN; in memory and back from the file they all mean the one thing, missing.
      const missing = Number.isNaN(column[i]);
      const low = missing ? 0 : (words[2 * i] as number);
      const high = missing ? 0x7ff80000 : (words[2 * i + 1] as number);
      a = first(first(a, low), high);
      b = second(second(b, low), high);
    }
    this.#a = a;
    this.#b = b;
  }

  hex(): string {
    return [this.#a, this.#b].map((half) => (half >>> 0).toString(16).padStart(8, "0")).join("");
  }
}

function first(state: number, word: number): number {
  const mixed = Math.imul(state ^ word, 0x9e3779b1);
  return mixed ^ (mixed >>> 15);
}

function second(state: number, word: number): number {
  const mixed = Math.imul(state + word, 0x85ebca6b);
  return mixed ^ (mixed >>> 13);
}
