import { formatInstant } from "../../usage/hour.js";
import { assertSession } from "../assert-session.js";
import { copyHours } from "../kit/copy-session.js";
import { hoursSchema } from "../kit/hours-document.js";
import type { SessionHour, WorkspaceSession } from "../workspace-store.js";
import type { MongoDocument } from "./driver.js";
import { sessionId } from "./ids.js";

/**
 * A workspace session: the source documents' ActiveWorkspace, in kWh and grams, and what that lacks. Times in
 * `session` are UTC milliseconds.
 */
export interface SessionDocument extends MongoDocument {
  readonly _id: string;
  readonly instance: string;
  readonly machine_name: string | null;
  readonly busy_kwh: number;
  readonly idle_kwh: number;
  readonly busy_gCo2eq: number;
  readonly idle_gCo2eq: number;
  /** ISO 8601, such as `2025-09-11T10:30:00Z`. */
  readonly started_at: string;
  readonly session: {
    readonly id: string;
    readonly site: string;
    readonly cloud_project_name: string | null;
    readonly user_name: string | null;
    readonly group_name: string | null;
    readonly started_at: number;
    /** `null` while it goes on. */
    readonly ended_at: number | null;
    readonly counted_until: number;
    readonly runtime_seconds: number;
    readonly unknown_seconds: number;
    readonly kwh_without_carbon: number;
    /** What is not stored as usage yet, by hour. */
    readonly hours?: SessionHour[];
  };
}

export function encodeSession(session: WorkspaceSession): SessionDocument {
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
      ended_at: session.endedAt,
      counted_until: session.countedUntil,
      runtime_seconds: session.runtimeSeconds,
      unknown_seconds: session.unknownSeconds,
      kwh_without_carbon: session.kwhWithoutCarbon,
      ...(session.hours === undefined ? {} : { hours: copyHours(session.hours) }),
    },
  };
}

/** What {@link encodeSession} made a document of; throws for anything else. */
export function decodeSession(document: MongoDocument): WorkspaceSession {
  const own = document.session;
  if (typeof own !== "object" || own === null) throw new Error("no session");
  const inner = own as MongoDocument;
  const session: WorkspaceSession = {
    id: text(inner, "id"),
    site: text(inner, "site"),
    instance: text(document, "instance"),
    project: textOrNull(inner, "cloud_project_name"),
    machine: textOrNull(document, "machine_name"),
    user: textOrNull(inner, "user_name"),
    group: textOrNull(inner, "group_name"),
    startedAt: number(inner, "started_at"),
    endedAt: inner.ended_at === null ? null : number(inner, "ended_at"),
    countedUntil: number(inner, "counted_until"),
    runtimeSeconds: number(inner, "runtime_seconds"),
    unknownSeconds: number(inner, "unknown_seconds"),
    busyKwh: number(document, "busy_kwh"),
    idleKwh: number(document, "idle_kwh"),
    busyGco2eq: number(document, "busy_gCo2eq"),
    idleGco2eq: number(document, "idle_gCo2eq"),
    kwhWithoutCarbon: number(inner, "kwh_without_carbon"),
    ...(inner.hours === undefined ? {} : { hours: hoursSchema.parse(inner.hours) }),
  };
  assertSession(session);
  if (document._id !== sessionId(session.id)) throw new Error("the id is another");
  return session;
}

function text(document: MongoDocument, member: string): string {
  const value = document[member];
  if (typeof value !== "string") throw new Error(`${member} is not a text`);
  return value;
}

function textOrNull(document: MongoDocument, member: string): string | null {
  return document[member] === null ? null : text(document, member);
}

function number(document: MongoDocument, member: string): number {
  const value = document[member];
  if (typeof value !== "number") throw new Error(`${member} is not a number`);
  return value;
}
