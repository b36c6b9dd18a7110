import { AdaCarbonError } from "../../usage/errors.js";
import type { Database, Session } from "./database.js";
import type { Row } from "./driver.js";
import { unpreparedMessage } from "./failures.js";
import { takeWriteLock } from "./locks.js";
import { STEPS, VERSION_TABLE } from "./own-ddl.js";
import { identifier } from "./text.js";

/** The version that this library makes and needs. */
const CURRENT: number = STEPS.length;

/** {@link migrateIn} in a transaction of its own. */
export async function migrate(database: Database, signal: AbortSignal | undefined): Promise<void> {
  await database.transaction(signal, (session) => migrateIn(session, database, signal));
}

/**
 * Brings the tables to the current version in a transaction, one migration at a time. Tables of the source
 * document that are there already, made by its own SQL, are taken as they are.
 */
export async function migrateIn(
  session: Session,
  database: Database,
  signal: AbortSignal | undefined,
): Promise<void> {
  await takeWriteLock(session, database, signal);
  const schema = await enterSchema(session, database);
  const there = await relationsOf(session, schema);
  const version = there.has(VERSION_TABLE) ? await storedVersion(session, database) : 0;
  if (version > CURRENT) throw newer(database, version);
  for (const [name, sql] of STEPS.flat()) {
    signal?.throwIfAborted();
    if (!there.has(name)) await session.rows(sql);
  }
  if (version === CURRENT) return;
  await session.rows(
    `INSERT INTO ${VERSION_TABLE} (version) VALUES ($1)
     ON CONFLICT (only_row) DO UPDATE SET version = excluded.version`,
    [CURRENT],
  );
}

/** Makes the schema if it is not there and puts it first for this transaction. Its name. */
async function enterSchema(session: Session, { schema, place }: Database): Promise<string> {
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

/** Asks for the version of the tables. Without parameters. */
export function askVersion(database: Database): string {
  return `SELECT version FROM ${database.table(VERSION_TABLE)}`;
}

async function storedVersion(session: Session, database: Database): Promise<number> {
  return versionIn(await session.rows(askVersion(database)));
}

function versionIn(rows: readonly Row[]): number {
  const [[version] = []] = rows;
  return Number(version ?? 0);
}

/**
 * Rejects unless the tables are of the version that this library needs: `store-unprepared` if they are older
 * or not there, `store-newer`.
 */
export async function assertPrepared(session: Session, database: Database): Promise<void> {
  assertVersion(await session.rows(askVersion(database)), database);
}

/** {@link assertPrepared} of what {@link askVersion} gave. */
export function assertVersion(rows: readonly Row[], database: Database): void {
  const version = versionIn(rows);
  if (version > CURRENT) throw newer(database, version);
  if (version < CURRENT) throw new AdaCarbonError("store-unprepared", unpreparedMessage(database.place));
}

function newer({ place }: Database, version: number): AdaCarbonError {
  return new AdaCarbonError(
    "store-newer",
    `${place.where} has tables of version ${version}, this ada-carbon knows up to ${CURRENT}; upgrade ada-carbon`,
  );
}
