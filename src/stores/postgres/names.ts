import type { Database, Session } from "./database.js";
import type { Dimension } from "./tables.js";
import { fromText, toText } from "./text.js";

/**
 * The ids of these names, which are added where they are not there yet. Nothing is taken from a sequence for
 * a name that is: an upsert would burn a value for each. Names are always taken in the same order, so that two
 * writers that add the same ones cannot block each other.
 */
export async function idsOf(
  session: Session,
  database: Database,
  dimension: Dimension,
  names: Iterable<string>,
): Promise<Map<string, bigint>> {
  const wanted = [...new Set(names)].sort();
  const ids = await findIds(session, database, dimension, wanted);
  const missing = wanted.filter((name) => !ids.has(name));
  if (missing.length === 0) return ids;
  const { table, name } = dimension;
  await session.rows(
    `INSERT INTO ${database.table(table)} (${name})
     SELECT wanted FROM unnest($1::text[]) WITH ORDINALITY AS given (wanted, place) ORDER BY place
     ON CONFLICT (${name}) DO NOTHING`,
    [missing.map(toText)],
  );
  // Also those that another writer has added in between.
  return new Map([...ids, ...(await findIds(session, database, dimension, missing))]);
}

/** The ids of those of the names that are there. */
export async function findIds(
  session: Session,
  database: Database,
  { table, id, name }: Dimension,
  names: readonly string[],
): Promise<Map<string, bigint>> {
  if (names.length === 0) return new Map();
  const rows = await session.rows(
    `SELECT ${name}, ${id} FROM ${database.table(table)} WHERE ${name} = ANY ($1::text[])`,
    [names.map(toText)],
  );
  return new Map(rows.map(([found, key]) => [fromText(found ?? ""), BigInt(key ?? 0)]));
}
