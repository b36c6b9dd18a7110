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
    if (got !== "t") throw await taken(session);
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
    if (got !== "t") throw await taken(session);
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

/** Who has the lock, and for how long by the server's clock, if the server tells this role. */
async function taken(session: Session): Promise<AdaCarbonError> {
  const { where } = session.database.place;
  const [[pid, address, since] = []] = await session.rows(
    `SELECT pid, coalesce(host(client_addr), 'this machine'),
       to_char(coalesce(xact_start, backend_start) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
     FROM pg_locks JOIN pg_stat_activity USING (pid)
     WHERE locktype = 'advisory' AND granted AND pg_locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())
       AND (classid, objid) = (SELECT c::bigint::oid, (o::bigint & 4294967295)::oid FROM (SELECT ${KEY}) AS key (c, o))`,
    key(session, "usage"),
  );
  const who = pid === undefined ? "" : ` (connection ${pid} from ${address}, since ${since})`;
  const dead =
    pid === undefined ? "" : `; if its program has died, SELECT pg_terminate_backend(${pid}) frees it`;
  return new AdaCarbonError(
    "store-locked",
    `another run is writing to ${where}${who}; wait until it is done, then run this again${dead}`,
  );
}
