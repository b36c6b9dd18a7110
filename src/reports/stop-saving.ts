import { disjoint } from "../intensity/periods.js";
import type { IntensityPeriod } from "../intensity/port.js";
import { MEASURED_IDLE_WATTS } from "../power/measured.js";
import type { PowerModel } from "../power/model.js";
import { firstHourAt, plusUnits, START } from "../timeseries/rollup/calendar.js";
import { wallClock } from "../timeseries/rollup/zone.js";
import { INTENSITY_FACTORS, measuredFactors } from "../uncertainty/bounds.js";
import { HOUR_MS, type Interval } from "../usage/hour.js";
import { JOULES_PER_KWH } from "../usage/physical.js";
import type { Bounded } from "./known-totals.js";

/** A time for which a machine might be stopped. */
export interface StopWindow extends Interval {
  readonly name: "tonight" | "until-monday";
}

/** What stopping a machine for a time would save, as the power model has it. */
export interface StopSaving extends StopWindow {
  readonly kwh: Bounded<"kwh">;
  readonly gco2eq: Bounded<"gco2eq">;
  /** Up to when the grid's forecast reaches; `null` if it says nothing of the time. */
  readonly forecastUntil: number | null;
  /** What is taken for the intensity after that; `null` where the forecast reaches to the end. */
  readonly beyond: "usual-of-4-weeks" | null;
}

/** What is expected of the grid. */
export interface Outlook {
  readonly forecast: readonly IntensityPeriod[];
  /** Mean of the last four weeks, grams per kWh; `null` where it is not known. */
  readonly usualGco2eqPerKwh: number | null;
}

const EVENING_MS = 18 * HOUR_MS;
const MORNING_MS = 8 * HOUR_MS;

/** Tonight, from 18:00 or now to 08:00, and from now to Monday 08:00, by the clocks of a zone. */
export function stopWindows(now: number, zone: string): StopWindow[] {
  const clock = wallClock(zone);
  const today = START.day(clock(now));
  const instant = (day: number, timeMs: number): number => firstHourAt(day + timeMs, clock);
  const isNight = now < instant(today, MORNING_MS);
  const morning = instant(isNight ? today : plusUnits(today, 1, "day"), MORNING_MS);
  const evening = isNight ? now : Math.max(now, instant(today, EVENING_MS));
  const monday = instant(START.week(clock(now)), MORNING_MS);
  const nextMonday = instant(plusUnits(START.week(clock(now)), 1, "week"), MORNING_MS);
  return [
    { name: "tonight", from: evening, to: morning },
    { name: "until-monday", from: now, to: now < monday ? monday : nextMonday },
  ];
}

/** Watts of an idle core of a machine, by the model. */
export function idleWattsPerCore(power: PowerModel, machine: string | null, hour: number): number {
  return power.energy({ busyCpuSeconds: 0, idleCpuSeconds: 3600 }, { machine, hour }).idleKwh * 1000;
}

/** The saving of cores that would idle for the time. Without cores nothing is known. */
export function stopSaving(
  window: StopWindow,
  cores: number | null,
  wattsPerCore: number,
  outlook: Outlook,
): StopSaving {
  const { low, high } = measuredFactors(wattsPerCore / JOULES_PER_KWH, MEASURED_IDLE_WATTS);
  const kwh = cores === null ? null : (cores * wattsPerCore * (window.to - window.from)) / HOUR_MS / 1000;
  const ahead = expectedIntensity(window, outlook);
  const times = (factor: number | null): number | null =>
    kwh === null || factor === null ? null : kwh * factor;
  return {
    ...window,
    kwh: { kwh, low: times(low), high: times(high) },
    gco2eq: {
      gco2eq: times(ahead.gco2eqPerKwh),
      low: times(ahead.low && ahead.low * low),
      high: times(ahead.high && ahead.high * high),
    },
    forecastUntil: ahead.forecastUntil,
    beyond: ahead.beyond,
  };
}

interface ExpectedIntensity extends Pick<StopSaving, "forecastUntil" | "beyond"> {
  /** Mean over the time, with how far off it may be: a forecast less than what is usual. */
  readonly gco2eqPerKwh: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

/** The mean intensity of a time to come: by the forecast as far as it reaches without a gap, then as usual. */
export function expectedIntensity({ from, to }: Interval, outlook: Outlook): ExpectedIntensity {
  let reached = from;
  let gramMs = 0;
  for (const piece of disjoint(outlook.forecast)) {
    if (piece.to <= reached || piece.from >= to) continue;
    if (piece.from > reached) break;
    const end = Math.min(piece.to, to);
    gramMs += (end - reached) * piece.period.gco2eqPerKwh;
    reached = end;
  }
  const forecastUntil = reached > from ? reached : null;
  const beyond = reached < to ? ("usual-of-4-weeks" as const) : null;
  const usual = outlook.usualGco2eqPerKwh;
  if (beyond !== null && usual === null)
    return { gco2eqPerKwh: null, low: null, high: null, forecastUntil, beyond };
  const usualMs = (to - reached) * (usual ?? 0);
  const mean = (forecastFactor: number, usualFactor: number): number =>
    (gramMs * forecastFactor + usualMs * usualFactor) / (to - from);
  return {
    gco2eqPerKwh: mean(1, 1),
    low: mean(INTENSITY_FACTORS.forecast.low, INTENSITY_FACTORS.fallback.low),
    high: mean(INTENSITY_FACTORS.forecast.high, INTENSITY_FACTORS.fallback.high),
    forecastUntil,
    beyond,
  };
}

/** The savings of several machines over one time, together. */
export function sumOfSavings(savings: readonly StopSaving[]): StopSaving | null {
  const [first] = savings;
  if (first === undefined) return null;
  const total = (of: (saving: StopSaving) => number | null): number | null => sumIfAllKnown(savings.map(of));
  const bounds = (unit: "kwh" | "gco2eq") => ({
    low: total((saving) => saving[unit].low),
    high: total((saving) => saving[unit].high),
  });
  return {
    ...first,
    kwh: { kwh: total(({ kwh }) => kwh.kwh), ...bounds("kwh") },
    gco2eq: { gco2eq: total(({ gco2eq }) => gco2eq.gco2eq), ...bounds("gco2eq") },
  };
}

/** A sum with one of them missing would pass for the sum of all. */
export function sumIfAllKnown(values: readonly (number | null)[]): number | null {
  return values.reduce<number | null>(
    (sum, value) => (sum === null || value === null ? null : sum + value),
    0,
  );
}
