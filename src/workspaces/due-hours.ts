import type { SessionHour, WorkspaceSession } from "../stores/workspace-store.js";
import { HOUR_MS } from "../usage/hour.js";
import { withHours } from "./session-hours.js";

interface DueRules {
  readonly now: number;
  readonly waitMs: number;
  readonly keepMs: number;
}

/**
 * The hours that there is something to do about, ascending: finished ones that are not stored as they are and
 * will not change any more, as far as can be seen, and stored ones that are to be forgotten.
 *
 * @param hours Those of `sessions`, and of any others.
 * @param before The sessions as they were read by this poll: with two trackers on one store, only what both of
 *   them have read is the same in both of their rows.
 */
export function dueHours(
  hours: readonly SessionHour[],
  sessions: readonly WorkspaceSession[],
  before: ReadonlyMap<string, WorkspaceSession>,
  { now, waitMs, keepMs }: DueRules,
): number[] {
  const wanted = new Set<number>();
  for (const { hour, stored } of hours) if (!stored || isOver(hour, now, keepMs)) wanted.add(hour);
  const due = [...wanted].filter((hour) => {
    const end = hour + HOUR_MS;
    if (now < end) return false;
    return now >= end + waitMs || !sessions.some((session) => mayGrow(session, before.get(session.id), hour));
  });
  return due.sort((a, b) => a - b);
}

/** Whether a session that goes on has not been counted to the end of the hour, or only just now. */
function mayGrow(session: WorkspaceSession, before: WorkspaceSession | undefined, hour: number): boolean {
  if (session.endedAt !== null) return false;
  if (before === undefined) return session.hours?.some((sessionHour) => sessionHour.hour === hour) === true;
  return before.countedUntil < hour + HOUR_MS;
}

/** Whether nothing can be added to an hour any more. */
export function isOver(hour: number, now: number, keepMs: number): boolean {
  return now >= hour + HOUR_MS + keepMs;
}

/**
 * The sessions whose hours change: `done` are stored now, and an hour that is over and stored in all of them is
 * forgotten. Those that have ended come first, because they are the harder ones to find again.
 */
export function markedSessions(
  sessions: readonly WorkspaceSession[],
  done: ReadonlySet<SessionHour>,
  isOver: (hour: number) => boolean,
): WorkspaceSession[] {
  const isStored = (sessionHour: SessionHour): boolean => sessionHour.stored || done.has(sessionHour);
  const waiting = new Set<number>();
  for (const { hours = [] } of sessions) {
    for (const sessionHour of hours) if (!isStored(sessionHour)) waiting.add(sessionHour.hour);
  }
  const marked = sessions.flatMap((session) => {
    const hours = session.hours ?? [];
    const left = hours.filter(({ hour }) => waiting.has(hour) || !isOver(hour));
    if (
      left.length === hours.length &&
      left.every((sessionHour) => sessionHour.stored || !done.has(sessionHour))
    )
      return [];
    return [
      withHours(
        session,
        left.map((sessionHour) => (isStored(sessionHour) ? { ...sessionHour, stored: true } : sessionHour)),
      ),
    ];
  });
  return marked.sort((a, b) => Number(a.endedAt === null) - Number(b.endedAt === null));
}
