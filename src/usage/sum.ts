/**
 * Neumaier's compensated sum: the error does not grow with the number of values.
 * Used wherever a total is formed that must agree with another one to 1e-9.
 */
export class Sum {
  #total = 0;
  #lost = 0;

  add(value: number): this {
    const next = this.#total + value;
    this.#lost +=
      Math.abs(this.#total) >= Math.abs(value) ? this.#total - next + value : value - next + this.#total;
    this.#total = next;
    return this;
  }

  get value(): number {
    return this.#total + this.#lost;
  }
}
