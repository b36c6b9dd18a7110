import * as z from "zod";
import { instant } from "../../intensity/instant.js";
import { formatInstant } from "../../usage/hour.js";
import { assertSession } from "../assert-session.js";
import { copyHours } from "../kit/copy-session.js";
import { hoursSchema } from "../kit/hours-document.js";
import { byStartThenId } from "../session-sums.js";
import type { WorkspaceSession } from "../workspace-store.js";
import { assertAccepted, corrupt, OURS, parseDocument } from "./document.js";

const VERSION = 1;
/** The source documents' example has the label around its value: `instance="host-1:9100"`. */
const LABEL = /^instance="(.*)"$/s;

const text = z.string().nullable();
const oursSchema = z.object({
  version: z.literal(VERSION),
  id: z.string(),
  site: z.string(),
  project: text,
  user: text,
  group: text,
  ended_at: instant.nullable(),
  counted_until: instant,
  runtime_seconds: z.number(),
  unknown_seconds: z.number(),
  kwh_without_carbon: z.number(),
  basis: z.string().optional(),
  hours: hoursSchema.optional(),
});

/** The source documents' ActiveWorkspace, and our own member. */
const entrySchema = z.object({
  instance: z.string(),
  machine_name: text,
  busy_kwh: z.number(),
  idle_kwh: z.number(),
  busy_gCo2eq: z.number(),
  idle_gCo2eq: z.number(),
  started_at: instant,
  [OURS]: oursSchema.optional(),
});
type Entry = z.output<typeof entrySchema>;

/** Sessions as the text of a JSON array, one a line, by start. Equal sessions give equal text. */
export function formatSessions(sessions: Iterable<WorkspaceSession>): string {
  const lines = [...sessions].sort(byStartThenId).map((session) => JSON.stringify(toEntry(session)));
  return lines.length === 0 ? "[]\n" : `[\n${lines.join(",\n")}\n]\n`;
}

/**
 * The sessions in a document, by id. An entry without our member, from another tool, is a session of `site`
 * that goes on, whose owner is not known and whose energy has been counted up to its start only.
 *
 * @param site Whose the document is; `undefined` if only its entries say.
 * @param path Where it is from, for messages.
 * @throws {AdaCarbonError} `store-corrupt` or `store-newer`.
 */
export function parseSessions(
  value: unknown,
  path: string,
  site: string | undefined,
): Map<string, WorkspaceSession> {
  if (!Array.isArray(value)) throw corrupt(path, "it is not an array of workspaces");
  const sessions = new Map<string, WorkspaceSession>();
  for (const entry of value) {
    const session = toSession(parseDocument(entrySchema, entry, path, VERSION), path, site);
    if (site !== undefined && session.site !== site) {
      throw corrupt(path, `it holds a session of ${session.site}, and is the document of ${site}`);
    }
    if (sessions.has(session.id)) throw corrupt(path, `it holds the session ${session.id} twice`);
    sessions.set(session.id, session);
  }
  return sessions;
}

function toEntry(session: WorkspaceSession): z.input<typeof entrySchema> {
  return {
    instance: session.instance,
    machine_name: session.machine,
    busy_kwh: session.busyKwh,
    idle_kwh: session.idleKwh,
    busy_gCo2eq: session.busyGco2eq,
    idle_gCo2eq: session.idleGco2eq,
    started_at: formatInstant(session.startedAt),
    [OURS]: {
      version: VERSION,
      id: session.id,
      site: session.site,
      project: session.project,
      user: session.user,
      group: session.group,
      ended_at: session.endedAt === null ? null : formatInstant(session.endedAt),
      counted_until: formatInstant(session.countedUntil),
      runtime_seconds: session.runtimeSeconds,
      unknown_seconds: session.unknownSeconds,
      kwh_without_carbon: session.kwhWithoutCarbon,
      ...(session.basis === undefined ? {} : { basis: session.basis }),
      ...(session.hours === undefined ? {} : { hours: copyHours(session.hours) }),
    },
  };
}

function toSession(entry: Entry, path: string, site: string | undefined): WorkspaceSession {
  const ours = entry[OURS] ?? oursOf(entry, path, site);
  const session: WorkspaceSession = {
    id: ours.id,
    site: ours.site,
    instance: entry[OURS] === undefined ? withoutLabel(entry.instance) : entry.instance,
    project: ours.project,
    machine: entry.machine_name,
    user: ours.user,
    group: ours.group,
    startedAt: entry.started_at,
    endedAt: ours.ended_at,
    countedUntil: ours.counted_until,
    runtimeSeconds: ours.runtime_seconds,
    unknownSeconds: ours.unknown_seconds,
    busyKwh: entry.busy_kwh,
    idleKwh: entry.idle_kwh,
    busyGco2eq: entry.busy_gCo2eq,
    idleGco2eq: entry.idle_gCo2eq,
    kwhWithoutCarbon: ours.kwh_without_carbon,
    ...(ours.basis === undefined ? {} : { basis: ours.basis }),
    ...(ours.hours === undefined ? {} : { hours: ours.hours }),
  };
  assertAccepted(path, () => assertSession(session));
  return session;
}

/** What our member would say of an entry that another tool wrote. */
function oursOf(entry: Entry, path: string, site: string | undefined): z.output<typeof oursSchema> {
  if (site === undefined) throw corrupt(path, "an entry does not say which site it is of");
  return {
    version: VERSION,
    id: `${site}/${withoutLabel(entry.instance)}/${formatInstant(entry.started_at)}`,
    site,
    project: null,
    user: null,
    group: null,
    ended_at: null,
    counted_until: entry.started_at,
    runtime_seconds: 0,
    unknown_seconds: 0,
    kwh_without_carbon: 0,
  };
}

function withoutLabel(instance: string): string {
  return LABEL.exec(instance)?.[1] ?? instance;
}
