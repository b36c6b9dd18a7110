import * as z from "zod";
import { AdaCarbonError } from "../usage/errors.js";
import { HALF_HOUR_MS } from "../usage/hour.js";
import { believed, type Doubt } from "./gb-doubt.js";
import { firstIssue, instant } from "./instant.js";
import type { IntensityPeriod } from "./port.js";

/** What a reply should be about, and where and when it came from. */
export interface GbReplyContext {
  /** `undefined` for the national intensity. */
  readonly region: number | undefined;
  readonly fetchedAt: number;
  /** Whether the forecast is wanted also where there is a measured value. */
  readonly isForecast?: boolean | undefined;
  /** The URL, for messages. */
  readonly where: string;
  /** Takes the values that are not believed. */
  readonly onDoubt?: (doubt: Doubt) => void;
}

const Row = z.object({
  from: instant,
  to: instant,
  intensity: z.object({ forecast: z.number().nullish(), actual: z.number().nullish() }).nullish(),
});

/**
 * The periods of a reply, as they stand in it: neither sorted nor without duplicates nor cut to what was
 * asked. A period without a value, and a reply without periods (`{}`, `{"data":[]}`), are things not known.
 * Anything else that is not of the documented shape is `bad-reply`. In place of a measured value that is doubted
 * stands the forecast, if that is believed.
 */
export function readGbReply(document: unknown, context: GbReplyContext): IntensityPeriod[] {
  if (!isObject(document)) throw unlike(context, "it is not a JSON object");
  if (!("data" in document) && Object.keys(document).length > 0)
    throw unlike(context, `it has no "data", but ${Object.keys(document).slice(0, 5).join(", ")}`);
  if (isObject(document.data) && Object.keys(document.data).length === 0) return [];
  return rowsIn(document.data, context).flatMap((row, i) => periodOf(row, i, context));
}

/**
 * Takes the rows out of whichever envelope the route uses: an array of rows, one row, an object with `data`
 * about one region or an array of those, or an array of half hours that list all `regions`.
 */
function rowsIn(data: unknown, context: GbReplyContext): unknown[] {
  if (data === undefined || data === null) return [];
  if (Array.isArray(data)) return data.flatMap((item: unknown) => rowsIn(item, context));
  if (!isObject(data)) return [data];
  if ("data" in data) {
    const id = data.regionid;
    if (id !== undefined && id !== context.region)
      throw unlike(context, `it is about region ${String(id)}, not ${context.region ?? "the whole country"}`);
    return rowsIn(data.data, context);
  }
  if (Array.isArray(data.regions)) {
    if (context.region === undefined) throw unlike(context, "it is about regions, not the whole country");
    const ours = data.regions.filter(isObject).filter((item) => item.regionid === context.region);
    return ours.map((item) => ({ from: data.from, to: data.to, intensity: item.intensity }));
  }
  return [data];
}

function periodOf(row: unknown, index: number, context: GbReplyContext): IntensityPeriod[] {
  const parsed = Row.safeParse(row);
  if (!parsed.success) {
    const from = isObject(row) && typeof row.from === "string" ? ` (${row.from.slice(0, 40)})` : "";
    throw unlike(context, `its period ${index + 1}${from} is malformed: ${firstIssue(parsed.error)}`);
  }
  const { from, to, intensity } = parsed.data;
  if (from >= to) throw unlike(context, `its period ${index + 1} ends before it starts`);
  if (to - from !== HALF_HOUR_MS) throw unlike(context, `its period ${index + 1} is not half an hour long`);
  // Regional rows have no measured value, whatever a later version of the service may put there.
  const isNational = context.region === undefined;
  const actual = isNational && context.isForecast !== true ? (intensity?.actual ?? undefined) : undefined;
  const given = { actual, forecast: intensity?.forecast ?? undefined };
  const { values, doubt } = believed(given, isNational);
  if (doubt !== undefined) context.onDoubt?.({ from, to, ...doubt });
  const gco2eqPerKwh = values.actual ?? values.forecast;
  if (gco2eqPerKwh === undefined) return [];
  const kind = values.actual === undefined ? "forecast" : "actual";
  return [{ from, to, gco2eqPerKwh, kind, fetchedAt: context.fetchedAt }];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function unlike(context: GbReplyContext, what: string): AdaCarbonError {
  return new AdaCarbonError(
    "bad-reply",
    `${context.where}: not an answer of the GB Carbon Intensity API: ${what}; check the URL, or try again later`,
  );
}
