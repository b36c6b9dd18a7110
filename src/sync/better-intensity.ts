import { type HourlyIntensity, hourlyIntensity, withFallback } from "../intensity/hourly.js";
import type { IntensityPeriod, IntensitySource } from "../intensity/port.js";
import { DAY_MS, type FinishedHour, HOUR_MS, type Interval } from "../usage/hour.js";
import type { IntensityProvenance } from "../usage/provenance.js";
import type { RowIndex } from "./row-index.js";

/** Runs of hours with shorter holes than this are asked for in one stretch: the API serves 14 days at once. */
const HOLE_MS = 7 * DAY_MS;

/** Asks the source for the periods that cover `hours`. */
export async function fetchPeriods(
  source: IntensitySource,
  hours: readonly FinishedHour[],
  signal: AbortSignal | undefined,
): Promise<IntensityPeriod[]> {
  const stretches: { from: number; to: number }[] = [];
  for (const hour of hours) {
    const last = stretches.at(-1);
    if (last !== undefined && hour - last.to < HOLE_MS) last.to = hour + HOUR_MS;
    else stretches.push({ from: hour, to: hour + HOUR_MS });
  }
  const periods: IntensityPeriod[] = [];
  for (const stretch of stretches satisfies Interval[])
    periods.push(...(await source.periods(stretch, { signal })));
  return periods;
}

/**
 * The best intensity there is for each hour: what the source says now, unless the stored row already rests
 * on something better; else the constant, where one is given.
 */
export function bestIntensity(
  periods: readonly IntensityPeriod[],
  hours: readonly FinishedHour[],
  source: IntensitySource,
  ada: RowIndex,
  fallbackGco2eqPerKwh: number | undefined,
): HourlyIntensity {
  const fetched = hourlyIntensity(periods, hours, source);
  const gco2eqPerKwh = Float64Array.from(fetched.gco2eqPerKwh);
  const provenance = hours.map((hour, i) => {
    const now = fetched.provenance[i] ?? null;
    const stored = ada.provenance(hour)?.intensity ?? null;
    if (rank(stored) <= rank(now)) return now;
    gco2eqPerKwh[i] = ada.value("gco2eqPerKwh", hour);
    return stored;
  });
  const best = { gco2eqPerKwh, provenance };
  return fallbackGco2eqPerKwh === undefined ? best : withFallback(best, fallbackGco2eqPerKwh);
}

/** Orders provenance from nothing to settled. A constant is only ever filled in last, so it ranks lowest. */
export function rank(intensity: IntensityProvenance | null): number {
  if (intensity === null || intensity.kind === "fallback") return 0;
  return (intensity.kind === "actual" ? 2 : 1) + (intensity.settled ? 2 : 0);
}
