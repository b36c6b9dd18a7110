import { assertSeries } from "../../usage/assert-series.js";
import { emptySeries } from "../../usage/series.js";
import type { CallOptions } from "../call-options.js";
import { OpenGuard } from "../kit/open-guard.js";
import type { Migratable } from "../migratable.js";
import { assertScope } from "../names.js";
import type { UsageStore } from "../usage-store.js";
import type { Database, Work } from "./database.js";
import type { Release, RunLock } from "./run-lock.js";
import { Turns } from "./turns.js";
import { readScopes, readSeries, removeRows, writeBatch } from "./usage-rows.js";

/** A {@link UsageStore} in a SQLite database. */
export interface SqliteUsageStore extends UsageStore, Migratable {
  lock(options?: CallOptions): Promise<() => Promise<void>>;
}

/**
 * @param lockWaitMs How long `replace` waits for another writer.
 * @param closed What is to be done once the store has been closed.
 */
export function usageStore(
  database: Database,
  runLock: RunLock,
  lockWaitMs: number,
  closed: () => Promise<void>,
): SqliteUsageStore {
  const open = new OpenGuard(`the usage store in ${database.path}`);
  const writes = new Turns();
  let held: Release | undefined;

  const writeInTurn = (work: Work<void>, signal: AbortSignal | undefined): Promise<void> =>
    writes.take(async () => {
      const borrowed = held === undefined ? await runLock.takeWithin(lockWaitMs, signal) : undefined;
      try {
        await database.write(work, signal);
      } finally {
        borrowed?.();
      }
    });

  const giveBack = async (lock: Release | undefined): Promise<void> => {
    if (lock === held) held = undefined;
    lock?.();
  };

  return {
    async read(scope, interval, { signal } = {}) {
      open.enter(signal);
      assertScope(scope);
      const series = await database.read((on) => readSeries(on, database.path, scope, interval), signal);
      const { kind, name } = scope;
      return series ?? emptySeries({ kind, name }, [], { library: "", model: null, intensity: null });
    },

    async replace(batch, { signal } = {}) {
      open.enter(signal);
      for (const series of batch) {
        assertScope(series.scope);
        assertSeries(series);
      }
      if (batch.every((series) => series.hours.length === 0)) return;
      await writeInTurn((on) => writeBatch(on, batch), signal);
    },

    async remove(scopes, interval, { signal } = {}) {
      open.enter(signal);
      for (const scope of scopes) assertScope(scope);
      if (scopes.length === 0 || !(interval.from < interval.to)) return;
      await writeInTurn((on) => removeRows(on, scopes, interval), signal);
    },

    async scopes(kind, { signal } = {}) {
      open.enter(signal);
      return (await database.read((on) => readScopes(on, database.path, kind), signal)) ?? [];
    },

    async lock({ signal } = {}) {
      open.enter(signal);
      return writes.take(async () => {
        signal?.throwIfAborted();
        const lock = runLock.take(true);
        held = lock;
        return () => writes.take(() => giveBack(lock));
      });
    },

    async migrate({ signal } = {}) {
      open.enter(signal);
      await database.migrate(signal);
    },

    async close() {
      if (!open.close()) return;
      // What was asked for before is still done.
      await writes.take(() => giveBack(held));
      await closed();
    },
  };
}
