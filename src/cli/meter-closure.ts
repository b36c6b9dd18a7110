import type { Closure, FloorShare, OwnerCoreHours } from "../calibration/closure.js";
import { implausible } from "../calibration/unit-doubts.js";
import type { MeterHours } from "../meters/meter.js";
import type { UsageReader } from "../reports/usage-reader.js";
import { formatInstant, type Hour, type Interval } from "../usage/hour.js";
import { recordOf } from "../usage/record-of.js";
import { ADA, formatScope } from "../usage/scope.js";
import { numberAt, type Quantity, type UsageSeries } from "../usage/series.js";
import { sumOf } from "../usage/sum.js";
import type { Io } from "./io.js";
import { type MeterSourceFlags, readMeters } from "./meters.js";
import { decimals } from "./render.js";

export interface ClosureFlags extends MeterSourceFlags {
  readonly floorWatts?: number;
  readonly shareFloor: FloorShare;
}

/** What meters measured beside what was attributed, in the hours of which both are known. */
export interface ClosedMeter {
  readonly shareFloor: FloorShare;
  /** Hours of the report, and those of them of which everything is known. */
  readonly hours: number;
  readonly knownHours: number;
  /** kWh: busy + idle + floor + unexplained = meter. `null` where nothing is known. */
  readonly total: Amounts<keyof Closure> | null;
  readonly hourly: readonly HourAmounts<keyof Closure>[];
  /** Of these the part of the scope that was asked for, with its share of the floor; `null` for everything. */
  readonly part: ScopePart | null;
}

export interface ScopePart {
  readonly scope: string;
  readonly total: Amounts<OwnColumn> | null;
  readonly hourly: readonly HourAmounts<OwnColumn>[];
}

type OwnColumn = (typeof OWN_COLUMNS)[number];
export type Amounts<Name extends string> = Readonly<Record<Name, number>>;
type HourAmounts<Name extends string> = Amounts<Name> & { readonly hour: string };

const OWN_COLUMNS = ["busyKwh", "idleKwh", "floorKwh"] as const;
const COLUMNS = ["meterKwh", ...OWN_COLUMNS, "unexplainedKwh"] as const;

/** Holds what a report attributes against the meters of everything. */
export async function closedMeter(
  flags: ClosureFlags,
  reader: UsageReader,
  series: UsageSeries,
  interval: Interval,
  io: Io,
): Promise<ClosedMeter> {
  const { closeMeter, partOfFloor } = await import("../calibration/closure.js");
  const { shareFloor } = flags;
  const { meters, findings } = await readMeters({ ...flags, meterKind: "site" }, interval, io);
  const ada = series.scope.kind === "ada" ? series : await reader.series(ADA, interval);
  const closure = closeMeter({
    meterKwh: sumOfMeters(meters, ada.hours),
    busyKwh: ada.busyKwh,
    idleKwh: ada.idleKwh,
    floorWatts: flags.floorWatts,
  });
  const { hours } = ada;
  const known = [...hours.keys()].filter((t) => !Number.isNaN(numberAt(closure.meterKwh, t)));
  const total = known.length === 0 ? null : sumsOf(closure, COLUMNS, known);
  const coreHours = coreHoursOf(ada, hours);
  const { busyCoreHours, idleCoreHours } = sumsOf(coreHours, CORE_HOURS, known);
  for (const finding of [...findings, ...closureDoubts(total, busyCoreHours + idleCoreHours)])
    io.stderr.warning(finding);
  const partOf = (scope: UsageSeries): ScopePart => {
    const columns = {
      busyKwh: onHours(scope, "busyKwh", hours),
      idleKwh: onHours(scope, "idleKwh", hours),
      floorKwh: partOfFloor(closure.floorKwh, coreHoursOf(scope, hours), coreHours, shareFloor),
    };
    return {
      scope: formatScope(scope.scope),
      total: total && sumsOf(columns, OWN_COLUMNS, known),
      hourly: hourlyOf(columns, OWN_COLUMNS, hours, known),
    };
  };
  return {
    ...{ shareFloor, hours: hours.length, knownHours: known.length, total },
    hourly: hourlyOf(closure, COLUMNS, hours, known),
    part: series === ada ? null : partOf(series),
  };
}

const CORE_HOURS = ["busyCoreHours", "idleCoreHours"] as const;

function coreHoursOf(series: UsageSeries, hours: readonly Hour[]): OwnerCoreHours {
  const inHours = (cpuSeconds: number): number => cpuSeconds / 3600;
  return {
    busyCoreHours: onHours(series, "busyCpuSeconds", hours).map(inHours),
    idleCoreHours: onHours(series, "idleCpuSeconds", hours).map(inHours),
  };
}

/** A column on the hours of `ada`. A scope without a row of an hour that is known of `ada` had no part of it. */
function onHours(series: UsageSeries, name: Quantity, hours: readonly Hour[]): Float64Array {
  const rowOf = new Map(series.hours.map((hour, row) => [hour as Hour, row]));
  return Float64Array.from(hours, (hour) => {
    const row = rowOf.get(hour);
    return row === undefined ? 0 : numberAt(series[name], row);
  });
}

/** All meters together; missing where one of them is. */
function sumOfMeters(meters: readonly MeterHours[], hours: readonly Hour[]): Float64Array {
  const rows = meters.map((meter) => new Map(meter.hours.map((hour, row) => [hour, row])));
  return Float64Array.from(hours, (hour) => {
    if (meters.length === 0) return Number.NaN;
    return sumOf(meters.map(({ kwh }, m) => numberAt(kwh, rows[m]?.get(hour) ?? -1)));
  });
}

type ColumnsNamed<Name extends string> = Readonly<Record<Name, Float64Array>>;

function sumsOf<Name extends string>(
  columns: ColumnsNamed<Name>,
  names: readonly Name[],
  rows: readonly number[],
): Amounts<Name> {
  return recordOf(names, (name) => sumOf(rows.map((t) => numberAt(columns[name], t))));
}

function hourlyOf<Name extends string>(
  columns: ColumnsNamed<Name>,
  names: readonly Name[],
  hours: readonly Hour[],
  rows: readonly number[],
): HourAmounts<Name>[] {
  return rows.map((t) => ({
    hour: formatInstant(hours[t] ?? Number.NaN),
    ...sumsOf(columns, names, [t]),
  }));
}

/** The factor of megajoules to kWh, and how near a meter must be to look like it. */
const MEGAJOULES = { by: 3.6, near: 1.25 };

/** What is odd about a meter of everything beside what is behind it, a sentence each. */
function closureDoubts(total: Readonly<Record<keyof Closure, number>> | null, coreHours: number): string[] {
  if (total === null) return [];
  const { meterKwh, busyKwh, idleKwh, floorKwh } = total;
  const finding = implausible((1000 * meterKwh) / coreHours);
  if (finding !== undefined) return [`the meter has ${finding}`];
  const times = meterKwh / (busyKwh + idleKwh + floorKwh);
  const { by, near } = MEGAJOULES;
  if (times > by / near && times < by * near)
    return [
      `the meter has ${decimals(times, 1)} times what is explained, as if megajoules (a factor of ${by}) were taken for kWh; or there is much that is no core: --floor-watts`,
    ];
  if (times < 1)
    return [
      `more is attributed than the meter has (${decimals(1 / times, 1)} times as much): is all that is stored behind it, are its units right, and the watts of a core?`,
    ];
  return [];
}
