import type { Session } from "./connection.js";
import type { Dimension } from "./tables.js";
import { toText } from "./text.js";

/** Names of one dimension. */
export type NamesOf = readonly [dimension: Dimension, names: Iterable<string>];

/**
 * Adds the names that are not in their dimensions yet. Nothing is taken from a sequence for those that are there,
 * as an upsert would. Names are always taken in the same order, so that two writers that add the same ones
 * cannot block each other.
 */
export async function addNames(session: Session, ...wanted: readonly NamesOf[]): Promise<void> {
  const inserts = wanted.map(
    ([{ table, name }], i) => `added_${i} AS (
       INSERT INTO ${session.table(table)} (${name})
       SELECT wanted FROM unnest($${i + 1}::text[]) WITH ORDINALITY AS given (wanted, place)
       WHERE NOT EXISTS (SELECT 1 FROM ${session.table(table)} WHERE ${name} = wanted)
       ORDER BY place
       ON CONFLICT (${name}) DO NOTHING
     )`,
  );
  if (inserts.length === 0) return;
  const names = wanted.map(([, ofDimension]) => [...new Set(ofDimension)].sort().map(toText));
  await session.rows(`WITH ${inserts.join(", ")} SELECT 1`, names);
}
