import * as z from "zod";
import { formatInstant } from "../../usage/hour.js";
import { assertSession } from "../assert-session.js";
import { copyHours } from "../kit/copy-session.js";
import { hoursSchema } from "../kit/hours-document.js";
import type { WorkspaceSession } from "../workspace-store.js";
import type { MongoDocument } from "./driver.js";
import { sessionId } from "./ids.js";

/**
 * A workspace session as a document: the source documents' ActiveWorkspace, in kWh and grams, and in `session` what
 * that lacks. Times in `session` are UTC milliseconds.
 */
export function sessionDocument(session: WorkspaceSession): MongoDocument {
  return {
    _id: sessionId(session.id),
    instance: session.instance,
    machine_name: session.machine,
    busy_kwh: session.busyKwh,
    idle_kwh: session.idleKwh,
    busy_gCo2eq: session.busyGco2eq,
    idle_gCo2eq: session.idleGco2eq,
    started_at: formatInstant(session.startedAt),
    session: {
      id: session.id,
      site: session.site,
      cloud_project_name: session.project,
      user_name: session.user,
      group_name: session.group,
      started_at: session.startedAt,
      /** `null` while it goes on. */
      ended_at: session.endedAt,
      counted_until: session.countedUntil,
      runtime_seconds: session.runtimeSeconds,
      unknown_seconds: session.unknownSeconds,
      kwh_without_carbon: session.kwhWithoutCarbon,
      ...(session.basis === undefined ? {} : { basis: session.basis }),
      /** What is not stored as usage yet, by hour. */
      ...(session.hours === undefined ? {} : { hours: copyHours(session.hours) }),
    },
  };
}

const schema = z.object({
  _id: z.string(),
  instance: z.string(),
  machine_name: z.string().nullable(),
  busy_kwh: z.number(),
  idle_kwh: z.number(),
  busy_gCo2eq: z.number(),
  idle_gCo2eq: z.number(),
  session: z.object({
    id: z.string(),
    site: z.string(),
    cloud_project_name: z.string().nullable(),
    user_name: z.string().nullable(),
    group_name: z.string().nullable(),
    started_at: z.number(),
    ended_at: z.number().nullable(),
    counted_until: z.number(),
    runtime_seconds: z.number(),
    unknown_seconds: z.number(),
    kwh_without_carbon: z.number(),
    basis: z.string().optional(),
    hours: hoursSchema.optional(),
  }),
});

/** What {@link sessionDocument} made a document of; throws for anything else. */
export function sessionOf(document: MongoDocument): WorkspaceSession {
  const { session: own, ...workspace } = schema.parse(document);
  const session: WorkspaceSession = {
    id: own.id,
    site: own.site,
    instance: workspace.instance,
    project: own.cloud_project_name,
    machine: workspace.machine_name,
    user: own.user_name,
    group: own.group_name,
    startedAt: own.started_at,
    endedAt: own.ended_at,
    countedUntil: own.counted_until,
    runtimeSeconds: own.runtime_seconds,
    unknownSeconds: own.unknown_seconds,
    busyKwh: workspace.busy_kwh,
    idleKwh: workspace.idle_kwh,
    busyGco2eq: workspace.busy_gCo2eq,
    idleGco2eq: workspace.idle_gCo2eq,
    kwhWithoutCarbon: own.kwh_without_carbon,
    ...(own.basis === undefined ? {} : { basis: own.basis }),
    ...(own.hours === undefined ? {} : { hours: own.hours }),
  };
  assertSession(session);
  if (workspace._id !== sessionId(session.id)) throw new Error("the id is another");
  return session;
}
