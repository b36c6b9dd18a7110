import type { Closure } from "../calibration/closure.js";
import type { MeterHours } from "../meters/meter.js";
import { formatInstant, type Hour, type Interval } from "../usage/hour.js";
import { at, type UsageSeries } from "../usage/series.js";
import { Sum } from "../usage/sum.js";
import type { Io } from "./io.js";
import { type MeterSourceFlags, readMeters } from "./meters.js";
import { decimals } from "./render.js";

export interface ClosureFlags extends MeterSourceFlags {
  readonly floorWatts?: number;
}

/** What meters measured beside what was attributed, in the hours of which both are known. */
export interface ClosedMeter {
  /** Hours of the report, and those of them of which everything is known. */
  readonly hours: number;
  readonly knownHours: number;
  readonly total: Parts | null;
  readonly hourly: readonly (Parts & { readonly hour: string })[];
}

/** kWh: busy + idle + floor + unexplained = meter. */
type Parts = Readonly<Record<(typeof PARTS)[number], number>>;

const PARTS = ["meterKwh", "busyKwh", "idleKwh", "floorKwh", "unexplainedKwh"] as const;

/** Holds what a report attributes against the meters of everything. */
export async function closedMeter(
  flags: ClosureFlags,
  series: UsageSeries,
  interval: Interval,
  io: Io,
): Promise<ClosedMeter> {
  const { closeMeter } = await import("../calibration/closure.js");
  const { meters, findings } = await readMeters({ ...flags, meterKind: "site" }, interval, io.signal);
  for (const finding of findings) io.stderr.warning(finding);
  const closure = closeMeter({
    meterKwh: sumOfMeters(meters, series.hours),
    busyKwh: series.busyKwh,
    idleKwh: series.idleKwh,
    floorWatts: flags.floorWatts,
  });
  const known = [...series.hours.keys()].filter((t) => !Number.isNaN(at(closure.meterKwh, t)));
  return {
    hours: series.hours.length,
    knownHours: known.length,
    total: known.length === 0 ? null : partsOf((name) => sumAt(closure, name, known)),
    hourly: known.map((t) => ({
      hour: formatInstant(series.hours[t] ?? Number.NaN),
      ...partsOf((name) => at(closure[name], t)),
    })),
  };
}

/** All meters together; missing where one of them is. */
function sumOfMeters(meters: readonly MeterHours[], hours: readonly Hour[]): Float64Array {
  const rows = meters.map((meter) => new Map(meter.hours.map((hour, row) => [hour, row])));
  return Float64Array.from(hours, (hour) => {
    if (meters.length === 0) return Number.NaN;
    return meters.reduce((sum, { kwh }, m) => sum.add(at(kwh, rows[m]?.get(hour) ?? -1)), new Sum()).value;
  });
}

function sumAt(closure: Closure, name: (typeof PARTS)[number], rows: readonly number[]): number {
  return rows.reduce((sum, t) => sum.add(at(closure[name], t)), new Sum()).value;
}

function partsOf(make: (name: (typeof PARTS)[number]) => number): Parts {
  return {
    meterKwh: make("meterKwh"),
    busyKwh: make("busyKwh"),
    idleKwh: make("idleKwh"),
    floorKwh: make("floorKwh"),
    unexplainedKwh: make("unexplainedKwh"),
  };
}

/** The lines of a report for people: what neither cores nor the floor explain is shown, never hidden. */
export function closureLines({ total, hours, knownHours }: ClosedMeter): string[] {
  if (total === null)
    return [`meter: no hour of ${hours} is known of both the meter and what was attributed`];
  const kwh = (value: number): string => `${decimals(value, 2)} kWh`;
  const share = (value: number): string =>
    total.meterKwh > 0 ? ` (${decimals((100 * value) / total.meterKwh, 1)}%)` : "";
  return [
    `meter: ${kwh(total.meterKwh)} in ${knownHours} of ${hours} hours`,
    `  attributed busy    ${kwh(total.busyKwh)}${share(total.busyKwh)}`,
    `  attributed idle    ${kwh(total.idleKwh)}${share(total.idleKwh)}`,
    `  floor, not shared  ${kwh(total.floorKwh)}${share(total.floorKwh)}`,
    `  unexplained        ${kwh(total.unexplainedKwh)}${share(total.unexplainedKwh)}`,
  ];
}
