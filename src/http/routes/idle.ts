import * as z from "zod";
import { recordTable } from "../../codecs/csv.js";
import { sumIfAllKnown, sumOfSavings } from "../../reports/stop-saving.js";
import type { WorkspaceSession } from "../../stores/workspace-store.js";
import { DAY_MS, formatInstant } from "../../usage/hour.js";
import { maySeeOwner, mineOf } from "../access.js";
import { firstPage, parseCursor } from "../cursor.js";
import { idleMachines, isAfter, placeOf } from "../machines/idle-machine.js";
import { EXAMPLE_SAVING, SAVING_NOTE, savingSchema, shownSaving } from "../machines/stop-reply.js";
import { EXAMPLE_MODELS, modelsSchema } from "../models.js";
import { notStored } from "../problem.js";
import { number, whole } from "../query.js";
import { formatText, jsonRoute, mostShown, type Route } from "../route.js";
import { amount, count, time } from "../schemas.js";
import { workspacesAt } from "../service.js";
import { EXAMPLE_WORKSPACES } from "../workspaces/reply.js";
import { WORKSPACE_COLUMNS, workspaceShape } from "../workspaces/view.js";

const idleReply = z.strictObject({
  site: z.string(),
  at: time,
  days: z.number(),
  model: z.string(),
  models: modelsSchema,
  note: z.string(),
  /** How many have idled for so long. */
  machines: count,
  /** What all of them take now; `null` where that is not known of one. */
  watts: amount.nullable(),
  /** How many of them are the viewer's, their groups', and of owners whom the viewer may not see. */
  mine: count,
  group: count,
  hidden: count,
  stop: savingSchema.nullable(),
  /** Longest idle first. */
  list: z.array(
    z.strictObject({
      ...workspaceShape,
      idleSince: time,
      /** Now; `null` where that is not known yet. */
      watts: amount.nullable(),
      /** What stopping it until Monday would save. */
      kwh: amount.nullable(),
    }),
  ),
  cursor: z.string().nullable(),
});
export type IdleReply = z.infer<typeof idleReply>;

const [EXAMPLE_WORKSPACE] = EXAMPLE_WORKSPACES.workspaces;

export const idleRoute: Route = jsonRoute({
  name: "idle",
  path: "/sites/{site}/idle",
  summary:
    "The machines of a site that have idled for so many days, and what stopping them until Monday would save.",
  query: z.strictObject({
    days: number(0, 28).optional(),
    limit: whole(1, 1000).optional(),
    cursor: z.string().max(4000).optional(),
    format: formatText,
  }),
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
  table: ({ site, list }) =>
    recordTable(`${site}-idle`, [...WORKSPACE_COLUMNS, "idleSince", "watts", "kwh"], list),
  answer: async ({ params, query, ...admitted }): Promise<IdleReply> => {
    const { service, grant, context, request } = admitted;
    const { site = "" } = params;
    const { days = 3 } = query;
    const workspaces = workspacesAt(service, site);
    service.recent.keepLooking(site, workspaces);
    const habits = await service.habits.latest();
    if (habits.hosts.size === 0)
      throw notStored("who idles", "no hours of hosts are stored; sync stores them unless it is told not to");
    const now = service.clock();
    const sessions = await workspaces.active(site, { signal: request.signal });
    const idle = await idleMachines(admitted, site, sessions, habits, now - days * DAY_MS);
    const mine = mineOf(grant, context.viewer);
    const groups = new Set(context.viewer?.groups ?? []);
    const of = (isSo: (session: WorkspaceSession) => boolean): number =>
      idle.filter(({ session }) => isSo(session)).length;
    const after = query.cursor === undefined ? undefined : parseCursor(query.cursor);
    const left = idle.filter((machine) => after === undefined || isAfter(placeOf(admitted, machine), after));
    const { page, cursor } = firstPage(left, mostShown({ request, query }, 50), (machine) =>
      placeOf(admitted, machine),
    );
    const stop = sumOfSavings(idle.map(({ saving }) => saving));
    return {
      site,
      at: formatInstant(now),
      days,
      model: service.power.id,
      models: service.models,
      note: SAVING_NOTE,
      machines: idle.length,
      watts: sumIfAllKnown(idle.map(({ watts }) => watts)),
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
      cursor,
    };
  },
});
