import * as z from "zod";
import { recordTable } from "../../codecs/csv.js";
import { formatInstant } from "../../usage/hour.js";
import { formatText, jsonRoute, mostShown, type Route } from "../route.js";
import { workspacesAt } from "../service.js";
import { listedWorkspaces, MOST_LISTED, workspacesQueryShape } from "../workspaces/query.js";
import { EXAMPLE_WORKSPACES, workspacesReplySchema } from "../workspaces/reply.js";
import { Snapshot } from "../workspaces/snapshot.js";
import { WORKSPACE_COLUMNS } from "../workspaces/view.js";

export const workspacesRoute: Route = jsonRoute({
  name: "workspaces",
  path: "/sites/{site}/workspaces",
  summary: "The active workspaces of a site, each with its use so far, and the sums of all of them.",
  query: z.strictObject({
    ...workspacesQueryShape(MOST_LISTED),
    format: formatText,
  }),
  reply: workspacesReplySchema,
  example: EXAMPLE_WORKSPACES,
  maxAgeSeconds: 0,
  table: ({ site, workspaces }) => recordTable(`${site}-workspaces`, WORKSPACE_COLUMNS, workspaces),
  answer: async ({ service, params, query, grant, context, request }) => {
    const { site = "" } = params;
    const workspaces = workspacesAt(service, site);
    const read = async (): Promise<Snapshot> => {
      const active = await workspaces.active(site, { signal: request.signal });
      return Snapshot.of(active, service.clock(), service.views);
    };
    const snapshot = service.live?.snapshot(site) ?? (await read());
    const listed = listedWorkspaces(query, mostShown({ request, query }, MOST_LISTED));
    const { count, rows } = snapshot.select(listed, grant);
    return {
      site,
      at: formatInstant(snapshot.at),
      simulated: service.simulated,
      count,
      offset: listed.offset,
      workspaces: rows.map(({ row }) => service.views.one(row.session, grant, context.viewer)),
      totals: snapshot.totals,
      now: snapshot.now,
      models: service.models,
    };
  },
});
