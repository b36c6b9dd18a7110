import * as z from "zod";
import type { HostHabits } from "../../reports/host-habits.js";
import { IDLE_BELOW } from "../../reports/idle-spell.js";
import {
  idleWattsPerCore,
  type StopSaving,
  stopSaving,
  stopWindows,
  sumOfSavings,
} from "../../reports/stop-saving.js";
import type { WorkspaceSession } from "../../stores/workspace-store.js";
import { DAY_MS, formatInstant, hourOf } from "../../usage/hour.js";
import { maySeeOwner, mineOf } from "../access.js";
import type { Admitted } from "../admitted.js";
import { formatCursor, parseCursor } from "../cursor.js";
import { EXAMPLE_MODELS, modelsSchema, type ShownModels } from "../models.js";
import { notOffered, notStored } from "../problem.js";
import { number, whole } from "../query.js";
import { jsonRoute, type Route } from "../route.js";
import { projectsOf } from "../service.js";
import {
  EXAMPLE_SAVING,
  outlookOf,
  SAVING_NOTE,
  type ShownSaving,
  savingSchema,
  shownSaving,
} from "../stop-reply.js";
import { EXAMPLE_WORKSPACES } from "../workspaces/reply.js";
import { type WorkspaceView, workspaceShape } from "../workspaces/view.js";

interface IdleQuery {
  readonly days?: number | undefined;
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}

const query: z.ZodType<IdleQuery> = z.strictObject({
  days: number(0, 28).optional(),
  limit: whole(1, 1000).optional(),
  cursor: z.string().max(4000).optional(),
});

interface IdleMachine extends WorkspaceView {
  readonly idleSince: string;
  /** Now; `null` where that is not known yet. */
  readonly watts: number | null;
  /** What stopping it until Monday would save. */
  readonly kwh: number | null;
}

export interface IdleReply {
  readonly site: string;
  readonly at: string;
  readonly days: number;
  readonly model: string;
  readonly models: ShownModels;
  readonly note: string;
  /** How many have idled for so long. */
  readonly machines: number;
  /** What they take now; `null` where that is not known of all. */
  readonly watts: number | null;
  /** How many of them are the viewer's, their groups', and of owners whom the viewer may not see. */
  readonly mine: number;
  readonly group: number;
  readonly hidden: number;
  readonly stop: ShownSaving | null;
  /** Longest idle first. */
  readonly list: readonly IdleMachine[];
  readonly cursor: string | null;
}

const count = z.int().min(0);
const amount = z.number().min(0).nullable();
const idleReply: z.ZodType<IdleReply> = z.strictObject({
  site: z.string(),
  at: z.iso.datetime(),
  days: z.number(),
  model: z.string(),
  models: modelsSchema,
  note: z.string(),
  machines: count,
  watts: amount,
  mine: count,
  group: count,
  hidden: count,
  stop: savingSchema.nullable(),
  list: z.array(
    z.strictObject({ ...workspaceShape, idleSince: z.iso.datetime(), watts: amount, kwh: amount }),
  ),
  cursor: z.string().nullable(),
});

const [EXAMPLE_WORKSPACE] = EXAMPLE_WORKSPACES.workspaces;

