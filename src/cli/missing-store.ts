import { readdir, stat } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { AdaCarbonError } from "../usage/errors.js";
import { didYouMean } from "../usage/nearest-name.js";
import { hasCode } from "./read-input.js";
import { UsageError } from "./usage-error.js";

/** Refuses a file in the place of a folder: most likely it is a SQLite database. */
export async function assertNoFile(folder: string): Promise<void> {
  // What is not there, or cannot be looked at, the store says more of.
  const found = await stat(folder).catch(() => undefined);
  if (found?.isFile() === true)
    throw new UsageError(`${folder} is a file and no folder; a SQLite database is --store sqlite:${folder}`);
}

/** Refuses to read from a file or folder that is not there, and names the nearest one beside it. */
export async function assertStored(path: string, what: "file" | "folder"): Promise<void> {
  try {
    await stat(path);
  } catch (cause) {
    // What is there and cannot be looked at, the store says more of.
    if (!hasCode(cause, "ENOENT", "ENOTDIR")) return;
    throw missing(`${what} ${path}`, basename(path), await namesIn(dirname(path), what), cause);
  }
}

/** Refuses to read from a database without collections, which is what one that was never written to is. */
export async function assertMongodbHas(url: string): Promise<void> {
  const [{ MongoClient }, { settingsOf }] = await Promise.all([
    import("mongodb"),
    import("../stores/mongodb/options.js"),
  ]);
  const { database, where } = settingsOf({ url });
  const client = new MongoClient(url, { appName: "ada-carbon" });
  try {
    const collections = await client.db(database).listCollections({}, { nameOnly: true }).toArray();
    if (collections.length > 0) return;
    const { databases } = await client.db().admin().listDatabases({ nameOnly: true });
    const others = databases.map(({ name }) => name).filter((name) => name !== database);
    throw missing(where, database, others);
  } finally {
    await client.close();
  }
}

function missing(what: string, name: string, beside: readonly string[], cause?: unknown): AdaCarbonError {
  const hint = didYouMean(name, beside) || "; ada-carbon sync makes one";
  return new AdaCarbonError("store-unavailable", `there is no ${what}${hint}`, { cause });
}

async function namesIn(folder: string, what: "file" | "folder"): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.flatMap((entry) => (entry.isDirectory() === (what === "folder") ? entry.name : []));
  } catch (error) {
    if (hasCode(error, "ENOENT", "ENOTDIR", "EACCES")) return [];
    throw error;
  }
}
