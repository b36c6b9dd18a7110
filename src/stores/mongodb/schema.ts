import { AdaCarbonError } from "../../usage/errors.js";
import { COLLECTION_OPTIONS, type MongoCollection, type MongoDb } from "./driver.js";

/** The collections of the stores; their names begin with the prefix of the options. */
export interface Collections {
  readonly db: MongoDb;
  /** `usage_days`: a document a scope and UTC day. */
  readonly days: MongoCollection;
  /** `machine_averages`: a document a machine. */
  readonly averages: MongoCollection;
  /** `workspaces`: a document a session. */
  readonly sessions: MongoCollection;
  /** `own`: the version of the others, and the lock. */
  readonly own: MongoCollection;
}

export function collectionsIn(db: MongoDb, prefix: string): Collections {
  const collection = (name: string): MongoCollection => db.collection(prefix + name, COLLECTION_OPTIONS);
  return {
    db,
    days: collection("usage_days"),
    averages: collection("machine_averages"),
    sessions: collection("workspaces"),
    own: collection("own"),
  };
}

/** What follows `--store` in the command that brings documents forward. */
export const STORE_FLAG = "mongodb://...";

const VERSION_ID = "schema";

/** The version of the documents and indexes; 0 where `migrate` has never been called. */
export async function storedVersion({ own }: Collections, where: string): Promise<number> {
  const stored = await own.findOne({ _id: VERSION_ID });
  if (stored === null) return 0;
  if (typeof stored.version === "number") return stored.version;
  throw new AdaCarbonError(
    "store-corrupt",
    `${where}: document ${VERSION_ID} names no version; it was left untouched: restore it from a backup`,
  );
}

/** Says which version this is, if that is not an earlier one than is there. */
export async function storeVersion({ own }: Collections, version: number, library: string): Promise<void> {
  await own.updateOne({ _id: VERSION_ID }, { $max: { version }, $set: { library } }, { upsert: true });
}
