import { at, type UsageSeries } from "../../usage/series.js";

/** Published intensities are whole grams, and their means have few decimals: this many survive. */
const DECIMALS = 1e6;

type Shares = Pick<UsageSeries, "busyKwh" | "idleKwh" | "busyGco2eq" | "idleGco2eq">;

/**
 * The grid intensity of row `i`, grams per kWh, as its grams over its kWh to six decimals; NaN where there
 * is no energy or no carbon. Dividing back a product loses the last bits and rounding restores them, so the
 * true intensity only has to be stored where it is not this.
 */
export function derivedIntensity(shares: Shares, i: number): number {
  const kwh = at(shares.busyKwh, i) + at(shares.idleKwh, i);
  const gco2eq = at(shares.busyGco2eq, i) + at(shares.idleGco2eq, i);
  if (!(kwh > 0)) return Number.NaN;
  const rounded = Math.round((gco2eq / kwh) * DECIMALS) / DECIMALS;
  return Number.isFinite(rounded) ? rounded : Number.NaN;
}
