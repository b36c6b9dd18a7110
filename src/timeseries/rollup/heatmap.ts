import { differenceInCalendarISOWeeks } from "date-fns/differenceInCalendarISOWeeks";
import { getISODay } from "date-fns/getISODay";
import { joinBases } from "../../intensity/basis-of-source.js";
import { badInput } from "../../usage/errors.js";
import { assertArgument, assertOptions, oneOf, optional, type Rules, TEXT } from "../../usage/options.js";
import { SERIES, type UsageSeries } from "../../usage/series.js";
import { shown } from "../../usage/shown.js";
import { busyAndIdle, type Metric } from "./bin.js";
import type { ZoneOptions } from "./bin-table.js";
import { WALL, yearOn } from "./calendar.js";
import { rollup } from "./rollup.js";
import { wallClock } from "./zone.js";

/** One square of the heatmap. */
export interface HeatmapDay {
  /** `2025-09-10`, in the zone. */
  readonly date: string;
  /** kWh or grams; `null` where nothing of the day is known. `value` is busy and idle together. */
  readonly value: number | null;
  readonly busy: number | null;
  readonly idle: number | null;
  /** What the grams count, as `formatBasis` writes it; several, which have no sum, joined by ` + `. `null` of kWh. */
  readonly basis: string | null;
  /** 0 to 1. */
  readonly coverage: number;
  /** Row: 0 is Monday, 6 Sunday. */
  readonly weekday: number;
  /** Column: 0 is the week of 1 January. Weeks begin on Monday. */
  readonly week: number;
}

/** What a heatmap shows, and in whose days. */
export interface HeatmapOptions extends ZoneOptions {
  /** Default `energy`, in kWh. `carbon` is grams of CO2 equivalent. */
  readonly metric?: Metric | undefined;
}

const HEATMAP_OPTIONS: Rules<HeatmapOptions> = {
  zone: optional(TEXT),
  metric: optional(oneOf(["energy", "carbon"])),
};

/**
 * A year of days for a heatmap: 365 squares, or 366 in a leap year. Days without data are there, with `null`.
 *
 * @throws {AdaCarbonError} `bad-input` for a zone that does not exist, or a year that is not one of 1000 to 9998.
 *
 * @example
 * import assert from "node:assert/strict";
 * import { ADA, emptySeries } from "ada-carbon";
 * import { yearHeatmap } from "ada-carbon/timeseries";
 *
 * const nothing = emptySeries(ADA, [], { library: "0.1.0", model: null, intensity: null });
 * const days = yearHeatmap(nothing, 2024, { zone: "Europe/London" });
 * assert.equal(days.length, 366);
 * assert.deepEqual(days[0], {
 *   date: "2024-01-01", value: null, busy: null, idle: null, basis: null, coverage: 0, weekday: 0, week: 0,
 * });
 */
export function yearHeatmap(series: UsageSeries, year: number, options: HeatmapOptions = {}): HeatmapDay[] {
  assertArgument("yearHeatmap", "series", series, SERIES);
  assertOptions("yearHeatmap", options, HEATMAP_OPTIONS);
  if (!Number.isInteger(year) || year < 1000 || year > 9998)
    throw badInput(`${shown(year)} is not a year such as 2025`);
  const interval = yearOn(wallClock(options.zone ?? "UTC"), year);
  const first = Date.UTC(year, 0, 1);
  const { metric = "energy" } = options;
  return rollup(series, interval, "day", { zone: options.zone }).map((bin) => {
    const date = Date.parse(`${bin.label}T00:00:00Z`);
    const { busy, idle, total } = busyAndIdle(bin, metric);
    return {
      date: bin.label,
      value: total,
      busy,
      idle,
      basis: metric === "carbon" ? (joinBases(bin.bases) ?? null) : null,
      coverage: bin.coverage,
      weekday: getISODay(date, WALL) - 1,
      week: differenceInCalendarISOWeeks(date, first, WALL),
    };
  });
}
