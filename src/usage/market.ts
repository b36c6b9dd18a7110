import { assertArgument } from "./options.js";
import { numberAt, SERIES, type UsageSeries } from "./series.js";
import type { Status } from "./status.js";

/**
 * The same hours in the market-based ledger: their intensity is that of what was bought, their grams are energy times
 * it. Everything that sums or shows a series does so for both ledgers. An hour of which it is not known what was bought
 * has no grams, which is not zero.
 *
 * @example
 * import assert from "node:assert/strict";
 * import { ADA, emptySeries, finishedHours, marketBased } from "ada-carbon";
 *
 * const day = { from: Date.UTC(2025, 8, 10), to: Date.UTC(2025, 8, 10, 1) };
 * const market = { kind: "actual", source: "file/contract", gco2eqPerKwh: 41, fetchedAt: 0, settled: true } as const;
 * const provenance = { library: "0.1.0", model: "m", intensity: null, market };
 * const series = emptySeries(ADA, finishedHours(day, Date.now()), provenance);
 * series.busyKwh[0] = 2;
 * assert.equal(marketBased(series).busyGco2eq[0], 82);
 */
export function marketBased(series: UsageSeries): UsageSeries {
  assertArgument("marketBased", "series", series, SERIES);
  const grams = marketGrams(series);
  return {
    ...series,
    ...grams,
    status: series.status.map((status, i) =>
      statusWith(!Number.isNaN(numberAt(grams.busyGco2eq, i)), status),
    ),
    provenance: series.provenance.map(({ market = null, ...others }) => ({ ...others, intensity: market })),
  };
}

type Energy = Pick<UsageSeries, "busyKwh" | "idleKwh" | "provenance">;

/** The market-based numbers of rows; NaN where they are not known. */
export function marketGrams({
  busyKwh,
  idleKwh,
  provenance,
}: Energy): Pick<UsageSeries, "gco2eqPerKwh" | "busyGco2eq" | "idleGco2eq"> {
  const gco2eqPerKwh = Float64Array.from(provenance, ({ market }) => market?.gco2eqPerKwh ?? Number.NaN);
  return {
    gco2eqPerKwh,
    busyGco2eq: gco2eqPerKwh.map((grams, i) => numberAt(busyKwh, i) * grams),
    idleGco2eq: gco2eqPerKwh.map((grams, i) => numberAt(idleKwh, i) * grams),
  };
}

/** Whether any hour has market-based grams. */
export function hasMarket({ provenance }: UsageSeries): boolean {
  return provenance.some(({ market }) => market !== undefined);
}

function statusWith(hasCarbon: boolean, status: Status): Status {
  if (hasCarbon) return status === "unprocessed" ? "processed" : status;
  return status === "processed" || status === "fake" ? "unprocessed" : status;
}
