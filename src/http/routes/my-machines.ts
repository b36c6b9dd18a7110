import * as z from "zod";
import { type StopSaving, sumIfAllKnown, sumOfSavings } from "../../reports/stop-saving.js";
import { formatInstant } from "../../usage/hour.js";
import { mineOf } from "../access.js";
import {
  EXAMPLE_MY_MACHINE,
  type MyMachine,
  myMachine,
  myMachineSchema,
  usualHabits,
} from "../machines/my-machine.js";
import {
  EXAMPLE_SAVING,
  outlooksOf,
  SAVING_NOTE,
  savingSchema,
  shownSaving,
} from "../machines/stop-reply.js";
import { EXAMPLE_MODELS, modelsSchema } from "../models.js";
import { NONE } from "../query.js";
import { jsonRoute, type Route } from "../route.js";
import { amount, time } from "../schemas.js";
import { workspacesAt } from "../service.js";

const myMachinesReply = z.strictObject({
  site: z.string(),
  at: time,
  zone: z.string(),
  /** By which the savings are. */
  model: z.string(),
  models: modelsSchema,
  simulated: z.boolean(),
  note: z.string(),
  machines: z.array(myMachineSchema),
  totals: z.strictObject({
    busyWatts: amount.nullable(),
    idleWatts: amount.nullable(),
    /** Of the machines that idle. */
    stop: z.array(savingSchema),
  }),
});
export type MyMachinesReply = z.infer<typeof myMachinesReply>;

export const myMachinesRoute: Route = jsonRoute({
  name: "myMachines",
  path: "/sites/{site}/my-machines",
  summary:
    "The viewer's own machines at a site: what they take now, since when they idle, and what stopping saves.",
  query: NONE,
  reply: myMachinesReply,
  example: {
    site: "isis",
    at: "2025-09-10T12:10:00Z",
    zone: "Europe/London",
    model: EXAMPLE_MODELS.hourly,
    models: EXAMPLE_MODELS,
    simulated: false,
    note: SAVING_NOTE,
    machines: [EXAMPLE_MY_MACHINE],
    totals: { busyWatts: 0.1, idleWatts: 9.2, stop: [EXAMPLE_SAVING] },
  },
  maxAgeSeconds: 0,
  answer: async ({ params, ...admitted }): Promise<MyMachinesReply> => {
    const { service, grant, context, request } = admitted;
    const { site = "" } = params;
    const workspaces = workspacesAt(service, site);
    service.recent.keepLooking(site, workspaces);
    const mine = mineOf(grant, context.viewer);
    const sessions =
      mine.size === 0 ? [] : await workspaces.active(site, { signal: request.signal, users: [...mine] });
    const own = sessions.filter(({ user }) => user !== null && mine.has(user));
    const machines: { readonly shown: MyMachine; readonly stop: readonly StopSaving[] }[] = [];
    if (own.length > 0) {
      const [outlookOf, habits] = await Promise.all([outlooksOf(admitted, site), usualHabits(admitted)]);
      for (const session of own)
        machines.push(await myMachine(admitted, session, outlookOf(session.project), habits));
    }
    return {
      site,
      at: formatInstant(service.clock()),
      zone: service.zone,
      model: service.power.id,
      models: service.models,
      simulated: service.simulated,
      note: SAVING_NOTE,
      machines: machines.map(({ shown }) => shown),
      totals: {
        busyWatts: sumIfAllKnown(machines.map(({ shown }) => shown.busyWatts)),
        idleWatts: sumIfAllKnown(machines.map(({ shown }) => shown.idleWatts)),
        // What works is not stopped.
        stop: [0, 1].flatMap((i) => {
          const idle = machines.filter(({ shown }) => shown.isIdle === true);
          const sum = sumOfSavings(idle.flatMap(({ stop }) => stop[i] ?? []));
          return sum === null ? [] : [shownSaving(sum)];
        }),
      },
    };
  },
});
