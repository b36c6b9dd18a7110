import type { UsageSeries } from "../../usage/series.js";
import { ChunkWriter } from "./chunk.js";
import type { Database, Session } from "./database.js";
import { keysOf } from "./look-up.js";
import { type Owned, ownedBy, stretchesOf } from "./owned.js";

/**
 * Puts all rows of the series, which are of different scopes, in the place of the stored ones. To be run in a
 * transaction that has the write lock. An aborted signal rejects between two chunks.
 */
export async function writeSeries(
  session: Session,
  database: Database,
  batch: readonly UsageSeries[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const keys = await keysOf(session, database, batch);
  const owned = await ownedBy(session, database, batch, keys.owners);
  const writer = new ChunkWriter(session, database, keys.provenances);
  try {
    await writeStretches(writer, owned, signal);
    await writer.done();
  } finally {
    // Whatever happens next on the connection, it comes after what is under way.
    await writer.settled();
  }
  signal?.throwIfAborted();
}

/** A statement can change a row once, so the second stretches of all days follow the first, and so on. */
async function writeStretches(
  writer: ChunkWriter,
  owned: readonly Owned[],
  signal: AbortSignal | undefined,
): Promise<void> {
  for (let turn = 0, more = true; more; turn++) {
    more = false;
    for (const each of owned) {
      for (const stretch of stretchesOf(each.series)) {
        if (stretch.turn > turn) more = true;
        if (stretch.turn !== turn) continue;
        writer.add(each, stretch);
        if (!writer.full) continue;
        signal?.throwIfAborted();
        await writer.send();
      }
    }
    await writer.send();
  }
}
