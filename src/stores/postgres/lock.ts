import { AdaCarbonError } from "../../usage/errors.js";
import { patiently } from "../kit/patience.js";
import type { Database, KeptSession, Session } from "./connection.js";

/** First half of the keys of our advisory locks; the second is a hash of schema and purpose. */
const CLASS = 0x0ada_c02;
// hashtext exists in every version of PostgreSQL. Two schemas with one hash would only wait for each other.
const KEY = `${CLASS}, hashtext(coalesce($1::text, current_schema()::text, '') || '/' || $2::text)`;

function key({ database }: Session, purpose: "usage" | "workspaces"): unknown[] {
  return [database.schema ?? null, purpose];
}

/**
 * Waits until no other writer of usage is at work, and keeps them out until the end of the transaction. With
 * one writer at a time there are no deadlocks among ours, and a row that was read stays as it is.
 *
 * Asked again and again rather than waited for, so that an aborted call goes at once.
 *
 * @throws {AdaCarbonError} `store-locked` if that takes longer than the database is to be waited for.
 */
export async function takeWriteLock(session: Session, signal: AbortSignal | undefined): Promise<void> {
  await patiently({ waitMs: session.database.lockWaitMs, signal }, async () => {
    const [[got] = []] = await session.rows(
      `SELECT pg_try_advisory_xact_lock(${KEY})`,
      key(session, "usage"),
    );
    if (got !== "t") throw taken(session.database);
  });
}

/** Lets one writer of workspaces in at a time, until the end of the transaction. They are brief. */
export async function takeWorkspaceLock(session: Session): Promise<void> {
  await session.rows(`SELECT pg_advisory_xact_lock(${KEY})`, key(session, "workspaces"));
}

/**
 * Keeps other writers of usage out until the session is given to {@link unlock}.
 *
 * @throws {AdaCarbonError} `store-locked` at once if there is one.
 */
export async function lock(database: Database, signal: AbortSignal | undefined): Promise<KeptSession> {
  const session = await database.keep(signal);
  try {
    const [[got] = []] = await session.rows(`SELECT pg_try_advisory_lock(${KEY})`, key(session, "usage"));
    if (got !== "t") throw taken(session.database);
    return session;
  } catch (error) {
    session.release();
    throw error;
  }
}

/** Lets the others in again. A session that has broken lost the lock with its connection. */
export async function unlock(session: KeptSession): Promise<void> {
  try {
    if (!session.broken) await session.rows(`SELECT pg_advisory_unlock(${KEY})`, key(session, "usage"));
  } catch (error) {
    if (!session.broken) throw error;
  } finally {
    session.release();
  }
}

function taken({ place }: Database): AdaCarbonError {
  return new AdaCarbonError(
    "store-locked",
    `another run is writing to ${place.where}; wait until it is done`,
  );
}
