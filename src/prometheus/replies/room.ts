import { tooLarge } from "../../transport/body.js";
import { AdaCarbonError } from "../../usage/errors.js";

/**
 * What may be made of one reply, in bytes of memory. Four replies are read at a time. The size of a body says little:
 * a label or a sample of a few characters becomes an object.
 */
const MOST_BYTES = 128 * 2 ** 20;
/** What series may take of it whatever their numbers take: some 120,000 of them. */
const MOST_SERIES_BYTES = 80 * 2 ** 20;
/** An entry with its labels, beside their text. */
const ENTRY_BYTES = 300;
/** The text of labels is kept with what tells its parts apart. */
const BYTES_PER_CHARACTER = 3;

/** Keeps account of what is made of a reply. */
export class Room {
  readonly #where: string;
  #series = 0;
  #seriesBytes = 0;
  #valueBytes = 0;

  constructor(where: string) {
    this.#where = where;
  }

  /** Room for a series. `refused` for too many of them: asking for fewer hours would not make them fewer. */
  takeSeries(labelCharacters: number, valueBytes: number): void {
    this.#series += 1;
    this.#seriesBytes += ENTRY_BYTES + labelCharacters * BYTES_PER_CHARACTER;
    if (this.#seriesBytes > MOST_SERIES_BYTES) {
      const what = `the answer has more than ${this.#series - 1} series, which memory should not hold`;
      throw new AdaCarbonError("refused", `${this.#where}: ${what}; ask for fewer projects or hosts`);
    }
    this.takeValues(valueBytes);
  }

  /** Room for numbers. `too-large` if there is none: fewer hours have fewer. */
  takeValues(bytes: number): void {
    this.#valueBytes += bytes;
    if (this.#seriesBytes + this.#valueBytes > MOST_BYTES)
      throw tooLarge(this.#where, `more than memory should hold, at its series ${this.#series}`);
  }
}
