import type { MongoCollection, MongoDocument } from "./driver.js";

/** Documents in one message to the server. */
const CHUNK = 1000;

/** Puts each document in the place of the one with its `_id`, or adds it. Each is replaced in one step. */
export async function replaceDocuments(
  collection: MongoCollection,
  documents: readonly MongoDocument[],
  signal: AbortSignal | undefined,
): Promise<void> {
  for (let from = 0; from < documents.length; from += CHUNK) {
    signal?.throwIfAborted();
    const writes = documents.slice(from, from + CHUNK).map((document) => ({
      replaceOne: { filter: { _id: document._id }, replacement: document, upsert: true },
    }));
    await collection.bulkWrite(writes, { ordered: false });
  }
}
