/**
 * A well-mixed 32-bit number from two. Chained (`mix(mix(seed, host), block)`) it gives a fixed "random"
 * number for any place in the simulation, without a generator whose state would depend on the order of
 * the questions.
 */
export function mix(a: number, b: number): number {
  let x = (Math.imul(a | 0, 0x2c1b3c6d) ^ Math.imul(b | 0, 0x297a2d39)) + 0x6e624eb7;
  x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
  x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
  return (x ^ (x >>> 15)) >>> 0;
}

/** A whole number in [least, most], both inclusive, from a 32-bit number. */
export function within(random: number, least: number, most: number): number {
  return least + Math.floor((random / 0x1_0000_0000) * (most - least + 1));
}

/** An item of a list that is not empty. */
export function pick<T>(random: number, items: readonly [T, ...T[]]): T {
  return items[within(random, 0, items.length - 1)] ?? items[0];
}
