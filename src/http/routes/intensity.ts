import * as z from "zod";
import { recordTable, type Table } from "../../codecs/csv.js";
import { bestWindow } from "../../intensity/best-window.js";
import { formatInstant } from "../../usage/hour.js";
import { INTENSITY_KINDS, type IntensityKind } from "../../usage/provenance.js";
import type { ShownIntensity } from "../grid.js";
import { notOffered, problemOf } from "../problem.js";
import { number } from "../query.js";
import { type FormatQuery, formatText, jsonRoute, type Route } from "../route.js";

interface Period {
  readonly from: string;
  readonly to: string;
  /** Grams per kWh. */
  readonly gco2eqPerKwh: number;
  readonly kind: IntensityKind;
}

interface IntensityReply {
  readonly at: string;
  readonly source: string;
  /** Show this line with the numbers. */
  readonly licence: string | null;
  readonly now: Period | null;
  readonly forecast: readonly Period[];
  readonly windowHours: number;
  /** The time to start something of `windowHours` hours; `null` where the forecast is too short. */
  readonly bestWindow: {
    readonly from: string;
    readonly to: string;
    readonly gco2eqPerKwh: number;
    readonly nowGco2eqPerKwh: number | null;
    readonly savedGco2eqPerKwh: number | null;
  } | null;
  /** Whether the source could be asked. If not, `now` is the operator's constant or nothing. */
  readonly available: boolean;
}

const gco2eqPerKwh = z.number().min(0);
const period = z.strictObject({
  from: z.iso.datetime(),
  to: z.iso.datetime(),
  gco2eqPerKwh,
  kind: z.enum(INTENSITY_KINDS),
});
const intensityReply: z.ZodType<IntensityReply> = z.strictObject({
  at: z.iso.datetime(),
  source: z.string(),
  licence: z.string().nullable(),
  now: period.nullable(),
  forecast: z.array(period),
  windowHours: z.number(),
  bestWindow: z
    .strictObject({
      from: z.iso.datetime(),
      to: z.iso.datetime(),
      gco2eqPerKwh,
      nowGco2eqPerKwh: gco2eqPerKwh.nullable(),
      savedGco2eqPerKwh: z.number().nullable(),
    })
    .nullable(),
  available: z.boolean(),
});

interface IntensityQuery extends FormatQuery {
  readonly hours?: number | undefined;
  readonly window?: number | undefined;
}

const query: z.ZodType<IntensityQuery> = z.strictObject({
  hours: number(0, 96).optional(),
  window: number(0.5, 48).optional(),
  format: formatText,
});

export const intensityRoute: Route = jsonRoute({
  name: "intensity",
  path: "/intensity",
  summary: "Carbon intensity of electricity now, its forecast, and the best time to start something.",
  query,
  reply: intensityReply,
  example: {
    at: "2025-09-10T12:10:00Z",
    source: "gb-carbon-intensity/national",
    licence: "Carbon Intensity API, CC BY 4.0",
    now: { from: "2025-09-10T12:00:00Z", to: "2025-09-10T12:30:00Z", gco2eqPerKwh: 101, kind: "actual" },
    forecast: [
      { from: "2025-09-10T12:00:00Z", to: "2025-09-10T12:30:00Z", gco2eqPerKwh: 99, kind: "forecast" },
    ],
    windowHours: 2,
    bestWindow: null,
    available: true,
  },
  maxAgeSeconds: 60,
  table: intensityTable,
  answer: async ({ service, query, request }) => {
    const { hours = 48, window = 2 } = query;
    if (service.grid === null) throw notOffered("carbon intensity");
    const at = service.clock();
    const { now, forecast, failure } = await service.grid.now(hours);
    if (failure !== null) {
      // With nothing at all to show, the failure is the answer.
      if (now === null) throw failure;
      if (problemOf(failure).inside) service.onError(failure, request);
    }
    const best = bestWindow(forecast, window, { notBefore: at });
    return {
      at: formatInstant(at),
      source: service.grid.id,
      licence: service.licence,
      now: now === null ? null : shown(now),
      forecast: forecast.map(shown),
      windowHours: window,
      bestWindow:
        best === null ? null : { ...best, from: formatInstant(best.from), to: formatInstant(best.to) },
      available: failure === null,
    };
  },
});

function shown({ from, to, gco2eqPerKwh, kind }: ShownIntensity): Period {
  return { from: formatInstant(from), to: formatInstant(to), gco2eqPerKwh, kind };
}

/** Now, and then what is forecast; a half hour of which something better is known than its forecast is there once. */
function intensityTable({ at, now, forecast }: IntensityReply): Table {
  const periods = now === null ? forecast : [now, ...forecast.filter(({ from }) => from >= now.to)];
  return recordTable(
    `intensity-${at.slice(0, 10)}`,
    ["starts", "ends", "gco2eqPerKwh", "kind"],
    periods.map(({ from, to, ...rest }) => ({ starts: from, ends: to, ...rest })),
  );
}
