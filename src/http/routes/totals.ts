import * as z from "zod";
import { basisLine } from "../../reports/basis-line.js";
import { tallyOf } from "../../timeseries/rollup/tally.js";
import { formatEnds } from "../../usage/hour.js";
import { EXAMPLE_BASIS, EXAMPLE_DAY, EXAMPLE_SUMS } from "../examples.js";
import { EXAMPLE_MODELS, modelsSchema } from "../models.js";
import { intervalShape, recentInterval } from "../query.js";
import { jsonRoute, type Route } from "../route.js";
import { fromTo } from "../schemas.js";
import { readSubject } from "../subject.js";
import { shownTotals, totalsSchema } from "../totals.js";
import { EXAMPLE_WORKSPACES } from "../workspaces/reply.js";
import { workspaceTotalsSchema } from "../workspaces/view.js";

const totalsReply = z.strictObject({
  site: z.string(),
  ...fromTo,
  simulated: z.boolean(),
  /** Sums over the workspaces that overlap the interval, each counted whole; `null` without a tracker. */
  workspaces: workspaceTotalsSchema.nullable(),
  /** Sums over the stored hours of the site's projects. */
  usage: totalsSchema,
  /** What the grams of `usage` count, for people; `null` where there are none. */
  basis: z.string().nullable(),
  /** By which of them the workspaces are, and by which the hours. */
  models: modelsSchema,
});

export const totalsRoute: Route = jsonRoute({
  name: "totals",
  path: "/sites/{site}/totals",
  summary:
    "Sums of a site over an interval, by default the last 30 days. null is a sum of which nothing is known.",
  query: z.strictObject(intervalShape),
  reply: totalsReply,
  example: {
    site: "isis",
    ...EXAMPLE_DAY,
    simulated: false,
    workspaces: EXAMPLE_WORKSPACES.totals,
    usage: EXAMPLE_SUMS,
    basis: EXAMPLE_BASIS,
    models: EXAMPLE_MODELS,
  },
  maxAgeSeconds: 60,
  answer: async ({ params, query, ...admitted }): Promise<z.infer<typeof totalsReply>> => {
    const { site = "" } = params;
    const { service, request } = admitted;
    const interval = recentInterval(query, service);
    const series = await readSubject(admitted, { site }, interval);
    const workspaces = await service.options.workspaces?.totals(site, interval, { signal: request.signal });
    const usage = tallyOf(series, interval);
    return {
      site,
      ...formatEnds(interval),
      simulated: service.simulated || series.status.includes("fake"),
      workspaces: workspaces ?? null,
      usage: shownTotals(usage),
      basis: basisLine(usage),
      models: service.models,
    };
  },
});
