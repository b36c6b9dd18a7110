import { tooLarge } from "../../transport/body.js";

/**
 * What may be made of one reply, in bytes of memory. Four replies are read at a time. The size of a body says little:
 * a label or a sample of a few characters becomes an object.
 */
const MOST_BYTES = 128 * 2 ** 20;
/** An entry with its labels, beside their text. */
const ENTRY_BYTES = 300;
/** The text of labels is kept with what tells its parts apart. */
const BYTES_PER_CHARACTER = 3;

/** Keeps account of what is made of a reply. */
export class Room {
  #left: number = MOST_BYTES;
  #series = 0;
  readonly #where: string;

  constructor(where: string) {
    this.#where = where;
  }

  /** A series is kept. `too-large` if there is no room for it. */
  takeSeries(labelCharacters: number, valueBytes: number): void {
    this.#series += 1;
    this.take(ENTRY_BYTES + labelCharacters * BYTES_PER_CHARACTER + valueBytes);
  }

  take(bytes: number): void {
    this.#left -= bytes;
    if (this.#left < 0)
      throw tooLarge(this.#where, `more than memory should hold, at its series ${this.#series}`);
  }
}
