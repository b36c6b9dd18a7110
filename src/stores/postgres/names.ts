import type { Session } from "./connection.js";
import type { Dimension } from "./tables.js";
import { toText } from "./text.js";

/**
 * Adds the names that are not in the dimension yet. Nothing is taken from its sequence for those that are there,
 * as an upsert would. Names are always taken in the same order, so that two writers that add the same ones
 * cannot block each other.
 */
export async function addNames(
  session: Session,
  { table, name }: Dimension,
  wanted: Iterable<string>,
): Promise<void> {
  const names = [...new Set(wanted)].sort();
  if (names.length === 0) return;
  await session.rows(
    `INSERT INTO ${session.table(table)} (${name})
     SELECT wanted FROM unnest($1::text[]) WITH ORDINALITY AS given (wanted, place)
     WHERE NOT EXISTS (SELECT 1 FROM ${session.table(table)} WHERE ${name} = wanted)
     ORDER BY place
     ON CONFLICT (${name}) DO NOTHING`,
    [names.map(toText)],
  );
}
