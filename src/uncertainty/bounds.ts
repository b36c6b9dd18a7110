import { MEASURED_BUSY_WATTS, MEASURED_IDLE_WATTS, type WattsRange } from "../power/measured.js";
import { badInput } from "../usage/errors.js";
import { assertArgument, assertOptions, OBJECT, optional, type Rules } from "../usage/options.js";
import { JOULES_PER_KWH } from "../usage/physical.js";
import type { IntensityKind } from "../usage/provenance.js";
import { numberAt, SERIES, type UsageSeries } from "../usage/series.js";

/** A range around an estimate, as factors of it: 0.8 to 1.3 is 20% less to 30% more. */
export interface Factors {
  readonly low: number;
  readonly high: number;
}

/** How far off each part of an estimate may be. */
export interface UncertaintyOptions {
  /**
   * Of the power of busy and of idle cores, such as a catalogue or a calibration says it. Without it, what 98 of 100
   * measured servers take, held against the watts that the estimate took.
   */
  readonly busyPower?: Factors;
  readonly idlePower?: Factors;
  /** How far off the intensity may be, by its kind. */
  readonly intensity?: Partial<Readonly<Record<IntensityKind, Factors>>>;
}

const UNCERTAINTY_OPTIONS: Rules<UncertaintyOptions> = {
  busyPower: optional(OBJECT),
  idlePower: optional(OBJECT),
  intensity: optional(OBJECT),
};

/**
 * Assumed, not measured: the GB API publishes no error of its values. Measured values are revised by a few per
 * cent, estimates of holes and forecasts miss by tens of per cent, a constant says nothing about the hour.
 */
