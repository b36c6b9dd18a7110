import * as z from "zod";
import { recordTable, type Table } from "../../codecs/csv.js";
import { bestWindow } from "../../intensity/best-window.js";
import { formatEnds, formatInstant } from "../../usage/hour.js";
import { INTENSITY_KINDS } from "../../usage/provenance.js";
import { EXAMPLE_BASIS } from "../examples.js";
import type { ShownIntensity, SiteGrid } from "../grid.js";
import { notOffered, problemOf } from "../problem.js";
import { number } from "../query.js";
import { formatText, jsonRoute, type Route } from "../route.js";
import { amount, fromTo, texts, time } from "../schemas.js";
import { projectsOf } from "../service.js";

/** Grams per kWh. */
const gco2eqPerKwh = amount;
const period = z.strictObject({ ...fromTo, gco2eqPerKwh, kind: z.enum(INTENSITY_KINDS) });
const intensityReply = z.strictObject({
  at: time,
  source: z.string(),
  /** What the grams count, for people; `null` where the source does not say. */
  basis: z.string().nullable(),
  /** Show this line with the numbers. */
  licence: z.string().nullable(),
  now: period.nullable(),
  /** Where the site that was asked for spans several grids: each, with its intensity now. The first is that of the reply. */
  grids: z.array(z.strictObject({ source: z.string(), projects: texts, now: period.nullable() })),
  forecast: z.array(period),
  windowHours: z.number(),
  /** The time to start something of `windowHours` hours; `null` where the forecast is too short. */
  bestWindow: z
    .strictObject({
      ...fromTo,
      gco2eqPerKwh,
      nowGco2eqPerKwh: gco2eqPerKwh.nullable(),
      savedGco2eqPerKwh: z.number().nullable(),
    })
    .nullable(),
  /** Whether the source could be asked. If not, `now` is the operator's constant or nothing. */
  available: z.boolean(),
});
type IntensityReply = z.infer<typeof intensityReply>;

export const intensityRoute: Route = jsonRoute({
  name: "intensity",
  path: "/intensity",
  summary: "Carbon intensity of electricity now, its forecast, and the best time to start something.",
  query: z.strictObject({
    hours: number(0, 96).optional(),
    window: number(0.5, 48).optional(),
    site: z.string().optional(),
    format: formatText,
  }),
  reply: intensityReply,
  example: {
    at: "2025-09-10T12:10:00Z",
    source: "gb-carbon-intensity/national",
    basis: EXAMPLE_BASIS,
    licence: "Carbon Intensity API, CC BY 4.0",
    now: { from: "2025-09-10T12:00:00Z", to: "2025-09-10T12:30:00Z", gco2eqPerKwh: 101, kind: "actual" },
    grids: [],
    forecast: [
      { from: "2025-09-10T12:00:00Z", to: "2025-09-10T12:30:00Z", gco2eqPerKwh: 99, kind: "forecast" },
    ],
    windowHours: 2,
    bestWindow: null,
    available: true,
  },
  maxAgeSeconds: 60,
  table: intensityTable,
  answer: async ({ service, query, request }): Promise<IntensityReply> => {
    const { hours = 48, window = 2 } = query;
    if (service.grids === null) throw notOffered("carbon intensity");
    if (query.site !== undefined) projectsOf(service, query.site);
    const grid = service.grids.of(query.site);
    const at = service.clock();
    const { now, forecast, failure } = await grid.now(hours);
    if (failure !== null) {
      // With nothing at all to show, the failure is the answer.
      if (now === null) throw failure;
      if (problemOf(failure).inside) service.onError(failure, request);
    }
    const several = service.grids.ofSite(query.site);
    const best = bestWindow(forecast, window, { notBefore: at });
    return {
      at: formatInstant(at),
      source: grid.id,
      basis: grid.basis,
      licence: grid.licence,
      now: now === null ? null : shown(now),
      grids: several.length < 2 ? [] : await Promise.all(several.map(gridNow)),
      forecast: forecast.map(shown),
      windowHours: window,
      bestWindow: best === null ? null : { ...best, ...formatEnds(best) },
      available: failure === null,
    };
  },
});

async function gridNow({ grid, projects }: SiteGrid): Promise<IntensityReply["grids"][number]> {
  const { now } = await grid.now(0);
  return { source: grid.id, projects, now: now === null ? null : shown(now) };
}

function shown({ gco2eqPerKwh, kind, ...interval }: ShownIntensity): z.infer<typeof period> {
  return { ...formatEnds(interval), gco2eqPerKwh, kind };
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
