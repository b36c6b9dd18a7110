import { closing } from "../kit/closing.js";
import type { Migratable } from "../migratable.js";
import { averageStoreOn, type MongodbAverageStore } from "./averages.js";
import { Connection } from "./connection.js";
import { type MongodbOptions, settingsOf } from "./options.js";
import { type MongodbUsageStore, usageStoreOn } from "./usage.js";
import { type MongodbWorkspaceStore, workspaceStoreOn } from "./workspaces.js";

/** The three stores in one database, over the same connections. */
export interface MongodbStores extends Migratable, AsyncDisposable {
  readonly usage: MongodbUsageStore;
  readonly averages: MongodbAverageStore;
  readonly workspaces: MongodbWorkspaceStore;
  /** Closes all three. A client made from a URL ends when the last of them is closed. */
  close(): Promise<void>;
}

/**
 * Keeps usage, machine averages and workspaces in MongoDB: in the source documents' own shapes, which any
 * program may query, with what those lack in members of their own. A standalone server will do.
 *
 * One document is one UTC day of one scope, replaced in one step and only if nobody else changed it meanwhile.
 * A call that spans days or scopes is several such steps, in the order given; if it rejects, each day of each
 * scope is as it was before or as it should be after.
 *
 * `migrate` makes the indexes; without them everything works, if slowly. Calls reject with `store-newer`,
 * `store-locked`, `store-corrupt`, `unreachable`, `unauthorised`, `timeout`, and `store-unavailable` for what
 * else the server refuses. No error contains credentials.
 *
 * @throws {AdaCarbonError} `bad-input` for a URL that is none of MongoDB's.
 *
 * @example
 * import assert from "node:assert/strict";
 * import { mongodbStores } from "ada-carbon/mongodb";
 *
 * const stores = mongodbStores({ url: "mongodb://ada@db.example.org/carbon" });
 * await stores.close();
 * await assert.rejects(stores.usage.scopes("project"), /has been closed/);
 */
export function mongodbStores(options: MongodbOptions): MongodbStores {
  const connection = new Connection(settingsOf(options));
  const usage = usageStoreOn(connection);
  const averages = averageStoreOn(connection);
  const workspaces = workspaceStoreOn(connection);
  return {
    usage,
    averages,
    workspaces,
    migrate: (call) => usage.migrate(call),
    ...closing(async () => {
      await Promise.all([usage, averages, workspaces].map((store) => store.close()));
    }),
  };
}

/** The usage store of {@link mongodbStores} alone. */
export function mongodbUsageStore(options: MongodbOptions): MongodbUsageStore {
  return usageStoreOn(new Connection(settingsOf(options)));
}

/** The average store of {@link mongodbStores} alone. */
export function mongodbAverageStore(options: MongodbOptions): MongodbAverageStore {
  return averageStoreOn(new Connection(settingsOf(options)));
}

/** The workspace store of {@link mongodbStores} alone. */
export function mongodbWorkspaceStore(options: MongodbOptions): MongodbWorkspaceStore {
  return workspaceStoreOn(new Connection(settingsOf(options)));
}
