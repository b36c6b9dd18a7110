import * as z from "zod";
import { basisLine } from "../../reports/basis-line.js";
import type { WorkspaceTotals } from "../../stores/workspace-store.js";
import type { Sums } from "../../timeseries/rollup/bin.js";
import { tallyOf } from "../../timeseries/rollup/tally.js";
import { formatInstant } from "../../usage/hour.js";
import { EXAMPLE_BASIS, EXAMPLE_SUMS } from "../examples.js";
import { EXAMPLE_MODELS, modelsSchema, type ShownModels } from "../models.js";
import { type IntervalQuery, instant, recentInterval } from "../query.js";
import { jsonRoute, type Route } from "../route.js";
import { readSubject } from "../subject.js";
import { shownTotals, totalsSchema } from "../totals.js";
import { EXAMPLE_WORKSPACES } from "../workspaces/reply.js";
import { workspaceTotalsSchema } from "../workspaces/view.js";

interface TotalsReply {
  readonly site: string;
  readonly from: string;
  readonly to: string;
  readonly simulated: boolean;
  /** Sums over the workspaces that overlap the interval, each counted whole; `null` without a tracker. */
  readonly workspaces: WorkspaceTotals | null;
  /** Sums over the stored hours of the site's projects. */
  readonly usage: Sums;
  /** What the grams of `usage` count, for people; `null` where there are none. */
  readonly basis: string | null;
  /** By which of them the workspaces are, and by which the hours. */
  readonly models: ShownModels;
}

const totalsReply: z.ZodType<TotalsReply> = z.strictObject({
  site: z.string(),
  from: z.iso.datetime(),
  to: z.iso.datetime(),
  simulated: z.boolean(),
  workspaces: workspaceTotalsSchema.nullable(),
  usage: totalsSchema,
  basis: z.string().nullable(),
  models: modelsSchema,
});

const query: z.ZodType<IntervalQuery> = z.strictObject({ from: instant.optional(), to: instant.optional() });

export const totalsRoute: Route = jsonRoute({
  name: "totals",
  path: "/sites/{site}/totals",
  summary:
    "Sums of a site over an interval, by default the last 30 days. null is a sum of which nothing is known.",
  query,
  reply: totalsReply,
  example: {
    site: "isis",
    from: "2025-09-10T00:00:00Z",
    to: "2025-09-11T00:00:00Z",
    simulated: false,
    workspaces: EXAMPLE_WORKSPACES.totals,
    usage: EXAMPLE_SUMS,
    basis: EXAMPLE_BASIS,
    models: EXAMPLE_MODELS,
  },
  maxAgeSeconds: 60,
  answer: async ({ params, query, ...admitted }) => {
    const { site = "" } = params;
    const { service, request } = admitted;
    const interval = recentInterval(query, service);
    const series = await readSubject(admitted, { site }, interval);
    const workspaces = await service.options.workspaces?.totals(site, interval, { signal: request.signal });
    const usage = tallyOf(series, interval);
    return {
      site,
      from: formatInstant(interval.from),
      to: formatInstant(interval.to),
      simulated: service.simulated || series.status.includes("fake"),
      workspaces: workspaces ?? null,
      usage: shownTotals(usage),
      basis: basisLine(usage),
      models: service.models,
    };
  },
});
