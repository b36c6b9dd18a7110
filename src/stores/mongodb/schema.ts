import { AdaCarbonError } from "../../usage/errors.js";
import { VERSION } from "../../usage/version.js";
import type { MongoCollection } from "./driver.js";
import { isDuplicate } from "./failure.js";
import type { Settings } from "./options.js";

/**
 * Version of our documents and indexes. Raised by any change that an earlier version cannot read, or would lose
 * when it rewrites a document: the first one knows nothing of `spread`, `unsettled` and `scrapes`.
 */
export const SCHEMA = 2;
const ID = "schema";

/** Rejects with `store-newer` if the collections are of a version that this library does not know. */
export async function assertNotNewer(own: MongoCollection, { where }: Settings): Promise<void> {
  const stored = await own.findOne({ _id: ID });
  const version = stored?.version;
  if (stored === null || (typeof version === "number" && version <= SCHEMA)) return;
  throw new AdaCarbonError(
    "store-newer",
    `${where} is of version ${String(version)}, this ada-carbon ${VERSION} knows ${SCHEMA}; update ada-carbon`,
  );
}

/** Makes the indexes that are missing and says which version this is. Twice is once, also at the same time. */
export async function migrate(
  { days, sessions, own }: Readonly<Record<"days" | "sessions" | "own", MongoCollection>>,
  settings: Settings,
): Promise<void> {
  await assertNotNewer(own, settings);
  // Days are found by their _id; this one lists the scopes, and serves the queries of other programs.
  await days.createIndexes([{ name: "scope_day", key: { "scope.kind": 1, "scope.name": 1, day: 1 } }]);
  // One by one: FerretDB 1 breaks off when two of one call are there already.
  await sessions.createIndexes([{ name: "site_start", key: { "session.site": 1, "session.started_at": 1 } }]);
  await sessions.createIndexes([{ name: "site_end", key: { "session.site": 1, "session.ended_at": 1 } }]);
  const set = { $max: { version: SCHEMA }, $set: { library: VERSION } };
  await own.updateOne({ _id: ID }, set, { upsert: true }).catch(async (error) => {
    // Another process was first to say so.
    if (!isDuplicate(error)) throw error;
    await own.updateOne({ _id: ID }, set);
  });
}
