import * as z from "zod";
import { type BestWindow, bestWindow } from "../../intensity/best-window.js";
import { parseTime } from "../../timeseries/rollup/local-time.js";
import { INTENSITY_FACTORS } from "../../uncertainty/bounds.js";
import { given } from "../../usage/given.js";
import { formatEnds, formatInstant, HOUR_MS, hourOf } from "../../usage/hour.js";
import { INTENSITY_KINDS } from "../../usage/provenance.js";
import { EXAMPLE_BASIS } from "../examples.js";
import { type Grid, periodsFrom } from "../grid.js";
import { EXAMPLE_MODELS } from "../models.js";
import { placeOfSource } from "../place-of-source.js";
import { badInput, notFound, notOffered, problemOf } from "../problem.js";
import { instant, number } from "../query.js";
import { jsonRoute, type Route } from "../route.js";
import { amount, fromTo, texts, time } from "../schemas.js";
import { projectsOf, type Service } from "../service.js";
import { boundedGrams, boundedKwh } from "../totals.js";

const gridName = z.strictObject({ name: z.string(), zone: z.string() });
const windowSchema = z.strictObject({
  ...fromTo,
  /** Mean over the time. */
  gco2eqPerKwh: amount,
  kwh: boundedKwh,
  gco2eq: boundedGrams,
});
type Window = z.infer<typeof windowSchema>;
const bestTimeReply = z.strictObject({
  at: time,
  /** Whose clocks to show it by. */
  zone: z.string(),
  grid: gridName,
  /** Where the site that was asked for spans several grids: each, the one of the reply first. */
  grids: z.array(gridName.extend({ projects: texts })),
  /** What the grams count, for people; `null` where the grid does not say. */
  basis: z.string().nullable(),
  licence: z.string().nullable(),
  /** When the oldest part of the forecast was fetched. */
  forecastAt: time,
  /** By which cores are kWh; `null` where kWh were given. */
  model: z.string().nullable(),
  hours: amount,
  now: windowSchema,
  best: windowSchema,
  savesGco2eq: z.number().nullable(),
  /** The saving as a share of the grams of now, 0 to 1. */
  savesShare: z.number().nullable(),
  periods: z.array(
    z.strictObject({
      ...fromTo,
      gco2eqPerKwh: amount,
      kind: z.enum(INTENSITY_KINDS).exclude(["fallback"]),
    }),
  ),
});
export type BestTimeReply = z.infer<typeof bestTimeReply>;

const FORECAST_HOURS = 48;

