import { EVER } from "../../usage/hour.js";
import { NO_PROVENANCE } from "../../usage/provenance.js";
import { emptySeries } from "../../usage/series.js";
import type { CallOptions } from "../call-options.js";
import { OpenGuard } from "../kit/open-guard.js";
import type { Release, RunLock } from "../kit/run-lock.js";
import { sharedDatabaseCalls } from "../kit/shared-database.js";
import { Turns } from "../kit/turns.js";
import { usageCalls } from "../kit/usage-calls.js";
import type { Migratable } from "../migratable.js";
import { intensitiesOf } from "../stored-intensities.js";
import type { UsageStore } from "../usage-store.js";
import type { Database, Work } from "./database.js";
import { forgetting } from "./forgotten.js";
import { readIntensities, readNames, readSeries } from "./usage-read.js";
import { removeOrphans, removeRows, writeBatch } from "./usage-write.js";

/** A {@link UsageStore} in a SQLite database. */
export interface SqliteUsageStore extends UsageStore, Migratable, AsyncDisposable {
  lock(options?: CallOptions): Promise<() => Promise<void>>;
}

/** @param lockWaitMs How long `replace` waits for another writer. */
export function usageStore(database: Database, runLock: RunLock, lockWaitMs: number): SqliteUsageStore {
  const open = new OpenGuard(`the usage store in ${database.path}`);
  const turns = new Turns();
  let held: Release | undefined;

  const writing = (work: Work<void>, signal: AbortSignal | undefined): Promise<void> =>
    turns.inTurn(async () => {
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
    ...usageCalls(open, {
      async read(scope, interval, signal) {
        const series = await database.read((on) => readSeries(on, database.path, scope, interval), signal);
        return series ?? emptySeries(scope, [], NO_PROVENANCE);
      },
      replace(batch, signal) {
        return writing((on) => writeBatch(on, batch), signal);
      },
      remove(scopes, interval, signal) {
        return writing(function* (on) {
          yield* removeRows(on, scopes, interval);
          yield* removeOrphans(on);
        }, signal);
      },
      async names(kind, signal) {
        return (await database.read((on) => readNames(on, database.path, kind), signal)) ?? [];
      },
      async intensities(scope, signal) {
        const found = await database.read((on) => readIntensities(on, database.path, scope), signal);
        return found ?? intensitiesOf([]);
      },
    }),

    ...forgetting(open, database, writing, function* (on, name) {
      yield* removeRows(on, [{ kind: "user", name }], EVER);
      yield* removeOrphans(on);
    }),

    async lock(options) {
      const signal = open.signalOf(options);
      return turns.inTurn(async () => {
        signal?.throwIfAborted();
        const lock = runLock.take();
        held = lock;
        return () => turns.inTurn(() => giveBack(lock));
      });
    },

    ...sharedDatabaseCalls(
      open,
      database,
      (signal) => database.migrate(signal),
      () => turns.inTurn(() => giveBack(held)),
    ),
  };
}
