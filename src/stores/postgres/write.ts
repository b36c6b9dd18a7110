import { DAY_MS, HOUR_MS } from "../../usage/hour.js";
import type { UsageSeries } from "../../usage/series.js";
import type { Database, Session } from "./database.js";
import { DayWriter } from "./days.js";
import { FactWriter } from "./facts.js";
import { idsOf } from "./names.js";
import { provenanceIds } from "./provenance.js";
import { ALL_KINDS, type KindTables } from "./tables.js";

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
  const provenance = await provenanceIds(session, database, batch);
  for (const tables of ALL_KINDS) {
    const owned = await withIds(session, database, batch, tables);
    if (owned.length === 0) continue;
    await writeFacts(new FactWriter(session, database, tables), owned, signal);
    await writeDays(new DayWriter(session, database, tables, provenance), owned, signal);
  }
  signal?.throwIfAborted();
}

async function writeFacts(
  writer: FactWriter,
  owned: readonly Owned[],
  signal: AbortSignal | undefined,
): Promise<void> {
  for (const { id, series } of owned) {
    for (let i = 0; i < series.hours.length; i++) {
      writer.add(id, series, i);
      if (!writer.full) continue;
      signal?.throwIfAborted();
      await writer.flush();
    }
  }
  await writer.flush();
}

/** A statement can change a row once, so the second stretches of all days follow the first, and so on. */
async function writeDays(
  writer: DayWriter,
  owned: readonly Owned[],
  signal: AbortSignal | undefined,
): Promise<void> {
  for (let turn = 0, more = true; more; turn++) {
    more = false;
    for (const { id, series } of owned) {
      for (const stretch of stretchesOf(series)) {
        if (stretch.turn > turn) more = true;
        if (stretch.turn !== turn) continue;
        writer.add(id, series, stretch.from, stretch.to);
        if (!writer.full) continue;
        signal?.throwIfAborted();
        await writer.flush();
      }
    }
    await writer.flush();
  }
}

interface Owned {
  readonly id: bigint;
  readonly series: UsageSeries;
}

/** The series of a kind with the ids of their owners, in the order of the ids. */
async function withIds(
  session: Session,
  database: Database,
  batch: readonly UsageSeries[],
  { kind, dimension }: KindTables,
): Promise<Owned[]> {
  const ofKind = batch.filter(({ scope }) => scope.kind === kind);
  if (dimension === null) return ofKind.map((series) => ({ id: 0n, series }));
  const names = ofKind.map(({ scope }) => scope.name);
  const ids = await idsOf(session, database, dimension, names);
  const owned = ofKind.map((series) => ({ id: ids.get(series.scope.name) ?? 0n, series }));
  return owned.sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** Rows [from, to) that are hours of one UTC day, one after the other. */
interface Stretch {
  readonly from: number;
  readonly to: number;
  /** How many other stretches of its day come before it. */
  readonly turn: number;
}

function* stretchesOf({ hours }: UsageSeries): Generator<Stretch> {
  let from = 0;
  let turn = 0;
  for (let to = 1; to <= hours.length; to++) {
    const last = hours[to - 1] ?? Number.NaN;
    const next = hours[to] ?? Number.POSITIVE_INFINITY;
    const sameDay = Math.floor(next / DAY_MS) === Math.floor(last / DAY_MS);
    if (sameDay && next === last + HOUR_MS) continue;
    yield { from, to, turn };
    from = to;
    turn = sameDay ? turn + 1 : 0;
  }
}
