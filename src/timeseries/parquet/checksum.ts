import { QUANTITIES } from "../../usage/series.js";
import type { PackedSeries } from "./packed.js";

/**
 * Sixteen hex digits over every row and the text `document`, in order. Parquet pages carry no checksum of
 * their own here, so without this a flipped bit would be read as a slightly different number. Every step is
 * a bijection of the state: one changed word always changes the result.
 */
export function checksum(series: PackedSeries, document: string): string {
  const digest = new Digest();
  for (let i = 0; i < document.length; i++) digest.word(document.charCodeAt(i));
  for (const hour of series.hours) digest.word(hour / 3_600_000);
  for (const code of series.status) digest.word(code);
  for (const name of QUANTITIES) digest.doubles(series[name]);
  return digest.hex();
}

class Digest {
  #a = 0x243f6a88;
  #b = 0x13198a2e;

  word(word: number): void {
    const a = Math.imul(this.#a ^ word, 0x9e3779b1);
    const b = Math.imul(this.#b + word, 0x85ebca6b);
    this.#a = a ^ (a >>> 15);
    this.#b = b ^ (b >>> 13);
  }

  doubles(column: Float64Array): void {
    const words = new Int32Array(column.buffer, column.byteOffset, column.length * 2);
    for (let i = 0; i < column.length; i++) {
      // There are many NaN; in memory and back from the file they all mean the one thing, missing.
      const missing = Number.isNaN(column[i]);
      this.word(missing ? 0 : (words[2 * i] ?? 0));
      this.word(missing ? 0x7ff80000 : (words[2 * i + 1] ?? 0));
    }
  }

  hex(): string {
    return [this.#a, this.#b].map((half) => (half >>> 0).toString(16).padStart(8, "0")).join("");
  }
}
