import type { DatabaseSync } from "node:sqlite";
import type { AdaCarbonError } from "../../usage/errors.js";
import { stepsAfter, unprepared } from "../kit/versions.js";
import { corrupt } from "./failure.js";
import { MIGRATIONS, type Migration, VIEWS } from "./schema.js";

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

/** A database of another program in which nobody has asked for our tables (`store-unprepared`). */
export function withoutTables(where: string): AdaCarbonError {
  return unprepared(0, where, `sqlite:${where}`);
}

/** Brings the tables forward to the newest version. To be called inside a write transaction. */
export function bringForward(
  db: DatabaseSync,
  where: string,
  migrations: readonly Migration[] = MIGRATIONS,
): void {
  const contents = contentsOf(db, where);
  const from = typeof contents === "object" ? contents.version : 0;
  const steps = stepsAfter(from, migrations, where);
  if (steps.length === 0) return;
  if (from === 0) {
    db.exec("CREATE TABLE ada_carbon_schema (version INTEGER PRIMARY KEY, applied_at TEXT NOT NULL)");
  }
  const record = db.prepare(
    "INSERT INTO ada_carbon_schema VALUES (?, strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))",
  );
  steps.forEach((step, k) => {
    db.exec(step);
    record.run(from + k + 1);
  });
  db.exec(VIEWS);
}
