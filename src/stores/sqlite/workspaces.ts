import { assertEnd, assertSession } from "../assert-session.js";
import { OpenGuard } from "../kit/open-guard.js";
import type { Migratable } from "../migratable.js";
import { assertName } from "../names.js";
import { byStartThenId, overlaps, sumSessions } from "../session-sums.js";
import type { WorkspaceSession, WorkspaceStore } from "../workspace-store.js";
import type { Database } from "./database.js";
import { endSessions, readActive, readFrom, saveSessions } from "./session-rows.js";

/** A {@link WorkspaceStore} in a SQLite database. */
export type SqliteWorkspaceStore = WorkspaceStore & Migratable;

const SITE = "the name of a site";

/** @param closed What is to be done once the store has been closed. */
export function workspaceStore(database: Database, closed: () => Promise<void>): SqliteWorkspaceStore {
  const open = new OpenGuard(`the workspace store in ${database.path}`);
  const where = database.path;

  const sessionsIn = async (
    site: string,
    interval: { readonly from: number; readonly to: number },
    signal: AbortSignal | undefined,
  ): Promise<WorkspaceSession[]> => {
    open.enter(signal);
    assertName(site, SITE);
    const near = (await database.read((on) => readFrom(on, where, site, interval), signal)) ?? [];
    return near.filter((session) => overlaps(session, interval)).sort(byStartThenId);
  };

  return {
    async active(site, { signal } = {}) {
      open.enter(signal);
      assertName(site, SITE);
      const sessions = (await database.read((on) => readActive(on, where, site), signal)) ?? [];
      return sessions.sort(byStartThenId);
    },

    async save(sessions, { signal } = {}) {
      open.enter(signal);
      for (const session of sessions) assertSession(session);
      if (sessions.length > 0) await database.write((on) => saveSessions(on, sessions), signal);
    },

    async end(ids, at, { signal } = {}) {
      open.enter(signal);
      assertEnd(ids, at);
      if (ids.length > 0) await database.write((on) => endSessions(on, ids, at), signal);
    },

    async sessions(site, interval, { signal } = {}) {
      return sessionsIn(site, interval, signal);
    },

    async totals(site, interval, { signal } = {}) {
      return sumSessions(await sessionsIn(site, interval, signal));
    },

    async migrate({ signal } = {}) {
      open.enter(signal);
      await database.migrate(signal);
    },

    async close() {
      if (open.close()) await closed();
    },
  };
}
