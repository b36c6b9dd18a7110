import { AdaCarbonError } from "../../usage/errors.js";
import { assertNotNewer, unprepared } from "../kit/versions.js";
import type { Database, Session, Work } from "./connection.js";
import { takeWriteLock } from "./lock.js";
import { moveOlderLayout } from "./older-layout.js";
import type { Row } from "./options.js";
import { partitionByMonth } from "./partitions.js";
import { LAYOUT_OF_HOURS, RELATIONS, VERSION, VERSION_TABLE } from "./schema.js";
import { identifier } from "./text.js";
import { OUR_VIEWS } from "./views.js";

/** {@link migrateIn} in a transaction of its own. */
export async function migrate(database: Database, signal: AbortSignal | undefined): Promise<void> {
  await database.transaction(signal, (session) => migrateIn(session, signal));
}

/**
 * Makes what is missing and brings older tables of ours to the current version, in one transaction. Tables of the
 * source document that are there already, made by its own SQL, are taken as they are.
 */
export async function migrateIn(
  session: Session,
  signal: AbortSignal | undefined,
  partition?: "month",
): Promise<void> {
  await takeWriteLock(session, signal);
  const schema = await enterSchema(session);
  const there = await relationsOf(session, schema);
  const version = there.has(VERSION_TABLE) ? await storedVersion(session) : 0;
  assertNotNewer(version, VERSION, session.database.place.where);
  for (const [name, sql] of RELATIONS) {
    signal?.throwIfAborted();
    if (!there.has(name)) await session.rows(sql);
  }
  if (version > 0 && version < LAYOUT_OF_HOURS) await moveOlderLayout(session, there);
  if (version > 0 && version < VERSION) for (const sql of LATER_COLUMNS) await session.rows(sql);
  for (const [name, sql] of OUR_VIEWS) {
    if (version < VERSION) await session.rows(`DROP VIEW IF EXISTS ${name}`);
    if (version < VERSION || !there.has(name)) await session.rows(sql);
  }
  if (partition === "month") await partitionByMonth(session, signal);
  if (version === VERSION) return;
  await session.rows(
    `INSERT INTO ${VERSION_TABLE} (version) VALUES ($1)
     ON CONFLICT (only_row) DO UPDATE SET version = excluded.version`,
    [VERSION],
  );
}

/**
 * Since version 7: what intensities count, and when their source changed them. Since version 8: the market-based
 * intensity, with its value. Since version 9: what the grams of sessions count.
 */
const LATER_COLUMNS = [
  `ALTER TABLE usage_provenance
    ADD COLUMN IF NOT EXISTS intensity_basis TEXT,
    ADD COLUMN IF NOT EXISTS intensity_updated_ms DOUBLE PRECISION,
    ADD COLUMN IF NOT EXISTS market JSON`,
  "ALTER TABLE workspace_session_detail ADD COLUMN IF NOT EXISTS basis TEXT",
];

/** Makes the schema if it is not there and puts it first for this transaction. Its name. */
async function enterSchema(session: Session): Promise<string> {
  const { schema, place } = session.database;
  if (schema === undefined) {
    const [[current] = []] = await session.rows("SELECT current_schema()");
    if (current !== undefined && current !== null) return current;
    throw new AdaCarbonError(
      "store-unprepared",
      `${place.where} has no schema in its search path; create one, or name one with the option schema`,
    );
  }
  // Not CREATE SCHEMA IF NOT EXISTS: that needs the right to create schemas also where there is nothing to do.
  const there = await session.rows("SELECT 1 FROM pg_namespace WHERE nspname = $1", [schema]);
  if (there.length === 0) await session.rows(`CREATE SCHEMA ${identifier(schema)}`);
  await session.rows(`SET LOCAL search_path TO ${identifier(schema)}`);
  return schema;
}

/** The names of the tables, indexes and views that are there. */
async function relationsOf(session: Session, schema: string): Promise<Set<string>> {
  const rows = await session.rows(
    "SELECT relname FROM pg_class WHERE relnamespace = $1::text::regnamespace",
    [identifier(schema)],
  );
  return new Set(rows.map(([name]) => name ?? ""));
}

async function storedVersion(session: Session): Promise<number> {
  const [[version] = []]: readonly Row[] = await session.rows(
    `SELECT version FROM ${session.table(VERSION_TABLE)}`,
  );
  return Number(version ?? 0);
}

/**
 * Rejects unless the tables are of the version that this library needs: `store-unprepared` if they are older
 * or not there, `store-newer`.
 */
export async function assertPrepared(session: Session): Promise<void> {
  const { where, storeFlag } = session.database.place;
  const version = await storedVersion(session);
  assertNotNewer(version, VERSION, where);
  if (version < VERSION) throw unprepared(version, where, storeFlag);
}

/** Lends a connection to `work` once it is known that the tables are prepared. */
export async function prepared<T>(
  database: Database,
  signal: AbortSignal | undefined,
  work: Work<T>,
): Promise<T> {
  return database.session(signal, async (session) => {
    await assertPrepared(session);
    return work(session);
  });
}
