import { byCodeUnit } from "../usage/code-units.js";
import type { Interval } from "../usage/hour.js";
import { recordOf } from "../usage/record-of.js";
import { sumOf } from "../usage/sum.js";
import { SESSION_QUANTITIES } from "./assert-session.js";
import type { WorkspaceSession, WorkspaceTotals } from "./workspace-store.js";

/**
 * Whether a session, [startedAt, endedAt), overlaps [from, to). One without duration belongs where it
 * started; nothing overlaps an interval without duration.
 */
export function overlaps(session: WorkspaceSession, { from, to }: Interval): boolean {
  const { startedAt, endedAt } = session;
  if (!(from < to) || startedAt >= to) return false;
  return endedAt === null || endedAt > from || startedAt >= from;
}

/** The order in which stores list sessions: by start, then by id, code unit by code unit. */
export function byStartThenId(a: WorkspaceSession, b: WorkspaceSession): number {
  return a.startedAt - b.startedAt || byCodeUnit(a.id, b.id);
}

/** Sums over the sessions, each counted whole. Grams of different bases have none. */
export function sumSessions(sessions: readonly WorkspaceSession[]): WorkspaceTotals {
  const total = (name: (typeof SESSION_QUANTITIES)[number]): number =>
    sumOf(sessions.map((session) => session[name]));
  const bases = new Set(sessions.flatMap(({ basis }) => basis ?? []));
  const grams = (name: "busyGco2eq" | "idleGco2eq"): number | null => (bases.size > 1 ? null : total(name));
  return {
    sessions: sessions.length,
    active: sessions.filter((session) => session.endedAt === null).length,
    ...recordOf(SESSION_QUANTITIES, total),
    busyGco2eq: grams("busyGco2eq"),
    idleGco2eq: grams("idleGco2eq"),
  };
}

/** The session ended at an instant, but not before it started; one that is over stays as it is. */
export function ended(session: WorkspaceSession, at: number): WorkspaceSession {
  return session.endedAt === null ? { ...session, endedAt: Math.max(at, session.startedAt) } : session;
}
