import * as z from "zod";
import { HOUR_MS } from "../../usage/hour.js";
import { otherUnit } from "../file/value-column.js";
import { firstIssue, instant } from "../instant.js";
import type { IntensityPeriod } from "../port.js";
import { notAnAnswerOf } from "../requests.js";

const unlike = notAnAnswerOf("Electricity Maps v3");

const row = z.object({
  zone: z.string().optional(),
  carbonIntensity: z.number().min(0).max(5000).nullable(),
  datetime: instant,
  updatedAt: instant.nullish(),
  isEstimated: z.boolean().nullish(),
  emissionFactorType: z.string().nullish(),
});
/** `past-range` has `data`, `history` has `history`, `forecast` has `forecast`. */
const reply = z
  .object({
    zone: z.string(),
    updatedAt: instant.nullish(),
    temporalGranularity: z.string().nullish(),
    data: z.array(row).optional(),
    history: z.array(row).optional(),
    forecast: z.array(row).optional(),
  })
  .refine(
    ({ data, history, forecast }) => (data ?? history ?? forecast) !== undefined,
    "it has neither data nor history nor forecast",
  );

/** What a reply should be about. */
export interface Expected {
  readonly zone: string;
  readonly emissions: "direct" | "lifecycle";
  readonly fetchedAt: number;
  readonly isForecast: boolean;
  /** The URL, for messages. */
  readonly where: string;
}

/**
 * The hours of a reply of Electricity Maps v3, as they stand in it. A value that is `null` is not known. Another shape,
 * zone, factor or length than was asked for is `bad-reply`.
 */
export function readElectricityMaps(document: unknown, expected: Expected): IntensityPeriod[] {
  const { zone, emissions, fetchedAt, isForecast, where } = expected;
  const { data: read, error } = reply.safeParse(document);
  if (read === undefined) throw unlike(where, firstIssue(error), error);
  const rows = read.data ?? read.history ?? read.forecast ?? [];
  const other = [read, ...rows].find((part) => part.zone !== undefined && part.zone !== zone);
  if (other !== undefined) throw unlike(where, `it is about ${other.zone}, not ${zone}`);
  if (read.temporalGranularity != null && read.temporalGranularity !== "hourly")
    throw unlike(where, `its values are ${read.temporalGranularity}, not hourly`);
  // Direct emissions of a zone with nothing but water and wind are next to nothing.
  const why =
    emissions === "direct" ? undefined : otherUnit(rows.flatMap((row) => row.carbonIntensity ?? []));
  if (why !== undefined) throw unlike(where, `its values are not gCO2eq/kWh, ${why}`);
  return rows.flatMap((row) => {
    const { carbonIntensity, datetime: from, emissionFactorType, isEstimated } = row;
    if (emissionFactorType != null && emissionFactorType !== emissions)
      throw unlike(where, `its factors are ${emissionFactorType}, not ${emissions}`);
    if (from % HOUR_MS !== 0) throw unlike(where, "a value does not start on the hour");
    if (carbonIntensity === null) return [];
    const updatedAt = row.updatedAt ?? read.updatedAt;
    return [
      {
        from,
        to: from + HOUR_MS,
        gco2eqPerKwh: carbonIntensity,
        kind: isForecast ? "forecast" : isEstimated === true ? "estimated" : "actual",
        fetchedAt,
        ...(updatedAt == null ? {} : { updatedAt }),
      },
    ];
  });
}
