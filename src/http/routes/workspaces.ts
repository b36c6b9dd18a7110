import { formatInstant } from "../../usage/hour.js";
import { notOffered } from "../problem.js";
import { jsonRoute, type Route } from "../route.js";
import { projectsOf } from "../service.js";
import { listedWorkspaces, MOST_LISTED, workspacesQuery } from "../workspaces/query.js";
import { EXAMPLE_WORKSPACES, workspacesReplySchema } from "../workspaces/reply.js";
import { Snapshot } from "../workspaces/snapshot.js";

export const workspacesRoute: Route = jsonRoute({
  name: "workspaces",
  path: "/sites/{site}/workspaces",
  summary: "The active workspaces of a site, each with its use so far, and the sums of all of them.",
  query: workspacesQuery(MOST_LISTED),
  reply: workspacesReplySchema,
  example: EXAMPLE_WORKSPACES,
  maxAgeSeconds: 0,
  answer: async ({ service, params, query, grant, context, request }) => {
    const { site = "" } = params;
    projectsOf(service, site);
    const { workspaces } = service.options;
    if (workspaces === undefined) throw notOffered("workspaces");
    const read = async (): Promise<Snapshot> => {
      const active = await workspaces.active(site, { signal: request.signal });
      return Snapshot.of(active, service.clock(), service.views);
    };
    const snapshot = service.live?.snapshot(site) ?? (await read());
    const listed = listedWorkspaces(query, MOST_LISTED);
    const { count, rows } = snapshot.select(listed, grant);
    return {
      site,
      at: formatInstant(snapshot.at),
      simulated: service.simulated,
      count,
      offset: listed.offset,
      workspaces: rows.map(({ row }) => service.views.one(row.session, grant, context.viewer)),
      totals: snapshot.totals,
      models: service.models,
    };
  },
});
