import type { DatabaseSync, DatabaseSyncOptions } from "node:sqlite";
import { AdaCarbonError } from "../../usage/errors.js";
import { tooOld } from "../../usage/node-version.js";

/**
 * Opens a file of SQLite. Node's SQLite is loaded only now: imported, it would end a Node that is too old for it in a
 * stack trace before anything of ours could say so.
 */
export function openDatabase(path: string | URL, options: DatabaseSyncOptions = {}): DatabaseSync {
  const sqlite = process.getBuiltinModule?.("node:sqlite");
  if (sqlite !== undefined) return new sqlite.DatabaseSync(path, options);
  const reason = tooOld(process.versions) ?? "needs a runtime with node:sqlite, which this has not";
  throw new AdaCarbonError("store-unavailable", `what is kept in ${path} ${reason}`);
}
