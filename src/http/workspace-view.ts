import * as z from "zod";
import type { WorkspaceSession, WorkspaceTotals } from "../stores/workspace-store.js";
import { formatInstant } from "../usage/hour.js";
import { type Grant, maySeeOwner } from "./access.js";

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
  readonly group: string | null;
  readonly ownerHidden: boolean;
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

const amount = z.number().min(0);
const time = z.iso.datetime();

export const workspaceShape: { readonly [Name in keyof WorkspaceView]: z.ZodType<WorkspaceView[Name]> } = {
  id: z.string(),
  site: z.string(),
  instance: z.string().nullable(),
  project: z.string().nullable(),
  machine: z.string().nullable(),
  user: z.string().nullable(),
  group: z.string().nullable(),
  ownerHidden: z.boolean(),
  startedAt: time,
  countedUntil: time,
  runtimeSeconds: amount,
  unknownSeconds: amount,
  busyKwh: amount,
  idleKwh: amount,
  busyGco2eq: amount,
  idleGco2eq: amount,
  kwhWithoutCarbon: amount,
};

export const workspaceSchema: z.ZodType<WorkspaceView> = z.strictObject(workspaceShape);

export const workspaceTotalsSchema: z.ZodType<WorkspaceTotals> = z.strictObject({
  sessions: z.int().min(0),
  active: z.int().min(0),
  runtimeSeconds: amount,
  unknownSeconds: amount,
  busyKwh: amount,
  idleKwh: amount,
  busyGco2eq: amount,
  idleGco2eq: amount,
  kwhWithoutCarbon: amount,
});

/** The ids that stand in for real ones, which the tracker makes from owners. */
export class WorkspaceViews {
  readonly #standIns = new Map<string, Map<string, string>>();

  /** All active workspaces of a site for one viewer. Stand-ins of those that are gone are forgotten. */
  of(site: string, sessions: readonly WorkspaceSession[], grant: Grant): WorkspaceView[] {
    const standIns = this.#standInsOf(site);
    const active = new Set(sessions.map(({ id }) => id));
    for (const id of standIns.keys()) if (!active.has(id)) standIns.delete(id);
    return sessions.map((session) => this.one(session, grant));
  }

  one(session: WorkspaceSession, grant: Grant): WorkspaceView {
    const isShown = maySeeOwner(grant, session.user);
    const { site, project, machine, group, startedAt, countedUntil } = session;
    const { runtimeSeconds, unknownSeconds, busyKwh, idleKwh, busyGco2eq, idleGco2eq, kwhWithoutCarbon } =
      session;
    return {
      id: this.idFor(session, grant),
      site,
      instance: isShown ? session.instance : null,
      project,
      machine,
      user: isShown ? session.user : null,
      group,
      ownerHidden: !isShown,
      startedAt: formatInstant(startedAt),
      countedUntil: formatInstant(countedUntil),
      ...{ runtimeSeconds, unknownSeconds, busyKwh, idleKwh, busyGco2eq, idleGco2eq, kwhWithoutCarbon },
    };
  }

  /** The id this viewer knows a session by. */
  idFor(session: WorkspaceSession, grant: Grant): string {
    if (maySeeOwner(grant, session.user)) return session.id;
    const standIns = this.#standInsOf(session.site);
    const known = standIns.get(session.id) ?? crypto.randomUUID();
    standIns.set(session.id, known);
    return known;
  }

  #standInsOf(site: string): Map<string, string> {
    const known = this.#standIns.get(site) ?? new Map<string, string>();
    this.#standIns.set(site, known);
    return known;
  }
}
