import { AdaCarbonError } from "../../usage/errors.js";
import type { Interval } from "../../usage/hour.js";
import { assertEnd, assertSession } from "../assert-session.js";
import type { CallOptions } from "../call-options.js";
import type { Migratable } from "../migratable.js";
import { assertName } from "../names.js";
import { byStartThenId, ended, overlaps, sumSessions } from "../session-sums.js";
import type { WorkspaceSession, WorkspaceStore } from "../workspace-store.js";
import { CallsTo } from "./calls.js";
import type { Connection, Opened } from "./connection.js";
import type { MongoDocument, MongoFilter, MongoWrite } from "./driver.js";
import { sessionId } from "./ids.js";
import { putDocuments } from "./put-documents.js";
import { migrate } from "./schema.js";
import { decodeSession, encodeSession } from "./session-document.js";

/** A {@link WorkspaceStore} in MongoDB: one document a session. */
export interface MongodbWorkspaceStore extends WorkspaceStore, Migratable {}

export function workspaceStoreOn(connection: Connection): MongodbWorkspaceStore {
  const { settings } = connection;
  const calls = new CallsTo(connection, "workspaces");

  const decode = (document: MongoDocument): WorkspaceSession => {
    try {
      return decodeSession(document);
    } catch (cause) {
      const line = `${settings.where}: document ${String(document._id)} is not a workspace as ada-carbon stores it; it was left untouched: mend or remove it`;
      throw new AdaCarbonError("store-corrupt", line, { cause });
    }
  };

  const find = async (
    { sessions }: Opened,
    filter: MongoFilter,
    signal: AbortSignal | undefined,
  ): Promise<WorkspaceSession[]> => {
    const found: WorkspaceSession[] = [];
    for await (const document of sessions.find(filter)) {
      signal?.throwIfAborted();
      found.push(decode(document));
    }
    return found.sort(byStartThenId);
  };

  const inInterval = async (
    site: string,
    interval: Interval,
    { signal }: CallOptions,
  ): Promise<WorkspaceSession[]> => {
    calls.enter(signal);
    assertName(site, "the name of a site");
    const { from, to } = interval;
    if (!(from < to)) return [];
    // What goes on, what ended later, and what started later: the server finds a few too many.
    const filter = {
      "session.site": { $eq: site },
      "session.started_at": { $lt: finite(to) },
      $or: [
        { "session.ended_at": { $eq: null } },
        { "session.ended_at": { $gte: finite(from) } },
        { "session.started_at": { $gte: finite(from) } },
      ],
    };
    const found = await calls.beside("read workspaces", signal, (opened) => find(opened, filter, signal));
    return found.filter((session) => overlaps(session, interval));
  };

  return {
    async migrate({ signal } = {}) {
      calls.enter(signal);
      await calls.beside("make indexes", signal, (opened) => migrate(opened, settings));
    },

    async active(site, { signal } = {}) {
      calls.enter(signal);
      assertName(site, "the name of a site");
      const filter = { "session.site": { $eq: site }, "session.ended_at": { $eq: null } };
      return calls.beside("read workspaces", signal, (opened) => find(opened, filter, signal));
    },

    async save(sessions, { signal } = {}) {
      calls.enter(signal);
      for (const session of sessions) assertSession(session);
      const documents = new Map(sessions.map((session) => [session.id, encodeSession(session)]));
      await calls.inTurn("write workspaces", signal, (opened) =>
        putDocuments(opened.sessions, [...documents.values()], signal),
      );
    },

    async end(ids, at, { signal } = {}) {
      calls.enter(signal);
      assertEnd(ids, at);
      if (ids.length === 0) return;
      await calls.inTurn("end workspaces", signal, async (opened) => {
        const goesOn = { "session.ended_at": { $eq: null } };
        const ending = await find(opened, { _id: { $in: ids.map(sessionId) }, ...goesOn }, signal);
        // Another tracker may end it too. FerretDB 1 would not look in one step, and search all documents for it.
        const still = opened.server === "mongodb" ? goesOn : {};
        const writes = ending.map(
          (session): MongoWrite => ({
            updateOne: {
              filter: { _id: sessionId(session.id), ...still },
              update: { $set: { "session.ended_at": ended(session, at).endedAt } },
            },
          }),
        );
        signal?.throwIfAborted();
        if (writes.length > 0) await opened.sessions.bulkWrite(writes, { ordered: false });
      });
    },

    sessions: (site, interval, options = {}) => inInterval(site, interval, options),

    async totals(site, interval, options = {}) {
      return sumSessions(await inInterval(site, interval, options));
    },

    close: () => calls.close(),
  };
}

/** Servers need not take an infinity. */
function finite(ms: number): number {
  return Math.max(-Number.MAX_SAFE_INTEGER, Math.min(ms, Number.MAX_SAFE_INTEGER));
}
