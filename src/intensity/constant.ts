import { AMOUNT, assertArgument } from "../usage/options.js";
import { assertInterval } from "./periods.js";
import type { IntensitySource } from "./port.js";

/**
 * One number for every hour, such as a yearly mean of a grid, grams per kWh. Carbon by it is marked as `fallback`, whose
 * bounds are wide, and is not looked up again: to have it by another source later, restate the hours.
 *
 * @throws {AdaCarbonError} `bad-input` for a number that is negative or not finite.
 *
 * @example
 * import assert from "node:assert/strict";
 * import { constantIntensity } from "ada-carbon/intensity";
 *
 * const grid = constantIntensity(125);
 * const [period] = await grid.periods({ from: 0, to: 3_600_000 });
 * assert.equal(period?.gco2eqPerKwh, 125);
 */
export function constantIntensity(gco2eqPerKwh: number): IntensitySource {
  assertArgument("constantIntensity", "gco2eqPerKwh", gco2eqPerKwh, AMOUNT);
  return {
    id: `constant/${gco2eqPerKwh}`,
    hasActual: false,
    isConstant: true,
    async periods(interval, call = {}) {
      assertInterval(interval, call);
      call.signal?.throwIfAborted();
      const { from, to } = interval;
      return from < to ? [{ from, to, gco2eqPerKwh, kind: "forecast", fetchedAt: to }] : [];
    },
  };
}
