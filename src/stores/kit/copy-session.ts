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
    busyCpuSeconds: sessionHour.busyCpuSeconds,
    idleCpuSeconds: sessionHour.idleCpuSeconds,
    unknownCpuSeconds: sessionHour.unknownCpuSeconds,
    busyKwh: sessionHour.busyKwh,
    idleKwh: sessionHour.idleKwh,
    busyGco2eq: sessionHour.busyGco2eq,
    idleGco2eq: sessionHour.idleGco2eq,
    kwhWithoutCarbon: sessionHour.kwhWithoutCarbon,
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
