/**
 * Values by key, of which those used last are kept and the others let go: for what whoever asks may ask for in
 * thousands of ways.
 */
export class RecentlyUsed<Value> {
  readonly #values = new Map<string, Value>();
  readonly #most: number;
  readonly #weigh: (value: Value) => number;
  #weight = 0;

  /** @param most How much may be kept, in what `weigh` says of each value; by default every value is 1. */
  constructor(most: number, weigh: (value: Value) => number = () => 1) {
    this.#most = most;
    this.#weigh = weigh;
  }

  /** The value kept by the key, or the one that is made and kept from now on. */
  get(key: string, make: () => Value): Value {
    const known = this.#values.get(key);
    const value = known ?? make();
    if (known === undefined) this.#weight += this.#weigh(value);
    // Put in anew, it is the last that is let go.
    this.#values.delete(key);
    this.#values.set(key, value);
    for (const [oldest, dropped] of this.#values) {
      if (this.#weight <= this.#most) break;
      this.#values.delete(oldest);
      this.#weight -= this.#weigh(dropped);
    }
    return value;
  }

  /** The value kept by the key, for those that take time to make: `find` first, and `get` once it is made. */
  find(key: string): Value | undefined {
    return this.#values.get(key);
  }

  get size(): number {
    return this.#values.size;
  }
}
