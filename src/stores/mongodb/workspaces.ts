import { closing } from "../kit/closing.js";
import { workspaceCalls } from "../kit/workspace-calls.js";
import type { Migratable } from "../migratable.js";
import { ended } from "../session-sums.js";
import type { WorkspaceSession, WorkspaceStore } from "../workspace-store.js";
import { StoreCalls } from "./calls.js";
import type { Connection } from "./connection.js";
import type { MongoFilter } from "./driver.js";
import { readDocument } from "./failure.js";
import { eraseFromSessions, forgetting } from "./forgotten.js";
import { sessionId } from "./ids.js";
import { replaceDocuments } from "./replace-documents.js";
import type { Collections } from "./schema.js";
import { sessionDocument, sessionOf } from "./session-document.js";

/** A {@link WorkspaceStore} in MongoDB: one document a session. */
export interface MongodbWorkspaceStore extends WorkspaceStore, Migratable, AsyncDisposable {}

const GOES_ON = { "session.ended_at": { $eq: null } };

export function workspaceStoreOn(connection: Connection): MongodbWorkspaceStore {
  const { where } = connection.settings;
  const calls = new StoreCalls(connection, "workspaces");

  const find = async (
    { sessions }: Collections,
    filter: MongoFilter,
    signal: AbortSignal | undefined,
  ): Promise<WorkspaceSession[]> => {
    const found: WorkspaceSession[] = [];
    for await (const document of sessions.find(filter)) {
      signal?.throwIfAborted();
      found.push(readDocument(document, "a workspace", where, sessionOf));
    }
    return found;
  };

  return {
    ...workspaceCalls(calls.open, {
      active: (site, signal, users) => {
        const ofUsers = users === undefined ? {} : { "session.user_name": { $in: users } };
        const filter = { "session.site": { $eq: site }, ...GOES_ON, ...ofUsers };
        return calls.read("read workspaces", signal, (collections) => find(collections, filter, signal));
      },

      near: (site, { from, to }, signal) => {
        const filter = {
          "session.site": { $eq: site },
          "session.started_at": { $lt: to },
          $or: [GOES_ON, { "session.ended_at": { $gte: from } }],
        };
        return calls.read("read workspaces", signal, (collections) => find(collections, filter, signal));
      },

      save: (sessions, signal) => {
        const documents = sessions.map(sessionDocument);
        return calls.write("write workspaces", signal, (collections) =>
          replaceDocuments(collections.sessions, documents, signal),
        );
      },

      end: (ids, at, signal) =>
        calls.write("end workspaces", signal, async (collections) => {
          const filter = { _id: { $in: ids.map(sessionId) }, ...GOES_ON };
          // Another tracker may end a session in between: then it stays as that one ended it.
          const writes = (await find(collections, filter, signal)).map((session) => ({
            updateOne: {
              filter: { _id: sessionId(session.id), ...GOES_ON },
              update: { $set: { "session.ended_at": ended(session, at).endedAt } },
            },
          }));
          signal?.throwIfAborted();
          if (writes.length > 0) await collections.sessions.bulkWrite(writes, { ordered: false });
        }),

      removeEnded: (before, signal) =>
        calls.write("remove workspaces", signal, async ({ sessions }) => {
          const { deletedCount } = await sessions.deleteMany(endedBefore(before));
          return deletedCount;
        }),

      countEnded: async (before, signal) =>
        (
          await calls.read("read workspaces", signal, (collections) =>
            find(collections, endedBefore(before), signal),
          )
        ).length,
    }),

    ...forgetting(calls, where, eraseFromSessions(where)),

    migrate: (options) => calls.migrate(options),
    ...closing(() => calls.close()),
  };
}

function endedBefore(before: number): MongoFilter {
  return { "session.ended_at": { $ne: null, $lt: before } };
}
