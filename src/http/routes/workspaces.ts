import * as z from "zod";
import { sumSessions } from "../../stores/session-sums.js";
import type { WorkspaceTotals } from "../../stores/workspace-store.js";
import { formatInstant } from "../../usage/hour.js";
import { notOffered } from "../problem.js";
import { NONE } from "../query.js";
import { jsonRoute, type Route } from "../route.js";
import { projectsOf } from "../service.js";
import { type WorkspaceView, workspaceSchema, workspaceTotalsSchema } from "../workspace-view.js";

/** The active workspaces of a site; also the data of the event `workspaces`. */
export interface WorkspacesReply {
  readonly site: string;
  readonly at: string;
  readonly simulated: boolean;
  readonly workspaces: readonly WorkspaceView[];
  readonly totals: WorkspaceTotals;
}

export const workspacesReplySchema: z.ZodType<WorkspacesReply> = z.strictObject({
  site: z.string(),
  at: z.iso.datetime(),
  simulated: z.boolean(),
  workspaces: z.array(workspaceSchema),
  totals: workspaceTotalsSchema,
});

export const EXAMPLE_WORKSPACES: WorkspacesReply = {
  site: "isis",
  at: "2025-09-10T12:00:00Z",
  simulated: false,
  workspaces: [
    {
      id: "c1b7a2de-6f0c-4b43-9d3b-0b6d0f9f1c11",
      site: "isis",
      instance: null,
      project: "IDAaaS",
      machine: "Artemis (Matlab)",
      user: null,
      group: "Muons",
      ownerHidden: true,
      mine: false,
      cores: 4,
      busyWatts: 36,
      idleWatts: 1,
      startedAt: "2025-09-10T08:00:00Z",
      countedUntil: "2025-09-10T11:59:30Z",
      runtimeSeconds: 3600,
      unknownSeconds: 0,
      busyKwh: 0.06,
      idleKwh: 0.015,
      busyGco2eq: 10.2,
      idleGco2eq: 2.6,
      kwhWithoutCarbon: 0,
    },
  ],
  totals: {
    sessions: 1,
    active: 1,
    runtimeSeconds: 3600,
    unknownSeconds: 0,
    busyKwh: 0.06,
    idleKwh: 0.015,
    busyGco2eq: 10.2,
    idleGco2eq: 2.6,
    kwhWithoutCarbon: 0,
  },
};

export const workspacesRoute: Route = jsonRoute({
  name: "workspaces",
  path: "/sites/{site}/workspaces",
  summary: "The active workspaces of a site, each with its use so far, and their sums.",
  query: NONE,
  reply: workspacesReplySchema,
  example: EXAMPLE_WORKSPACES,
  maxAgeSeconds: 0,
  answer: async ({ service, params, grant, context, request }) => {
    const { site = "" } = params;
    projectsOf(service, site);
    const { workspaces } = service.options;
    if (workspaces === undefined) throw notOffered("workspaces");
    const active = await workspaces.active(site, { signal: request.signal });
    return {
      site,
      at: formatInstant(service.clock()),
      simulated: service.simulated,
      workspaces: service.views.of(site, active, grant, context.viewer),
      totals: sumSessions(active),
    };
  },
});
