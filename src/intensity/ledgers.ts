import { badInput } from "../usage/errors.js";
import { formatBasis } from "./basis.js";
import { assertAverageSource } from "./basis-of-source.js";
import type { IntensitySource } from "./port.js";

/**
 * Refuses (`bad-input`) sources that are of the wrong ledger: the grid's intensity is location-based, that of what was
 * bought is market-based. Of a constant whoever gives it knows what it counts; a grid that does not say is taken as one.
 */
export function assertLedgers(grids: readonly IntensitySource[], market: IntensitySource | undefined): void {
  for (const grid of grids) {
    if (grid.basis?.accounting !== "market") continue;
    throw badInput(
      `the grid ${grid.id} is market-based (${formatBasis(grid.basis)}): the grid's intensity is location-based; give it as the market-based one beside a grid (--market, marketIntensity)`,
    );
  }
  if (market !== undefined) assertAverageSource(market);
  if (market === undefined || market.isConstant === true || market.basis?.accounting === "market") return;
  const is = market.basis === undefined ? "does not say what its grams count" : formatBasis(market.basis);
  throw badInput(
    `the market-based intensity of ${market.id} ${market.basis === undefined ? is : `is ${is}`}: give a source whose basis is market, such as a file with "# basis: lifecycle, consumption, market"`,
  );
}
