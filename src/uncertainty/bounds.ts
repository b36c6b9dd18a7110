import { AdaCarbonError } from "../usage/errors.js";
import type { IntensityKind } from "../usage/provenance.js";
import { at, type UsageSeries } from "../usage/series.js";

/** A range around an estimate, as factors of it: 0.8 to 1.3 is 20% less to 30% more. */
export interface Factors {
  readonly low: number;
  readonly high: number;
}

/** How far off each part of an estimate may be. */
export interface UncertaintyOptions {
  /** Of the power of busy and of idle cores. */
  readonly busyPower?: Factors;
  readonly idlePower?: Factors;
  /** Of the intensity, by how it is known. */
  readonly intensity?: Partial<Readonly<Record<IntensityKind, Factors>>>;
}

/**
 * Ada's 12 W a busy core against the 3.5 W a busy vCPU that Cloud Carbon Footprint takes as the average of
 * public clouds: the estimate is at the high end of what models in use say.
 */
export const BUSY_POWER: Factors = { low: 3.5 / 12, high: 1 };

/** Ada's 1 W an idle core against Cloud Carbon Footprint's average of 0.74 W an idle vCPU. */
export const IDLE_POWER: Factors = { low: 0.74, high: 1 };

/**
 * Assumed, not measured: the GB API publishes no error of its values. Measured values are revised by a few per
 * cent, forecasts miss by tens of per cent, a constant says nothing about the hour.
 */
export const INTENSITY: Readonly<Record<IntensityKind, Factors>> = {
  actual: { low: 0.95, high: 1.05 },
  forecast: { low: 0.8, high: 1.2 },
  fallback: { low: 0.5, high: 1.5 },
};

/** Bounds of every hour of a series; NaN where there is no estimate. */
export interface Bounds {
  readonly lowKwh: Float64Array;
  readonly highKwh: Float64Array;
  readonly lowGco2eq: Float64Array;
  readonly highGco2eq: Float64Array;
}

/**
 * Low and high bounds of the energy and carbon of every hour. Three things widen them: the range of the power
 * model, what was not observed (nothing at least, busy cores at most), and how the intensity is known.
 * They are worked out when asked for, from what is stored; nothing is stored of them.
 *
 * @example
 * import { boundsOf } from "ada-carbon/uncertainty";
 * import { emptySeries, ADA, finishedHours } from "ada-carbon";
 *
 * const hours = finishedHours({ from: 0, to: 3_600_000 }, Date.now());
 * const series = emptySeries(ADA, hours, { library: "", model: null, intensity: null });
 * assert.ok(Number.isNaN(boundsOf(series).lowKwh[0])); // nothing is known: nothing is claimed
 */
export function boundsOf(series: UsageSeries, options: UncertaintyOptions = {}): Bounds {
  const { busyPower = BUSY_POWER, idlePower = IDLE_POWER } = options;
  const intensities = { ...INTENSITY, ...options.intensity };
  for (const factors of [busyPower, idlePower, ...Object.values(intensities)]) assertFactors(factors);
  const column = (): Float64Array => new Float64Array(series.hours.length).fill(Number.NaN);
  const bounds: Bounds = { lowKwh: column(), highKwh: column(), lowGco2eq: column(), highGco2eq: column() };
  series.hours.forEach((_, i) => {
    const [busy, idle] = [at(series.busyKwh, i), at(series.idleKwh, i)];
    if (Number.isNaN(busy)) return;
    bounds.lowKwh[i] = busy * busyPower.low + idle * idlePower.low;
    bounds.highKwh[i] = busy * busyPower.high + idle * idlePower.high + unseenKwh(series, i) * busyPower.high;
    const kind = series.provenance[i]?.intensity?.kind;
    const grams = at(series.gco2eqPerKwh, i);
    if (kind === undefined || Number.isNaN(at(series.busyGco2eq, i))) return;
    bounds.lowGco2eq[i] = at(bounds.lowKwh, i) * grams * intensities[kind].low;
    bounds.highGco2eq[i] = at(bounds.highKwh, i) * grams * intensities[kind].high;
  });
  return bounds;
}

/** What the unobserved CPU-seconds would be if all were busy; kWh. */
function unseenKwh(series: UsageSeries, i: number): number {
  const coverage = at(series.coverage, i);
  const seen = at(series.busyCpuSeconds, i) + at(series.idleCpuSeconds, i);
  if (!(coverage > 0) || !(coverage < 1)) return 0;
  const unseen = (seen / coverage) * (1 - coverage);
  const [busySeconds, idleSeconds] = [at(series.busyCpuSeconds, i), at(series.idleCpuSeconds, i)];
  const kwhPerSecond =
    busySeconds > 0 ? at(series.busyKwh, i) / busySeconds : at(series.idleKwh, i) / idleSeconds;
  return unseen * (Number.isNaN(kwhPerSecond) ? 0 : kwhPerSecond);
}

function assertFactors({ low, high }: Factors): void {
  if (low >= 0 && low <= 1 && high >= 1 && Number.isFinite(high)) return;
  throw new AdaCarbonError(
    "bad-input",
    `the range ${low} to ${high} is none around an estimate; low is 0 to 1, high at least 1`,
  );
}
