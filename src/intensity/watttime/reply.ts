import * as z from "zod";
import { firstIssue, instant } from "../instant.js";
import type { MarginalPeriod } from "../port.js";
import { notAnAnswerOf } from "../requests.js";

const unlike = notAnAnswerOf("WattTime v3");

/** Pounds a MWh as grams a kWh: a pound is 453.59237 g by definition. */
const GRAMS_PER_KWH_OF_LB_PER_MWH = 0.453_592_37;
const UNITS = "lbs_co2_per_mwh";

const reply = z.object({
  data: z.array(z.object({ point_time: instant, value: z.number().nullable() })),
  meta: z.object({
    region: z.string(),
    signal_type: z.string(),
    units: z.string(),
    data_point_period_seconds: z.number().int().min(60).max(3600).default(300),
    generated_at: instant.optional(),
    model: z.object({ date: z.string() }).partial().optional(),
    warnings: z.array(z.object({ message: z.string() })).optional(),
  }),
});

export interface Expected {
  readonly region: string;
  readonly fetchedAt: number;
  readonly isForecast: boolean;
  readonly where: string;
  readonly onWarning?: ((message: string) => void) | undefined;
}

/**
 * The periods of a reply of WattTime v3, in grams a kWh. A value that is `null` is not known. Another region, signal or
 * unit than was asked for is `bad-reply`: pounds and grams are never guessed.
 */
export function readWattTime(document: unknown, expected: Expected): MarginalPeriod[] {
  const { region, fetchedAt, isForecast, where } = expected;
  const { data: read, error } = reply.safeParse(document);
  if (read === undefined) throw unlike(where, firstIssue(error), error);
  const { meta, data } = read;
  if (meta.region !== region) throw unlike(where, `it is about ${meta.region}, not ${region}`);
  if (meta.signal_type !== "co2_moer") throw unlike(where, `its signal is ${meta.signal_type}, not co2_moer`);
  if (meta.units !== UNITS) throw unlike(where, `its values are in ${meta.units}, not ${UNITS}`);
  for (const { message } of meta.warnings ?? [])
    expected.onWarning?.(`watttime/${region}/co2_moer: ${message}`);
  const about = {
    ...(meta.generated_at === undefined ? {} : { updatedAt: meta.generated_at }),
    ...(meta.model?.date === undefined ? {} : { model: meta.model.date }),
  };
  const lengthMs = meta.data_point_period_seconds * 1000;
  return data.flatMap(({ point_time: from, value }) => {
    if (value === null) return [];
    if (value < 0 || value > 5000) throw unlike(where, `${value} ${UNITS} is no intensity`);
    return [
      {
        from,
        to: from + lengthMs,
        gco2eqPerKwh: value * GRAMS_PER_KWH_OF_LB_PER_MWH,
        kind: isForecast ? "forecast" : "actual",
        signal: "marginal",
        fetchedAt,
        ...about,
      },
    ];
  });
}
