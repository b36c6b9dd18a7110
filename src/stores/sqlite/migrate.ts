import type { DatabaseSync } from "node:sqlite";
import { AdaCarbonError } from "../../usage/errors.js";
import { corrupt } from "./failure.js";
import { MIGRATIONS, type Migration } from "./schema.js";

/**
 * What is in a database: nothing, the tables of other programs only, or ours in some version. `user_version`
 * is not asked, because in a shared file it belongs to the other program.
 */
export type Contents = "empty" | "foreign" | { readonly version: number };

export function contentsOf(db: DatabaseSync, where: string): Contents {
  // One statement, so of one instant: between two of them another process could make its tables.
  const { tables, ours } =
    db
      .prepare("SELECT count(*) AS tables, sum(name = 'ada_carbon_schema') AS ours FROM sqlite_schema")
      .get() ?? {};
  if (tables === 0) return "empty";
  if (ours === 0) return "foreign";
  const version = db.prepare("SELECT max(version) AS version FROM ada_carbon_schema").get()?.version;
  if (typeof version !== "number") throw corrupt(where, "its table ada_carbon_schema names no version");
  return { version };
}

/** Refuses (`store-newer`) tables of a version that this library does not know. */
export function assertKnown(version: number, where: string, known: number = MIGRATIONS.length): void {
  if (version <= known) return;
  throw new AdaCarbonError(
    "store-newer",
    `${where} was written by a newer ada-carbon (its tables are of version ${version}, this one knows up to ${known}); upgrade ada-carbon`,
  );
}

/** A database of another program in which nobody has asked for our tables (`store-unprepared`). */
export function unprepared(where: string): AdaCarbonError {
  return new AdaCarbonError(
    "store-unprepared",
    `${where} is a database without the tables of ada-carbon; to make them there, run: ada-carbon migrate --store sqlite:${where}`,
  );
}

/** Brings the tables forward to the newest version. To be called inside a write transaction. */
export function bringForward(
  db: DatabaseSync,
  where: string,
  migrations: readonly Migration[] = MIGRATIONS,
): void {
  const contents = contentsOf(db, where);
  const from = typeof contents === "object" ? contents.version : 0;
  assertKnown(from, where, migrations.length);
  if (from === 0) {
    db.exec("CREATE TABLE ada_carbon_schema (version INTEGER PRIMARY KEY, applied_at TEXT NOT NULL)");
  }
  const record = db.prepare(
    "INSERT INTO ada_carbon_schema VALUES (?, strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))",
  );
  migrations.slice(from).forEach((migration, k) => {
    db.exec(migration);
    record.run(from + k + 1);
  });
}
