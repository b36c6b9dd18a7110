import type { Database, Session } from "./database.js";
import { Statement } from "./statement.js";
import type { Dimension } from "./tables.js";
import { fromText, toText } from "./text.js";

/** The ids of these names, which are added where they are not there yet. */
export async function idsOf(
  session: Session,
  database: Database,
  dimension: Dimension,
  names: Iterable<string>,
): Promise<ReadonlyMap<string, bigint>> {
  const wanted = [...new Set(names)].sort();
  return addNames(session, database, dimension, wanted, await findIds(session, database, dimension, wanted));
}

/**
 * The ids of all wanted names, of which `found` are there. Nothing is taken from a sequence for those: an
 * upsert would burn a value for each. Names are always taken in the same order, the wanted one's, so that two
 * writers that add the same ones cannot block each other.
 */
export async function addNames(
  session: Session,
  database: Database,
  dimension: Dimension,
  wanted: readonly string[],
  found: ReadonlyMap<string, bigint>,
): Promise<ReadonlyMap<string, bigint>> {
  const missing = wanted.filter((name) => !found.has(name));
  if (missing.length === 0) return found;
  const { table, name } = dimension;
  await session.rows(
    `INSERT INTO ${database.table(table)} (${name})
     SELECT wanted FROM unnest($1::text[]) WITH ORDINALITY AS given (wanted, place) ORDER BY place
     ON CONFLICT (${name}) DO NOTHING`,
    [missing.map(toText)],
  );
  // Also those that another writer has added in between.
  return new Map([...found, ...(await findIds(session, database, dimension, missing))]);
}

/** The ids of those of the names that are there. */
export async function findIds(
  session: Session,
  database: Database,
  dimension: Dimension,
  names: readonly string[],
): Promise<Map<string, bigint>> {
  if (names.length === 0) return new Map();
  const statement = new Statement();
  statement.add(selectIds(database, dimension, names, statement));
  const rows = await session.rows(statement.text, statement.values);
  return new Map(rows.map(([found, key]) => [fromText(found ?? ""), BigInt(key ?? 0)]));
}

/** Selects name and id of those of the names that are there. */
export function selectIds(
  database: Database,
  { table, id, name }: Dimension,
  names: readonly string[],
  statement: Statement,
): string {
  const wanted = statement.parameter(names.map(toText), "text[]");
  return `SELECT ${name}, ${id} FROM ${database.table(table)} WHERE ${name} = ANY (${wanted})`;
}
