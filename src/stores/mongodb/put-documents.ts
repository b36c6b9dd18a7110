import type { MongoCollection, MongoDocument, MongoWrite } from "./driver.js";
import { duplicatesOf } from "./failure.js";

/** Documents in one message to the server. */
const CHUNK = 1000;
/** Two writers can both find a document missing, and one of them must then try again. */
const ATTEMPTS = 20;

/** Puts each document in the place of the one with its `_id`, or adds it. Each is replaced in one step. */
export async function putDocuments(
  collection: MongoCollection,
  documents: readonly (MongoDocument & { readonly _id: string })[],
  signal: AbortSignal | undefined,
): Promise<void> {
  for (let from = 0; from < documents.length; from += CHUNK) {
    const writes = documents.slice(from, from + CHUNK).map(
      (document): MongoWrite => ({
        replaceOne: { filter: { _id: document._id }, replacement: document, upsert: true },
      }),
    );
    await putChunk(collection, writes, signal);
  }
}

async function putChunk(
  collection: MongoCollection,
  writes: MongoWrite[],
  signal: AbortSignal | undefined,
): Promise<void> {
  for (let tries = 1; ; tries++) {
    signal?.throwIfAborted();
    try {
      await collection.bulkWrite(writes, { ordered: false });
      return;
    } catch (error) {
      if (duplicatesOf(error) === undefined || tries === ATTEMPTS) throw error;
    }
  }
}