export const bestTimeRoute: Route = jsonRoute({
  name: "bestTime",
  path: "/best-time",
  summary: "When to start a job of so many hours, on so many cores or of so many kWh, in grams against now.",
  query: z.strictObject({
    hours: number(0.5, 48).optional(),
    cores: number(0, 1e6).optional(),
    kwh: number(0, 1e9).optional(),
    before: instant.optional(),
    machine: z.string().min(1).max(300).optional(),
    site: z.string().optional(),
  }),
  reply: bestTimeReply,
  example: {
    at: "2025-09-10T12:10:00Z",
    zone: "Europe/London",
    grid: { name: "gb-carbon-intensity/region-12", zone: "South England" },
    grids: [],
    basis: EXAMPLE_BASIS,
    licence: null,
    forecastAt: "2025-09-10T12:05:00Z",
    model: EXAMPLE_MODELS.hourly,
    hours: 4,
    now: {
      from: "2025-09-10T12:10:00Z",
      to: "2025-09-10T16:10:00Z",
      gco2eqPerKwh: 160,
      kwh: { kwh: 0.192, low: 0.192, high: 0.192 },
      gco2eq: { gco2eq: 30.72, low: 24.576, high: 36.864 },
    },
    best: {
      from: "2025-09-10T22:00:00Z",
      to: "2025-09-11T02:00:00Z",
      gco2eqPerKwh: 100,
      kwh: { kwh: 0.192, low: 0.192, high: 0.192 },
      gco2eq: { gco2eq: 19.2, low: 15.36, high: 23.04 },
    },
    savesGco2eq: 11.52,
    savesShare: 0.375,
    periods: [
      { from: "2025-09-10T12:00:00Z", to: "2025-09-10T12:30:00Z", gco2eqPerKwh: 160, kind: "forecast" },
    ],
  },
  maxAgeSeconds: 60,
  answer: async ({ service, query, request }): Promise<BestTimeReply> => {
    if (query.site !== undefined) projectsOf(service, query.site);
    const grid = service.grids?.of(query.site) ?? null;
    const several = service.grids?.ofSite(query.site) ?? [];
    const { hours = 4, cores, machine = null } = query;
    if (grid === null) throw notOffered("carbon intensity");
    if (cores !== undefined && query.kwh !== undefined) throw badInput("give either cores or kwh, not both");
    const at = service.clock();
    const current = await grid.now(FORECAST_HOURS);
    const { failure } = current;
    const forecast = periodsFrom(at, current);
    if (failure !== null && problemOf(failure).inside) service.onError(failure, request);

    const before = query.before === undefined ? undefined : parseTime(query.before, service.zone);
    if (before !== undefined && before < at + hours * HOUR_MS)
      throw badInput(
        `${hours} hours from now are over after ${query.before}; give a later time, or fewer hours`,
      );
    const best = bestWindow(forecast, hours, { notBefore: at, ...given({ notAfter: before }) });
    const nowGco2eqPerKwh = best?.nowGco2eqPerKwh ?? null;
    if (best === null || nowGco2eqPerKwh === null) throw noForecast(hours);

    const kwh = query.kwh ?? (cores === undefined ? null : busyKwh(service, cores, hours, machine));
    const shown = (from: number, gco2eqPerKwh: number): Window => windowOf(from, hours, gco2eqPerKwh, kwh);
    const saved = nowGco2eqPerKwh - best.gco2eqPerKwh;
    return {
      at: formatInstant(at),
      zone: service.zone,
      grid: nameOf(grid),
      grids:
        several.length < 2
          ? []
          : several.map((siteGrid) => ({ ...nameOf(siteGrid.grid), projects: siteGrid.projects })),
      basis: grid.basis,
      licence: grid.licence,
      forecastAt: formatInstant(Math.min(...forecast.map(({ fetchedAt }) => fetchedAt))),
      model: query.kwh === undefined ? service.power.id : null,
      hours,
      now: shown(at, nowGco2eqPerKwh),
      best: shown(best.from, best.gco2eqPerKwh),
      savesGco2eq: kwh === null ? null : kwh * saved,
      savesShare: nowGco2eqPerKwh > 0 ? saved / nowGco2eqPerKwh : null,
      periods: forecast.map(({ gco2eqPerKwh, kind, ...interval }) => {
        return { ...formatEnds(interval), gco2eqPerKwh, kind };
      }),
    };
  },
});

function nameOf({ id }: Grid): z.infer<typeof gridName> {
  return { name: id, zone: placeOfSource(id) };
}

/** A job keeps its cores busy. */
function busyKwh({ power, clock }: Service, cores: number, hours: number, machine: string | null): number {
  const cpu = { busyCpuSeconds: cores * hours * 3600, idleCpuSeconds: 0 };
  return power.energy(cpu, { machine, hour: hourOf(clock()) }).busyKwh;
}

function windowOf(
  from: number,
  hours: number,
  gco2eqPerKwh: BestWindow["gco2eqPerKwh"],
  kwh: number | null,
): Window {
  const grams = (factor: number): number | null => (kwh === null ? null : kwh * gco2eqPerKwh * factor);
  return {
    ...formatEnds({ from, to: from + hours * HOUR_MS }),
    gco2eqPerKwh,
    // The job is what it is whenever it runs: what is not known of it does not tell two times apart.
    kwh: { kwh, low: kwh, high: kwh },
    gco2eq: {
      gco2eq: grams(1),
      low: grams(INTENSITY_FACTORS.forecast.low),
      high: grams(INTENSITY_FACTORS.forecast.high),
    },
  };
}

function noForecast(hours: number): Error {
  return notFound(
    "no-forecast",
    `the forecast of the grid does not reach over ${hours} hours from now; try later`,
  );
}