export const idleRoute: Route = jsonRoute({
  name: "idle",
  path: "/sites/{site}/idle",
  summary:
    "The machines of a site that have idled for so many days, and what stopping them until Monday would save.",
  query,
  reply: idleReply,
  example: {
    site: "isis",
    at: "2025-09-10T12:10:00Z",
    days: 3,
    model: EXAMPLE_MODELS.hourly,
    models: EXAMPLE_MODELS,
    note: SAVING_NOTE,
    machines: 1,
    watts: 9.3,
    mine: 0,
    group: 1,
    hidden: 1,
    stop: { ...EXAMPLE_SAVING, name: "until-monday" },
    list: EXAMPLE_WORKSPACE
      ? [{ ...EXAMPLE_WORKSPACE, idleSince: "2025-09-06T18:00:00Z", watts: 9.3, kwh: 0.056 }]
      : [],
    cursor: null,
  },
  maxAgeSeconds: 0,
  answer: async ({ params, query, ...admitted }): Promise<IdleReply> => {
    const { service, grant, context, request } = admitted;
    const { site = "" } = params;
    const { days = 3, limit = 50 } = query;
    projectsOf(service, site);
    const { workspaces } = service.options;
    if (workspaces === undefined) throw notOffered("workspaces");
    service.recent.keepLooking(site, workspaces);
    const habits = await service.habits.read();
    if (habits.hosts.size === 0)
      throw notStored("who idles", "no hours of hosts are stored; sync stores them unless it is told not to");
    const now = service.clock();
    const sessions = await workspaces.active(site, { signal: request.signal });
    const idle = await idleOf(admitted, site, sessions, habits, now - days * DAY_MS);
    const mine = mineOf(grant, context.viewer);
    const groups = new Set(context.viewer?.groups ?? []);
    const of = (isSo: (session: WorkspaceSession) => boolean): number =>
      idle.filter(({ session }) => isSo(session)).length;
    const after = query.cursor === undefined ? undefined : parseCursor(query.cursor);
    const left = idle.filter((one) => after === undefined || isAfter(place(admitted, one), after));
    const page = left.slice(0, limit);
    const last = page.at(-1);
    const stop = sumOfSavings(idle.map(({ saving }) => saving));
    const watts = idle.map((one) => one.watts);
    return {
      site,
      at: formatInstant(now),
      days,
      model: service.power.id,
      models: service.models,
      note: SAVING_NOTE,
      machines: idle.length,
      watts: watts.includes(null) ? null : watts.reduce<number>((sum, one) => sum + (one ?? 0), 0),
      mine: of(({ user }) => user !== null && mine.has(user)),
      group: of(({ group }) => group !== null && groups.has(group)),
      hidden: of(({ user }) => !maySeeOwner(grant, user)),
      stop: stop && shownSaving(stop),
      list: page.map(({ session, idleSince, watts: now, saving }) => ({
        ...service.views.one(session, grant, context.viewer),
        idleSince: formatInstant(idleSince),
        watts: now,
        kwh: saving.kwh.kwh,
      })),
      cursor: last === undefined || left.length === page.length ? null : formatCursor(place(admitted, last)),
    };
  },
});

interface Idle {
  readonly session: WorkspaceSession;
  readonly idleSince: number;
  readonly watts: number | null;
  readonly saving: StopSaving;
}

/** Those idle since before an instant, longest first. One that is at work now is not among them. */
async function idleOf(
  admitted: Admitted,
  site: string,
  sessions: readonly WorkspaceSession[],
  { hosts }: HostHabits,
  before: number,
): Promise<Idle[]> {
  const { service } = admitted;
  const now = service.clock();
  const outlook = await outlookOf(admitted, site);
  const window = stopWindows(now, service.zone).find(({ name }) => name === "until-monday");
  if (window === undefined) return [];
  return sessions
    .flatMap((session): Idle[] => {
      const { instance, project, machine, startedAt } = session;
      const habit = hosts.get(instance) ?? hosts.get(`${instance} (${project})`);
      const power = service.recent.of(session, now);
      if (habit?.idleSince == null || (power !== null && 1 - power.idleFraction >= IDLE_BELOW)) return [];
      // What the host did before was somebody else's.
      const idleSince = Math.max(habit.idleSince, startedAt);
      if (idleSince > before) return [];
      const perCore = idleWattsPerCore(service.power, machine, hourOf(now));
      return [
        {
          session,
          idleSince,
          watts: power === null ? null : power.busyWatts + power.idleWatts,
          saving: stopSaving(window, habit.cores, perCore, outlook),
        },
      ];
    })
    .sort((a, b) => (isAfter(place(admitted, a), place(admitted, b)) ? 1 : -1));
}

/** By the id that the viewer knows a workspace by: the real one has the owner in it. */
function place({ service, grant }: Admitted, { session, idleSince }: Idle): readonly [number, string] {
  return [idleSince, service.views.idFor(session, grant)];
}

function isAfter([since, id]: readonly [number, string], [key, after]: readonly [unknown, string]): boolean {
  return typeof key !== "number" || since > key || (since === key && id > after);
}
