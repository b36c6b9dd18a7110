import type { Database, Session } from "./database.js";
import type { Row } from "./driver.js";
import { takeWriteLock, tryWriteLock } from "./locks.js";
import { askVersion, assertPrepared, assertVersion } from "./migrate.js";

/**
 * What a write of many rows sends with the beginning of its transaction.
 *
 * For each new row the server looks up its owner by a plan that it makes once a connection. In a table of one
 * or two pages that plan would read all owners up to this one, for a row what an index gives in a step.
 */
export function writerOpening(database: Database): string[] {
  return ["SET LOCAL enable_seqscan = off", tryWriteLock(database), askVersion(database)];
}

/** Has the write lock, and tables that are prepared, when it resolves. `opened` is of {@link writerOpening}. */
export async function enterAsWriter(
  session: Session,
  database: Database,
  opened: readonly (readonly Row[])[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const [, [[got] = []] = [], version = []] = opened;
  if (got === "t") return assertVersion(version, database);
  await takeWriteLock(session, database, signal);
  // What was read before is from before the other writer was done.
  await assertPrepared(session, database);
}
