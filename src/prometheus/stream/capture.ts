const decoder: TextDecoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** The bytes of one value or key, which may be spread over chunks. */
export class Capture {
  #held: Uint8Array = new Uint8Array(256);
  #length = 0;
  /** Where in the current chunk the capture began or goes on; -1 when nothing is captured. */
  #from = -1;

  get active(): boolean {
    return this.#from >= 0;
  }

  begin(from: number): void {
    this.#from = from;
  }

  /** Whether all of it so far is in the current chunk, and where it starts there. */
  get startHere(): number {
    return this.#length === 0 ? this.#from : -1;
  }

  /** The chunk is at its end: keeps what it had. */
  carry(bytes: Uint8Array): void {
    if (this.#from < 0) return;
    this.#hold(bytes.subarray(this.#from));
    this.#from = 0;
  }

  /** The text up to `to`. The same as that part of the whole body decoded: it is cut at ASCII bytes. */
  end(bytes: Uint8Array, to: number): string {
    const last = bytes.subarray(this.#from, to);
    this.#from = -1;
    if (this.#length === 0) return decoder.decode(last);
    this.#hold(last);
    const text = decoder.decode(this.#held.subarray(0, this.#length));
    this.#length = 0;
    return text;
  }

  /** Ends it without making a text. */
  drop(): void {
    this.#from = -1;
    this.#length = 0;
  }

  #hold(part: Uint8Array): void {
    const needed = this.#length + part.length;
    if (needed > this.#held.length) {
      const grown = new Uint8Array(Math.max(needed, 2 * this.#held.length));
      grown.set(this.#held.subarray(0, this.#length));
      this.#held = grown;
    }
    this.#held.set(part, this.#length);
    this.#length = needed;
  }
}