export const INTENSITY_FACTORS: Readonly<Record<IntensityKind, Factors>> = {
  actual: { low: 0.95, high: 1.05 },
  estimated: { low: 0.85, high: 1.15 },
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
 * Low and high bounds of the energy and carbon of every hour. Four things widen them:
 *
 * - the power of the cores: the range that is given, or what real servers were measured to take;
 * - what was not observed: nothing at least, busy cores at most;
 * - what was spread over the hour from a longer time without scrapes (`spread` of the provenance). The counters say
 *   what was used in all that time, and not when: at least, as many busy CPU-seconds of the hour as were spread were
 *   idle, and at most as many idle ones were busy;
 * - how the intensity is known.
 *
 * They are worked out when asked for, from what is stored; nothing is stored of them.
 *
 * @example
 * import assert from "node:assert/strict";
 * import { boundsOf } from "ada-carbon/reports";
 * import { emptySeries, ADA, finishedHours } from "ada-carbon";
 *
 * const hours = finishedHours({ from: 0, to: 3_600_000 }, Date.now());
 * const series = emptySeries(ADA, hours, { library: "", model: null, intensity: null });
 * assert.ok(Number.isNaN(boundsOf(series).lowKwh[0])); // nothing is known: nothing is claimed
 */
export function boundsOf(series: UsageSeries, options: UncertaintyOptions = {}): Bounds {
  assertArgument("boundsOf", "series", series, SERIES);
  assertOptions("boundsOf", options, UNCERTAINTY_OPTIONS);
  const intensities = { ...INTENSITY_FACTORS, ...options.intensity };
  const given = [options.busyPower, options.idlePower].filter((factors) => factors !== undefined);
  for (const factors of [...given, ...Object.values(intensities)]) assertFactors(factors);
  const column = (): Float64Array => new Float64Array(series.hours.length).fill(Number.NaN);
  const bounds: Bounds = { lowKwh: column(), highKwh: column(), lowGco2eq: column(), highGco2eq: column() };
  series.hours.forEach((_, i) => {
    const hour = hourAt(series, i);
    if (Number.isNaN(hour.busyKwh)) return;
    const doubt = doubtOf(hour);
    const rates = ratesOf(hour);
    const busyPower = options.busyPower ?? measuredFactors(rates.busy, MEASURED_BUSY_WATTS);
    const idlePower = options.idlePower ?? measuredFactors(rates.idle, MEASURED_IDLE_WATTS);
    const [lowBusy, lowIdle] = [rates.busy * busyPower.low, rates.idle * idlePower.low];
    const [highBusy, highIdle] = [rates.busy * busyPower.high, rates.idle * idlePower.high];
    bounds.lowKwh[i] =
      hour.busyKwh * busyPower.low +
      hour.idleKwh * idlePower.low -
      doubt.perhapsIdle * Math.max(0, lowBusy - lowIdle);
    bounds.highKwh[i] =
      hour.busyKwh * busyPower.high +
      hour.idleKwh * idlePower.high +
      doubt.perhapsBusy * Math.max(0, highBusy - highIdle) +
      doubt.unseen * highBusy;
    const kind = series.provenance[i]?.intensity?.kind;
    const grams = numberAt(series.gco2eqPerKwh, i);
    if (kind === undefined || Number.isNaN(numberAt(series.busyGco2eq, i))) return;
    bounds.lowGco2eq[i] = numberAt(bounds.lowKwh, i) * grams * intensities[kind].low;
    bounds.highGco2eq[i] = numberAt(bounds.highKwh, i) * grams * intensities[kind].high;
  });
  return bounds;
}

/** The numbers of one hour that its bounds depend on. */
interface HourNumbers {
  readonly busySeconds: number;
  readonly idleSeconds: number;
  readonly busyKwh: number;
  readonly idleKwh: number;
  readonly coverage: number;
  readonly spread: number;
}

function hourAt(series: UsageSeries, i: number): HourNumbers {
  return {
    busySeconds: numberAt(series.busyCpuSeconds, i),
    idleSeconds: numberAt(series.idleCpuSeconds, i),
    busyKwh: numberAt(series.busyKwh, i),
    idleKwh: numberAt(series.idleKwh, i),
    coverage: numberAt(series.coverage, i),
    spread: series.provenance[i]?.spread ?? 0,
  };
}

/** CPU-seconds of an hour of which not everything is known. */
interface Doubt {
  /** CPU-seconds that were neither observed nor spread. */
  readonly unseen: number;
  /** Busy ones that may have been idle. */
  readonly perhapsIdle: number;
  /** Idle ones that may have been busy. */
  readonly perhapsBusy: number;
}

const NO_DOUBT: Doubt = { unseen: 0, perhapsIdle: 0, perhapsBusy: 0 };

/** Busy and idle CPU-seconds together are those observed and those spread; both are shares of those expected. */
function doubtOf({ busySeconds, idleSeconds, coverage, spread }: HourNumbers): Doubt {
  const known = coverage + spread;
  if (!(known > 0)) return NO_DOUBT;
  const expected = (busySeconds + idleSeconds) / known;
  const spreadSeconds = expected * spread;
  return {
    unseen: expected * Math.max(0, 1 - known),
    perhapsIdle: Math.min(busySeconds, spreadSeconds),
    perhapsBusy: Math.min(idleSeconds, spreadSeconds),
  };
}

/**
 * kWh of a busy and of an idle CPU-second. Where the hour has no busy ones they are taken to cost what idle ones do;
 * where it has no idle ones these are taken to cost nothing.
 */
function ratesOf({ busySeconds, idleSeconds, busyKwh, idleKwh }: HourNumbers): {
  busy: number;
  idle: number;
} {
  const idle = idleSeconds > 0 ? idleKwh / idleSeconds : 0;
  return { busy: busySeconds > 0 ? busyKwh / busySeconds : idle, idle };
}

/** The range of watts around an estimate, as factors of it; an estimate outside of it is a bound itself. */
export function measuredFactors(kwhPerCpuSecond: number, { low, high }: WattsRange): Factors {
  const watts = kwhPerCpuSecond * JOULES_PER_KWH;
  return watts > 0 ? { low: Math.min(1, low / watts), high: Math.max(1, high / watts) } : { low: 1, high: 1 };
}

function assertFactors({ low, high }: Factors): void {
  if (low >= 0 && low <= 1 && high >= 1 && Number.isFinite(high)) return;
  throw badInput(`the range ${low} to ${high} is none around an estimate; low is 0 to 1, high at least 1`);
}
