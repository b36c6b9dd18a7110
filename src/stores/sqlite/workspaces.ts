import { OpenGuard } from "../kit/open-guard.js";
import { sharedDatabaseCalls } from "../kit/shared-database.js";
import { workspaceCalls } from "../kit/workspace-calls.js";
import type { Migratable } from "../migratable.js";
import type { WorkspaceStore } from "../workspace-store.js";
import type { Database } from "./database.js";
import { forgetting } from "./forgotten.js";
import {
  countEndedSessions,
  endSessions,
  forgetUserOfSessions,
  readActive,
  readNear,
  removeEndedSessions,
  saveSessions,
} from "./session-rows.js";

/** A {@link WorkspaceStore} in a SQLite database. */
export type SqliteWorkspaceStore = WorkspaceStore & Migratable & AsyncDisposable;

export function workspaceStore(database: Database): SqliteWorkspaceStore {
  const open = new OpenGuard(`the workspace store in ${database.path}`);
  const where = database.path;
  return {
    ...workspaceCalls(open, {
      active(site, signal, users) {
        return database.read((on) => readActive(on, where, site, users), [], signal);
      },
      near(site, interval, signal) {
        return database.read((on) => readNear(on, where, site, interval), [], signal);
      },
      save(sessions, signal) {
        return database.write((on) => saveSessions(on, sessions), signal);
      },
      end(ids, at, signal) {
        return database.write((on) => endSessions(on, ids, at), signal);
      },
      removeEnded(before, signal) {
        return database.write((on) => removeEndedSessions(on, before), signal);
      },
      countEnded(before, signal) {
        return database.read((on) => countEndedSessions(on, before), 0, signal);
      },
    }),

    ...forgetting(
      open,
      database,
      (work, signal) => database.write(work, signal),
      (on, name) => forgetUserOfSessions(on, where, name),
    ),

    ...sharedDatabaseCalls(open, database, (signal) => database.migrate(signal)),
  };
}
