import type { SessionHour, WorkspaceSession } from "../workspace-store.js";

/** A session that shares nothing with the one given. */
export function copySession(session: WorkspaceSession): WorkspaceSession {
  const { hours } = session;
  return hours === undefined ? { ...session } : { ...session, hours: copyHours(hours) };
}

/** Copies all the way down, of exactly the members that are kept, in one order: equal hours are equal as JSON. */
export function copyHours(hours: readonly SessionHour[]): SessionHour[] {
  return hours.map((one) => ({
    hour: one.hour,
    busyCpuSeconds: one.busyCpuSeconds,
    idleCpuSeconds: one.idleCpuSeconds,
    unknownCpuSeconds: one.unknownCpuSeconds,
    busyKwh: one.busyKwh,
    idleKwh: one.idleKwh,
    busyGco2eq: one.busyGco2eq,
    idleGco2eq: one.idleGco2eq,
    kwhWithoutCarbon: one.kwhWithoutCarbon,
    upFrom: one.upFrom,
    upTo: one.upTo,
    model: one.model,
    intensity: one.intensity && {
      kind: one.intensity.kind,
      source: one.intensity.source,
      ...(one.intensity.basis === undefined ? {} : { basis: one.intensity.basis }),
      fetchedAt: one.intensity.fetchedAt,
    },
    stored: one.stored,
  }));
}
