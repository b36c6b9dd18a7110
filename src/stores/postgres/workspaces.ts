import type { Interval } from "../../usage/hour.js";
import { assertEnd, assertSession } from "../assert-session.js";
import { OpenGuard } from "../kit/open-guard.js";
import type { Migratable } from "../migratable.js";
import { assertName } from "../names.js";
import { byStartThenId, overlaps, sumSessions } from "../session-sums.js";
import type { WorkspaceSession, WorkspaceStore } from "../workspace-store.js";
import type { Database, Session } from "./database.js";
import { takeWorkspaceLock } from "./locks.js";
import { assertPrepared, migrate } from "./migrate.js";
import { packInstants } from "./packed.js";
import { readSessions, saveSessions } from "./sessions.js";
import { toText } from "./text.js";

/** A {@link WorkspaceStore} in PostgreSQL. */
export interface PostgresWorkspaceStore extends WorkspaceStore, Migratable {}

/** The last instant that JavaScript has. */
const END = 8.64e15;

/** The workspace store over a database that others may share. */
export function workspaceStoreOn(database: Database): PostgresWorkspaceStore {
  const open = new OpenGuard(`the workspace store in ${database.place.where}`);
  database.join();

  /** Sessions of a site; the condition's parameters follow after the site, `$1`. */
  const find = async (
    signal: AbortSignal | undefined,
    site: string,
    condition: string,
    ...values: readonly unknown[]
  ): Promise<WorkspaceSession[]> => {
    assertName(site, "the name of a site");
    const found = await database.session(signal, async (session) => {
      await assertPrepared(session, database);
      return readSessions(session, database, `d.site = $1::text AND ${condition}`, [toText(site), ...values]);
    });
    return found.sort(byStartThenId);
  };

  const overlapping = async (
    site: string,
    interval: Interval,
    signal: AbortSignal | undefined,
  ): Promise<WorkspaceSession[]> => {
    // Sessions have whole milliseconds, from 1970 on.
    const from = Math.max(Math.floor(interval.from), 0);
    const to = Math.min(Math.ceil(interval.to), END);
    const empty = !(from <= to);
    // The server narrows it down; the exact rule is the same for all stores.
    const found = await find(
      signal,
      site,
      `s.started_at < ($2::timestamptz[])[2]
       AND (s.ended_at IS NULL OR s.ended_at >= ($2::timestamptz[])[1])`,
      packInstants(empty ? [0, 0] : [from, to]),
    );
    return found.filter((session) => overlaps(session, interval));
  };

  const writing = async (
    signal: AbortSignal | undefined,
    work: (session: Session) => Promise<void>,
  ): Promise<void> => {
    await database.transaction(signal, async (session) => {
      await assertPrepared(session, database);
      await takeWorkspaceLock(session, database);
      await work(session);
      signal?.throwIfAborted();
    });
  };

  return {
    async migrate({ signal } = {}) {
      open.enter(signal);
      await migrate(database, signal);
    },

    async active(site, { signal } = {}) {
      open.enter(signal);
      return find(signal, site, "s.ended_at IS NULL");
    },

    async save(sessions, { signal } = {}) {
      open.enter(signal);
      for (const session of sessions) assertSession(session);
      if (sessions.length === 0) return;
      // The last of an id counts.
      const byId = new Map(sessions.map((session) => [session.id, session]));
      await writing(signal, (session) => saveSessions(session, database, [...byId.values()]));
    },

    async end(ids, at, { signal } = {}) {
      open.enter(signal);
      assertEnd(ids, at);
      await writing(signal, async (session) => {
        await session.rows(
          `UPDATE ${database.table("workspace_session")} AS s
           SET ended_at = greatest(($2::timestamptz[])[1], started_at)
           FROM ${database.table("workspace_session_detail")} AS d
           WHERE s.workspace_session_id = d.workspace_session_id AND s.ended_at IS NULL
             AND d.session_key = ANY ($1::text[])`,
          [ids.map(toText), packInstants([at])],
        );
      });
    },

    async sessions(site, interval, { signal } = {}) {
      open.enter(signal);
      return overlapping(site, interval, signal);
    },

    async totals(site, interval, { signal } = {}) {
      open.enter(signal);
      return sumSessions(await overlapping(site, interval, signal));
    },

    async close() {
      if (open.close()) await database.leave();
    },
  };
}
