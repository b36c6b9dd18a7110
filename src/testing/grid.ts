import { DAY_MS, HALF_HOUR_MS, INTERVAL, type Interval } from "../usage/hour.js";
import {
  AMOUNT,
  assertArgument,
  assertOptions,
  LIST,
  NUMBER,
  optional,
  type Rules,
} from "../usage/options.js";
import { mix, within } from "./random.js";
import { REGIONS } from "./regions.js";

/** How a made-up grid varies. */
export interface GridOptions {
  /** Whole number; 1 by default. */
  readonly seed?: number;
  /** Grams of CO2 per kWh around which the nation moves; 150 by default. */
  readonly gco2eqPerKwh?: number;
  /** Times whose periods the service does not know at all. */
  readonly missing?: readonly Interval[];
  /** Times whose `actual` stays null although they are over. */
  readonly unestimated?: readonly Interval[];
}

/** The intensity of one half hour, in whole grams of CO2 per kWh. */
export interface GridPeriod extends Interval {
  readonly forecast: number;
  /** What will be known when it is over; `null` in a region, and where it is never estimated. */
  readonly actual: number | null;
}

/** A made-up electricity grid; the same instant always has the same values. */
export interface SimulatedGrid {
  /** The half hour of the nation, or of a region, that contains an instant (UTC ms), if it is known. */
  period(instant: number, regionId?: number): GridPeriod | undefined;
  /** The periods that overlap [from, to), ascending. */
  periods(interval: Interval, regionId?: number): GridPeriod[];
}

/** Per mille of the mean at each even hour of the day, UTC: a low at night, a dip at noon, a peak at six. */
const DAY_SHAPE = [820, 770, 760, 900, 1040, 1010, 930, 950, 1080, 1290, 1200, 1010];

const GRID_OPTIONS: Rules<GridOptions> = {
  seed: optional(AMOUNT),
  gco2eqPerKwh: optional(AMOUNT),
  missing: optional(LIST),
  unestimated: optional(LIST),
};

/**
 * @example
 * import assert from "node:assert/strict";
 * import { simulateGrid } from "ada-carbon/testing";
 *
 * const grid = simulateGrid({ seed: 3 });
 * const noon = grid.period(Date.parse("2025-09-10T12:00:00Z"));
 * assert.ok(Number.isInteger(noon?.actual));
 */
export function simulateGrid(options: GridOptions = {}): SimulatedGrid {
  assertOptions("simulateGrid", options, GRID_OPTIONS);
  const { seed = 1, gco2eqPerKwh = 150, missing = [], unestimated = [] } = options;

  const national = (from: number): GridPeriod => {
    const truth = Math.round((gco2eqPerKwh * dayShape(from) * weather(seed, from)) / 1e6);
    const error = within(mix(mix(seed, 11), from / HALF_HOUR_MS), -9, 9);
    const known = !unestimated.some((hole) => contains(hole, from));
    return {
      from,
      to: from + HALF_HOUR_MS,
      forecast: Math.max(truth + error, 0),
      actual: known ? truth : null,
    };
  };

  const regional = (from: number, regionId: number): GridPeriod | undefined => {
    const perCent = REGIONS.find(({ regionid }) => regionid === regionId)?.perCent;
    if (perCent === undefined) return undefined;
    const noise = within(mix(mix(seed, 100 + regionId), from / HALF_HOUR_MS), -6, 6);
    const forecast = Math.max(Math.round((national(from).forecast * perCent) / 100) + noise, 0);
    return { from, to: from + HALF_HOUR_MS, forecast, actual: null };
  };

  const period = (instant: number, regionId?: number): GridPeriod | undefined => {
    const from = Math.floor(instant / HALF_HOUR_MS) * HALF_HOUR_MS;
    if (missing.some((hole) => contains(hole, from))) return undefined;
    return regionId === undefined ? national(from) : regional(from, regionId);
  };

  return {
    period: (instant, regionId) => {
      assertArgument("a SimulatedGrid", "instant", instant, NUMBER);
      return period(instant, regionId);
    },
    periods: (interval, regionId) => {
      assertArgument("a SimulatedGrid", "interval", interval, INTERVAL);
      const { from, to } = interval;
      const found: GridPeriod[] = [];
      for (let t = Math.floor(from / HALF_HOUR_MS) * HALF_HOUR_MS; t < to; t += HALF_HOUR_MS) {
        const known = period(t, regionId);
        if (known !== undefined) found.push(known);
      }
      return found;
    },
  };
}

function contains({ from, to }: Interval, instant: number): boolean {
  return from <= instant && instant < to;
}

/** Per mille of the mean, in straight lines between the even hours. */
function dayShape(instant: number): number {
  const twoHours = DAY_MS / DAY_SHAPE.length;
  const position = (instant % DAY_MS) / twoHours;
  const before = Math.floor(position);
  const a = DAY_SHAPE[before % DAY_SHAPE.length] ?? 1000;
  const b = DAY_SHAPE[(before + 1) % DAY_SHAPE.length] ?? 1000;
  return a + (b - a) * (position - before);
}

/** Per mille: one draw a day for how much wind there is, in straight lines from midnight to midnight. */
function weather(seed: number, instant: number): number {
  const day = Math.floor(instant / DAY_MS);
  const of = (n: number): number => within(mix(mix(seed, 12), n), 550, 1450);
  return of(day) + (of(day + 1) - of(day)) * (instant / DAY_MS - day);
}
