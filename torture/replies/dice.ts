import { randomNumbers } from "../random-numbers.js";

/** What is drawn of a reply. */
export interface Dice {
  /** True in one of so many throws. */
  oneIn(many: number): boolean;
  /** A whole number from 0 to below `end`. */
  below(end: number): number;
  pick<T>(items: readonly T[]): T;
}

export function diceOf(seed: number): Dice {
  const next = randomNumbers(seed);
  const below = (end: number): number => Math.floor(next() * end);
  return {
    oneIn: (many) => below(many) === 0,
    below,
    pick: (items) => {
      if (items.length === 0) throw new RangeError("there is nothing to pick from");
      return items[below(items.length)] as (typeof items)[number];
    },
  };
}
