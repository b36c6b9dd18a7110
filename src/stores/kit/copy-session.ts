import { recordOf } from "../../usage/record-of.js";
import { SESSION_HOUR_QUANTITIES } from "../assert-session.js";
import type { SessionHour, WorkspaceSession } from "../workspace-store.js";

/** A session that shares nothing with the one given. */
export function copySession(session: WorkspaceSession): WorkspaceSession {
  const { hours } = session;
  return hours === undefined ? { ...session } : { ...session, hours: copyHours(hours) };
}

/** Copies all the way down, of exactly the members that are kept, in one order: equal hours are equal as JSON. */
export function copyHours(hours: readonly SessionHour[]): SessionHour[] {
  return hours.map((sessionHour) => ({
    hour: sessionHour.hour,
    ...recordOf(SESSION_HOUR_QUANTITIES, (name) => sessionHour[name]),
    upFrom: sessionHour.upFrom,
    upTo: sessionHour.upTo,
    model: sessionHour.model,
    intensity: sessionHour.intensity && {
      kind: sessionHour.intensity.kind,
      source: sessionHour.intensity.source,
      ...(sessionHour.intensity.basis === undefined ? {} : { basis: sessionHour.intensity.basis }),
      fetchedAt: sessionHour.intensity.fetchedAt,
    },
    stored: sessionHour.stored,
  }));
}
