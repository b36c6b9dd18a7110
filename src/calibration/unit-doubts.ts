import { assertArgument, LIST } from "../usage/options.js";
import { numberAt } from "../usage/series.js";
import type { MeteredLoad } from "./loads.js";

/**
 * Watts a core, with the floor of the machines under it, between which whole fleets lie: SPECpower's idle threads take
 * 0.3 W and more, ARCHER2 3.2 W a core all in, EPFL's racks 6.9 to 8.2 W, and a fleet that is let in half twice that.
 */
const PLAUSIBLE = { low: 0.3, high: 25 };

/** What a meter is off by if it is in another unit than it says, and how near to it a meter must be to look like it. */
const FACTORS: readonly { readonly by: number; readonly near: number; readonly what: string }[] = [
  { by: 1000, near: 2, what: "Wh taken for kWh or W for kW" },
  { by: 3600, near: 1.8, what: "joules taken for Wh" },
  { by: 3.6, near: 1.25, what: "megajoules taken for kWh" },
  { by: 1e6, near: 2, what: "mWh taken for kWh or mW for kW" },
  { by: 3.6e6, near: 1.8, what: "joules taken for kWh" },
];

/** A meter that is doubted, and why. */
export interface UnitDoubt {
  readonly meter: string;
  readonly what: string;
  /** Whether it cannot be right. Of two hosts, one busy and one idle, one may well take 3.6 times as much. */
  readonly isSure: boolean;
}

/**
 * Meters that read nothing, that together measure what the cores behind them cannot take, and that differ from the usual
 * one by the factor of a unit, in watts and in watts a core: a hypervisor with few machines on it does so only in the
 * latter. They are better left out than fitted.
 */
export function unitDoubts(loads: readonly MeteredLoad[]): UnitDoubt[] {
  assertArgument("unitDoubts", "loads", loads, LIST);
  const known = loads.filter(({ hours }) => hours.length > 0);
  const all = [...Map.groupBy(known, ({ meter }) => meter)].map(([meter, parts]) => ({
    meter,
    ...powerOf(parts),
  }));
  const silent = all
    .filter(({ watts }) => watts === 0)
    .map(({ meter }) => ({ meter, what: "it read 0 in every hour", isSure: true }));
  return [...silent, ...doubtsOf(all.filter(({ watts }) => watts !== 0))];
}

interface MeterPower {
  readonly meter: string;
  readonly watts: number;
  readonly wattsPerCore: number;
}

function doubtsOf(meters: readonly MeterPower[]): UnitDoubt[] {
  const usual = {
    watts: median(meters.map(({ watts }) => watts)),
    wattsPerCore: median(meters.map(({ wattsPerCore }) => wattsPerCore)),
  };
  const watts = meters.reduce((sum, meter) => sum + meter.watts, 0);
  const cores = meters.reduce((sum, meter) => sum + meter.watts / meter.wattsPerCore, 0);
  const what = implausible(usual.wattsPerCore);
  if (what !== undefined && implausible(watts / cores) !== undefined)
    return meters.map(({ meter }) => ({ meter, what, isSure: true }));
  return meters.flatMap(({ meter, watts: own, wattsPerCore }) => {
    const factor = FACTORS.find(({ by: times, near }) =>
      [times, 1 / times].some(
        (by) => isNear(own / usual.watts / by, near) && isNear(wattsPerCore / usual.wattsPerCore / by, near),
      ),
    );
    if (factor === undefined) return [];
    const much = `${shown(own)} W where the others have ${shown(usual.watts)} W`;
    const what = `${much}, a factor of ${factor.by} as of ${factor.what}, or the reverse`;
    return [{ meter, what, isSure: factor.by > 10 }];
  });
}

/** What is odd about so many watts a core, and what unit may be behind it; `undefined` if nothing is. */
export function implausible(wattsPerCore: number): string | undefined {
  if (isPlausible(wattsPerCore) || !Number.isFinite(wattsPerCore)) return undefined;
  const factor = FACTORS.find(({ by }) => isPlausible(wattsPerCore / by) || isPlausible(wattsPerCore * by));
  const range = `${shown(wattsPerCore)} W a core, where ${PLAUSIBLE.low} to ${PLAUSIBLE.high} W are plausible`;
  if (factor === undefined) return range;
  return `${range}, a factor of ${factor.by} as of ${factor.what}, or the reverse`;
}

function isPlausible(wattsPerCore: number): boolean {
  return wattsPerCore >= PLAUSIBLE.low && wattsPerCore <= PLAUSIBLE.high;
}

function isNear(ratio: number, near: number): boolean {
  return ratio < near && ratio > 1 / near;
}

function powerOf(parts: readonly MeteredLoad[]): { readonly watts: number; readonly wattsPerCore: number } {
  let [wattHours, hours, coreHours] = [0, 0, 0];
  for (const { kwh, machines } of parts) {
    hours += kwh.length;
    kwh.forEach((value, i) => {
      wattHours += 1000 * value;
      for (const { busyCoreHours, idleCoreHours } of machines)
        coreHours += numberAt(busyCoreHours, i) + numberAt(idleCoreHours, i);
    });
  }
  return { watts: wattHours / hours, wattsPerCore: wattHours / coreHours };
}

function median(values: readonly number[]): number {
  const known = values.filter((value) => Number.isFinite(value)).sort((a, b) => a - b);
  return known[known.length >> 1] ?? Number.NaN;
}

function shown(watts: number): string {
  return String(Number(watts.toPrecision(3)));
}
