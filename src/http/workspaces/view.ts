import * as z from "zod";
import { SESSION_QUANTITIES } from "../../stores/assert-session.js";
import type { WorkspaceTotals } from "../../stores/workspace-store.js";
import { recordOf } from "../../usage/record-of.js";
import { amount, count, time } from "../schemas.js";

/** A workspace as one viewer may see it. */
export interface WorkspaceView {
  /** Names it between replies of this process. That of another user's workspace says nothing about its owner. */
  readonly id: string;
  readonly site: string;
  /** Host name with port; `null` where the owner is hidden. */
  readonly instance: string | null;
  readonly project: string | null;
  readonly machine: string | null;
  /** `null` where there is none, and where it is hidden. */
  readonly user: string | null;
  /** `null` where there is none, and where it is hidden: in a small group it would tell who. */
  readonly group: string | null;
  readonly ownerHidden: boolean;
  /** Whether it is the viewer's own. */
  readonly mine: boolean;
  /** By the tracker's hours; `null` where it keeps none. */
  readonly cores: number | null;
  /** Between the last two measurements; `null` until there are two, and where the last is old. */
  readonly busyWatts: number | null;
  readonly idleWatts: number | null;
  readonly startedAt: string;
  /** Up to when energy has been counted. */
  readonly countedUntil: string;
  readonly runtimeSeconds: number;
  readonly unknownSeconds: number;
  readonly busyKwh: number;
  readonly idleKwh: number;
  readonly busyGco2eq: number;
  readonly idleGco2eq: number;
  /** kWh of the above without known intensity: no carbon is in the sums for them. */
  readonly kwhWithoutCarbon: number;
}

const counted = recordOf(SESSION_QUANTITIES, () => amount);

export const workspaceShape: { readonly [Name in keyof WorkspaceView]: z.ZodType<WorkspaceView[Name]> } = {
  id: z.string(),
  site: z.string(),
  instance: z.string().nullable(),
  project: z.string().nullable(),
  machine: z.string().nullable(),
  user: z.string().nullable(),
  group: z.string().nullable(),
  ownerHidden: z.boolean(),
  mine: z.boolean(),
  cores: z.int().min(1).nullable(),
  busyWatts: amount.nullable(),
  idleWatts: amount.nullable(),
  startedAt: time,
  countedUntil: time,
  ...counted,
};

/** What tables have of a workspace. */
export const WORKSPACE_COLUMNS: readonly (keyof WorkspaceView)[] = z
  .strictObject(workspaceShape)
  .keyof().options;

/** Checks a {@link WorkspaceView}. */
export const workspaceSchema: z.ZodType<WorkspaceView> = z.strictObject(workspaceShape);

export const workspaceTotalsSchema: z.ZodType<WorkspaceTotals> = z.strictObject({
  sessions: count,
  active: count,
  ...counted,
});
