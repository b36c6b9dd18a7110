import type { Interval } from "../../usage/hour.js";
import { assertEnd, assertSession } from "../assert-session.js";
import { assertName } from "../names.js";
import { OpenGuard } from "../open-guard.js";
import { byStartThenId, ended, overlaps, sumSessions } from "../session-sums.js";
import type { WorkspaceSession, WorkspaceStore } from "../workspace-store.js";

/**
 * A workspace store that lives as long as the process: for tests, and for trackers that need not survive a
 * restart. What goes in and what comes out are copies.
 *
 * @example
 * import { memoryWorkspaceStore } from "ada-carbon/memory";
 *
 * assert.deepEqual(await memoryWorkspaceStore().active("isis"), []);
 */
export function memoryWorkspaceStore(): WorkspaceStore {
  const stored = new Map<string, WorkspaceSession>();
  const open = new OpenGuard("the memory store");

  const of = (site: string, wanted: (session: WorkspaceSession) => boolean): WorkspaceSession[] => {
    assertName(site, "the name of a site");
    const sessions = [...stored.values()].filter((session) => session.site === site && wanted(session));
    return sessions.sort(byStartThenId).map((session) => ({ ...session }));
  };
  const during = (site: string, interval: Interval): WorkspaceSession[] =>
    of(site, (session) => overlaps(session, interval));

  return {
    async active(site, { signal } = {}) {
      open.enter(signal);
      return of(site, (session) => session.endedAt === null);
    },

    async save(sessions, { signal } = {}) {
      open.enter(signal);
      for (const session of sessions) assertSession(session);
      for (const session of sessions) stored.set(session.id, { ...session });
    },

    async end(ids, at, { signal } = {}) {
      open.enter(signal);
      assertEnd(ids, at);
      for (const id of ids) {
        const session = stored.get(id);
        if (session !== undefined) stored.set(id, ended(session, at));
      }
    },

    async sessions(site, interval, { signal } = {}) {
      open.enter(signal);
      return during(site, interval);
    },

    async totals(site, interval, { signal } = {}) {
      open.enter(signal);
      return sumSessions(during(site, interval));
    },

    async close() {
      if (open.close()) stored.clear();
    },
  };
}
