import { inPieces } from "../../usage/pieces.js";
import type { MongoCollection, MongoDocument } from "./driver.js";

/** Documents in one message to the server. */
const CHUNK = 1000;

/** Puts each document in the place of the one with its `_id`, or adds it. Each is replaced in one step. */
export async function replaceDocuments(
  collection: MongoCollection,
  documents: readonly MongoDocument[],
  signal: AbortSignal | undefined,
): Promise<void> {
  for (const some of inPieces(documents, CHUNK)) {
    signal?.throwIfAborted();
    const writes = some.map((document) => ({
      replaceOne: { filter: { _id: document._id }, replacement: document, upsert: true },
    }));
    await collection.bulkWrite(writes, { ordered: false });
  }
}
