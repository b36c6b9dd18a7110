import * as z from "zod";
import { energyEquivalencies, equivalencies } from "../../timeseries/equivalencies.js";
import { hourOf } from "../../usage/hour.js";
import { INTENSITY_KINDS } from "../../usage/provenance.js";
import { EXAMPLE_MODELS } from "../models.js";
import { badInput } from "../problem.js";
import { number } from "../query.js";
import { jsonRoute, type Route } from "../route.js";
import { amount } from "../schemas.js";

/** A hundred thousand cores for a hundred years: what is more is a slip. */
const MOST_CPU_SECONDS = 3.2e14;

const query = z.strictObject({
  busyCpuSeconds: number(0, MOST_CPU_SECONDS),
  idleCpuSeconds: number(0, MOST_CPU_SECONDS).optional(),
  machine: z.string().min(1).optional(),
  gco2eqPerKwh: number(0, 5000).optional(),
});

const estimateReply = z.strictObject({
  busyKwh: amount,
  idleKwh: amount,
  /** `null` where no intensity is known. */
  busyGco2eq: amount.nullable(),
  idleGco2eq: amount.nullable(),
  gco2eqPerKwh: amount.nullable(),
  /** Where the intensity is from: the request, the grid now, or the operator's constant. */
  intensity: z.enum(["given", ...INTENSITY_KINDS]).nullable(),
  /** What the grams count, for people; `null` where that is not known, as of an intensity that was given. */
  basis: z.string().nullable(),
  /** The power model with its constants. */
  model: z.string(),
});

export const estimateRoute: Route = jsonRoute({
  name: "estimate",
  path: "/estimate",
  summary: "kWh and grams for so many CPU-seconds, at the intensity given or that of now.",
  query,
  reply: estimateReply,
  example: {
    busyKwh: 0.06,
    idleKwh: 0.015,
    busyGco2eq: 6,
    idleGco2eq: 1.5,
    gco2eqPerKwh: 100,
    intensity: "given",
    basis: null,
    model: EXAMPLE_MODELS.hourly,
  },
  maxAgeSeconds: 60,
  answer: async ({ service, query }) => {
    const { busyCpuSeconds, idleCpuSeconds = 0, machine = null } = query;
    const context = { machine, hour: hourOf(service.clock()) };
    const { busyKwh, idleKwh } = service.power.energy({ busyCpuSeconds, idleCpuSeconds }, context);
    const grid = query.gco2eqPerKwh === undefined ? (service.grids?.others ?? null) : null;
    const now = (await grid?.now(0))?.now ?? null;
    const grams = query.gco2eqPerKwh ?? now?.gco2eqPerKwh ?? null;
    return {
      busyKwh,
      idleKwh,
      busyGco2eq: grams === null ? null : busyKwh * grams,
      idleGco2eq: grams === null ? null : idleKwh * grams,
      gco2eqPerKwh: grams,
      intensity: query.gco2eqPerKwh === undefined ? (now?.kind ?? null) : "given",
      basis: now === null || now.kind === "fallback" ? null : (grid?.basis ?? null),
      model: service.power.id,
    };
  },
});

const equivalenciesQuery = z.strictObject({
  gco2eq: number(0, 1e15).optional(),
  kwh: number(0, 1e12).optional(),
});

const equivalenciesReply = z.strictObject({
  equivalencies: z.array(
    z.strictObject({
      name: z.string(),
      amount,
      unit: z.string(),
      sentence: z.string(),
      source: z.string(),
      year: z.int(),
    }),
  ),
});

export const equivalenciesRoute: Route = jsonRoute({
  name: "equivalencies",
  path: "/equivalencies",
  summary: "Grams of carbon, or kWh, as things that people know.",
  query: equivalenciesQuery,
  reply: equivalenciesReply,
  example: { equivalencies: equivalencies(10_000) },
  maxAgeSeconds: 86_400,
  answer: async ({ query: { gco2eq, kwh } }) => {
    if (gco2eq !== undefined && kwh === undefined) return { equivalencies: equivalencies(gco2eq) };
    if (kwh !== undefined && gco2eq === undefined) return { equivalencies: energyEquivalencies(kwh) };
    throw badInput("give either gco2eq, in grams, or kwh");
  },
});
