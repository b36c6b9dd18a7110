import type { UsageSeries } from "../../usage/series.js";

/** Published intensities are whole grams, and their means have few decimals: this many survive. */
const DECIMALS = 1e6;

type Shares = Pick<UsageSeries, "busyKwh" | "idleKwh" | "busyGco2eq" | "idleGco2eq">;

/**
 * The grid intensity of every row, grams per kWh, as its grams over its kWh to six decimals; NaN where there
 * is no energy or no carbon. Dividing back a product loses the last bits and rounding restores them, so the
 * true intensity only has to be stored where it is not this.
 */
export function derivedIntensities({ busyKwh, idleKwh, busyGco2eq, idleGco2eq }: Shares): Float64Array {
  const intensities = new Float64Array(busyKwh.length);
  for (let i = 0; i < intensities.length; i++) {
    const kwh = (busyKwh[i] as number) + (idleKwh[i] as number);
    const gco2eq = (busyGco2eq[i] as number) + (idleGco2eq[i] as number);
    const rounded = Math.round((gco2eq / kwh) * DECIMALS) / DECIMALS;
    intensities[i] = kwh > 0 && Number.isFinite(rounded) ? rounded : Number.NaN;
  }
  return intensities;
}
