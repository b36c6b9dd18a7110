/**
 * Neumaier's compensated sum: the error does not grow with the number of values.
 * Used wherever a total is formed that must agree with another one to 1e-9.
 */
export class Sum {
  #total = 0;
  #lost = 0;

  /** Adds a number. */
  add(value: number): this {
    const next = this.#total + value;
    this.#lost +=
      Math.abs(this.#total) >= Math.abs(value) ? this.#total - next + value : value - next + this.#total;
    this.#total = next;
    return this;
  }

  /** The sum so far. */
  get value(): number {
    return this.#total + this.#lost;
  }
}

/** The {@link Sum} of numbers. */
export function sumOf(values: Iterable<number>): number {
  const sum = new Sum();
  for (const value of values) sum.add(value);
  return sum.value;
}

/** A {@link Sum} of what is known: missing numbers (NaN) are left out, and it is `null` while there was no other. */
export class KnownSum {
  readonly #sum: Sum = new Sum();
  #isKnown = false;

  /** Adds a number. */
  add(value: number): this {
    if (Number.isNaN(value)) return this;
    this.#sum.add(value);
    this.#isKnown = true;
    return this;
  }

  /** The sum so far. */
  get value(): number | null {
    return this.#isKnown ? this.#sum.value : null;
  }
}
