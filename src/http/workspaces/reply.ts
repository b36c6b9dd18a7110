import * as z from "zod";
import type { WorkspaceTotals } from "../../stores/workspace-store.js";
import { EXAMPLE_MODELS, modelsSchema, type ShownModels } from "../models.js";
import { amount, count, time } from "../schemas.js";
import type { SiteWatts } from "./snapshot.js";
import { type WorkspaceView, workspaceSchema, workspaceTotalsSchema } from "./view.js";

/** The active workspaces of a site; also the data of the event `workspaces`. */
export interface WorkspacesReply {
  readonly site: string;
  readonly at: string;
  readonly simulated: boolean;
  /** How many there are of those that were searched for; the list has some of them. */
  readonly count: number;
  /** How many come before those of the list. */
  readonly offset: number;
  readonly workspaces: readonly WorkspaceView[];
  /** Totals of the whole site. */
  readonly totals: WorkspaceTotals;
  /** What the whole site takes now. */
  readonly now: SiteWatts;
  /** By `live` of them, energy and carbon of these workspaces are. */
  readonly models: ShownModels;
}

/** Checks a {@link WorkspacesReply}. */
export const workspacesReplySchema: z.ZodType<WorkspacesReply> = z.strictObject({
  site: z.string(),
  at: time,
  simulated: z.boolean(),
  count,
  offset: count,
  workspaces: z.array(workspaceSchema),
  totals: workspaceTotalsSchema,
  now: z.strictObject({ busyWatts: amount.nullable(), idleWatts: amount.nullable(), workspaces: count }),
  models: modelsSchema,
});

const EXAMPLE_COUNTED = {
  runtimeSeconds: 3600,
  unknownSeconds: 0,
  busyKwh: 0.06,
  idleKwh: 0.015,
  busyGco2eq: 10.2,
  idleGco2eq: 2.6,
  kwhWithoutCarbon: 0,
};

export const EXAMPLE_WORKSPACES: WorkspacesReply = {
  site: "isis",
  at: "2025-09-10T12:00:00Z",
  simulated: false,
  count: 1,
  offset: 0,
  workspaces: [
    {
      id: "c1b7a2de-6f0c-4b43-9d3b-0b6d0f9f1c11",
      site: "isis",
      instance: null,
      project: "IDAaaS",
      machine: "Artemis (Matlab)",
      user: null,
      group: null,
      ownerHidden: true,
      mine: false,
      cores: 4,
      busyWatts: 36,
      idleWatts: 1,
      startedAt: "2025-09-10T08:00:00Z",
      countedUntil: "2025-09-10T11:59:30Z",
      ...EXAMPLE_COUNTED,
    },
  ],
  totals: {
    sessions: 1,
    active: 1,
    ...EXAMPLE_COUNTED,
  },
  now: { busyWatts: 36, idleWatts: 1, workspaces: 1 },
  models: EXAMPLE_MODELS,
};
