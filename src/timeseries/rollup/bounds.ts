import { badInput } from "../../usage/errors.js";
import { assertArgument, LIST } from "../../usage/options.js";
import { sumOf } from "../../usage/sum.js";

/** A number and how far off it may be, all three in the same unit. `low <= value <= high`. */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/**
 * The sum of estimates with its bounds, given how much their errors go together.
 *
 * With correlation 0 errors are independent and partly cancel: distances to a bound add as squares. With 1 the
 * same thing is wrong with all of them, such as the watts of a power model, and distances simply add. Between,
 * every two errors have that correlation: the squared distance is (1 - r) * sum of squares + r * square of sum.
 * Below and above are treated alike, each on its own.
 *
 * @param correlation 0 to 1. Hours of one host under one model are close to 1; unrelated outages close to 0.
 * @throws {AdaCarbonError} `bad-input` for a correlation outside 0 to 1, or bounds not around their value.
 *
 * @example
 * import assert from "node:assert/strict";
 * import { combineBounds } from "ada-carbon/timeseries";
 *
 * const hours = [{ value: 10, low: 7, high: 13 }, { value: 10, low: 6, high: 14 }];
 * assert.deepEqual(combineBounds(hours, 0), { value: 20, low: 15, high: 25 });
 * assert.deepEqual(combineBounds(hours, 1), { value: 20, low: 13, high: 27 });
 */
export function combineBounds(estimates: readonly Estimate[], correlation: number): Estimate {
  assertArgument("combineBounds", "estimates", estimates, LIST);
  if (!(correlation >= 0 && correlation <= 1))
    throw badInput(`the correlation is ${correlation}; it must be 0 to 1`);
  for (const { value, low, high } of estimates) {
    if (!(low <= value && value <= high))
      throw badInput(`the bounds ${low} to ${high} are not around ${value}`);
  }
  const value = sumOf(estimates.map((estimate) => estimate.value));
  const below = distance(
    estimates.map((estimate) => estimate.value - estimate.low),
    correlation,
  );
  const above = distance(
    estimates.map((estimate) => estimate.high - estimate.value),
    correlation,
  );
  return { value, low: value - below, high: value + above };
}

function distance(parts: readonly number[], correlation: number): number {
  const squares = sumOf(parts.map((part) => part * part));
  return Math.sqrt((1 - correlation) * squares + correlation * sumOf(parts) ** 2);
}
