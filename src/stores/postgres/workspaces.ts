import { OpenGuard } from "../kit/open-guard.js";
import { sharedDatabaseCalls } from "../kit/shared-database.js";
import { workspaceCalls } from "../kit/workspace-calls.js";
import type { Migratable } from "../migratable.js";
import type { WorkspaceSession, WorkspaceStore } from "../workspace-store.js";
import type { Database, Work } from "./connection.js";
import { eraseFromSessions, forgetting } from "./forgotten.js";
import { takeWorkspaceLock } from "./lock.js";
import { assertPrepared, migrate, prepared } from "./migrate.js";
import {
  ENDED_BEFORE,
  endSessions,
  IS_OF_USERS,
  readSessions,
  removeEndedSessions,
  saveSessions,
} from "./session-rows.js";
import { bound, toText } from "./text.js";

/** A {@link WorkspaceStore} in PostgreSQL. */
export interface PostgresWorkspaceStore extends WorkspaceStore, Migratable, AsyncDisposable {}

/** The workspace store over a database that others may share. */
export function workspaceStoreOn(database: Database): PostgresWorkspaceStore {
  const open = new OpenGuard(`the workspace store in ${database.place.where}`);

  const find = (
    signal: AbortSignal | undefined,
    condition: string,
    values: Parameters<typeof readSessions>[2],
  ): Promise<WorkspaceSession[]> =>
    prepared(database, signal, (session) => readSessions(session, condition, values));

  const writing = <T>(signal: AbortSignal | undefined, work: Work<T>): Promise<T> =>
    database.transaction(signal, async (session) => {
      await assertPrepared(session);
      await takeWorkspaceLock(session);
      const result = await work(session);
      signal?.throwIfAborted();
      return result;
    });

  return {
    ...workspaceCalls(open, {
      active(site, signal, users) {
        const goesOn = "d.site = $1::text AND s.ended_at IS NULL";
        if (users === undefined) return find(signal, goesOn, [toText(site)]);
        return find(signal, `${goesOn} AND ${IS_OF_USERS}`, [toText(site), users.map(toText)]);
      },

      near(site, { from, to }, signal) {
        // The server narrows it down; the exact rule is the same for all stores.
        return find(
          signal,
          `d.site = $1::text AND s.started_at < $3::timestamptz
           AND (s.ended_at IS NULL OR s.ended_at >= $2::timestamptz)`,
          [toText(site), bound(Math.floor(from)), bound(to)],
        );
      },

      save(sessions, signal) {
        return writing(signal, (session) => saveSessions(session, sessions));
      },

      end(ids, at, signal) {
        return writing(signal, (session) => endSessions(session, ids, at));
      },

      removeEnded(before, signal) {
        return writing(signal, (session) => removeEndedSessions(session, before));
      },

      async countEnded(before, signal) {
        return (await find(signal, ENDED_BEFORE, [bound(before)])).length;
      },
    }),

    ...forgetting(open, database, writing, eraseFromSessions),

    ...sharedDatabaseCalls(open, database, (signal) => migrate(database, signal)),
  };
}
