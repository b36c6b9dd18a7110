/** Which of the open brackets are of objects: one bit each, so that a body of nothing but brackets does no harm. */
export class Nesting {
  #bits: Uint32Array = new Uint32Array(4);
  depth = 0;

  push(isObject: boolean): void {
    const word = this.depth >>> 5;
    if (word === this.#bits.length) {
      const grown = new Uint32Array(2 * word);
      grown.set(this.#bits);
      this.#bits = grown;
    }
    const bit = 1 << (this.depth & 31);
    const bits = this.#bits[word] ?? 0;
    this.#bits[word] = isObject ? bits | bit : bits & ~bit;
    this.depth++;
  }

  /** Whether the innermost bracket is an object's. */
  get inObject(): boolean {
    const last = this.depth - 1;
    return ((this.#bits[last >>> 5] ?? 0) & (1 << (last & 31))) !== 0;
  }

  pop(): void {
    this.depth--;
  }
}
