import { DAY_MS, HALF_HOUR_MS, type Interval } from "../usage/hour.js";
import type { GridPeriod, SimulatedGrid } from "./grid.js";
import { REGIONS } from "./regions.js";
import { json, type Reply } from "./reply.js";

const TIME = String.raw`\d{4}-\d{2}-\d{2}T\d{2}:\d{2}Z`;
const WINDOW = `(${TIME})(?:/(fw24h|fw48h|pt24h|${TIME}))?`;
const NATIONAL = new RegExp(`^/intensity(?:/${WINDOW})?$`);
const REGIONAL = new RegExp(`^/regional/intensity/${WINDOW}/regionid/(\\d+)$`);

const LONGEST_MS = 14 * DAY_MS;
/** How far ahead of the clock there are forecasts. */
const FORECAST_MS = 2 * DAY_MS;

/**
 * Answers the routes of the GB Carbon Intensity API for the nation and for one region at a time, with
 * their quirks: a window holds the periods whose **end** lies in it, both ends inclusive, and the `data`
 * of a region is an object around its periods.
 */
export function answerIntensity(grid: SimulatedGrid, now: number, path: string): Reply {
  const national = NATIONAL.exec(path);
  if (national !== null) {
    const [, from, to] = national;
    const window = from === undefined ? latest(now) : readWindow(from, to);
    if (typeof window === "string") return refuse(window);
    return json(200, { data: rows(grid, now, window).map((period) => nationalRow(period, now)) });
  }
  const regional = REGIONAL.exec(path);
  if (regional === null) return refuse("Please enter a valid path.");
  const [, from = "", to, id] = regional;
  const region = REGIONS.find(({ regionid }) => regionid === Number(id));
  if (region === undefined) return refuse("Please enter a valid regionid.");
  const window = readWindow(from, to);
  if (typeof window === "string") return refuse(window);
  const { regionid, dnoregion, shortname } = region;
  const data = rows(grid, now, window, regionid).map(regionalRow);
  return json(200, { data: { regionid, dnoregion, shortname, data } });
}

/** The window that holds the last half hour that is over, alone. */
function latest(now: number): Interval {
  const end = Math.floor(now / HALF_HOUR_MS) * HALF_HOUR_MS;
  return { from: end, to: end };
}

/** The instants between which a period must end, or why they cannot be had. */
function readWindow(first: string, second: string | undefined): Interval | string {
  const from = parseTime(first);
  const to = windowEnd(from, second);
  const [start, end] = second === "pt24h" ? [from - DAY_MS, from] : [from, to];
  if (Number.isNaN(start) || Number.isNaN(end))
    return "Please enter a valid date in ISO8601 format YYYY-MM-DDThh:mmZ.";
  if (second !== undefined && end <= start) return "The end of the range must be after its start.";
  if (end - start > LONGEST_MS) return "Date range is limited to 14 days.";
  return { from: start, to: end };
}

function windowEnd(from: number, end: string | undefined): number {
  if (end === undefined) return from;
  if (end === "fw24h") return from + DAY_MS;
  if (end === "fw48h") return from + 2 * DAY_MS;
  return end === "pt24h" ? from : parseTime(end);
}

/** NaN for a date that does not exist. */
function parseTime(text: string): number {
  const ms = Date.parse(text);
  return Number.isNaN(ms) || formatTime(ms) !== text ? Number.NaN : ms;
}

/** `YYYY-MM-DDThh:mmZ`, the service's only format. */
function formatTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16)}Z`;
}

function rows(grid: SimulatedGrid, now: number, { from, to }: Interval, regionId?: number): GridPeriod[] {
  const ends = { from: from - HALF_HOUR_MS, to: Math.min(to, now + FORECAST_MS) };
  return grid.periods(ends, regionId).filter((period) => period.to >= from && period.to <= ends.to);
}

function nationalRow(period: GridPeriod, now: number): unknown {
  const actual = period.to <= now ? period.actual : null;
  const index = indexOf(actual ?? period.forecast, period.from);
  return { ...times(period), intensity: { forecast: period.forecast, actual, index } };
}

function regionalRow(period: GridPeriod): unknown {
  const { forecast } = period;
  return {
    ...times(period),
    intensity: { forecast, index: indexOf(forecast, period.from) },
    generationmix: mixFor(forecast),
  };
}

function times({ from, to }: Interval): { from: string; to: string } {
  return { from: formatTime(from), to: formatTime(to) };
}

/** The bands of 2024 and their yearly shift of 5, 10, 20 and 20 grams. */
function indexOf(gco2PerKwh: number, from: number): string {
  const years = Math.min(Math.max(new Date(from).getUTCFullYear(), 2020), 2027) - 2024;
  if (gco2PerKwh < 35 - 5 * years) return "very low";
  if (gco2PerKwh < 110 - 10 * years) return "low";
  if (gco2PerKwh < 190 - 20 * years) return "moderate";
  return gco2PerKwh < 270 - 20 * years ? "high" : "very high";
}

/** Gas makes up what the intensity asks for, wind the rest: enough for a client that reads the member. */
function mixFor(gco2PerKwh: number): { fuel: string; perc: number }[] {
  const gas = Math.min(Math.round((gco2PerKwh * 1000) / 394) / 10, 100);
  const wind = Math.round((100 - gas) * 10) / 10;
  const fuels = ["biomass", "coal", "imports", "gas", "nuclear", "other", "hydro", "solar", "wind"];
  return fuels.map((fuel) => ({ fuel, perc: fuel === "gas" ? gas : fuel === "wind" ? wind : 0 }));
}

function refuse(message: string): Reply {
  return json(400, { error: { code: "400 Bad Request", message } });
}
