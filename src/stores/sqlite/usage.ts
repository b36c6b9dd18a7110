import { EVER } from "../../usage/hour.js";
import { NO_PROVENANCE } from "../../usage/provenance.js";
import { emptySeries } from "../../usage/series.js";
import type { CallOptions } from "../call-options.js";
import { LockedTurns } from "../kit/locked-turns.js";
import { OpenGuard } from "../kit/open-guard.js";
import type { Release, RunLock } from "../kit/run-lock.js";
import { sharedDatabaseCalls } from "../kit/shared-database.js";
import { usageCalls } from "../kit/usage-calls.js";
import type { Migratable } from "../migratable.js";
import { intensitiesOf } from "../stored-intensities.js";
import type { UsageStore } from "../usage-store.js";
import type { Database, Work } from "./database.js";
import { forgetting } from "./forgotten.js";
import { intensitiesOfScope } from "./provenance.js";
import { readNames, readSeries } from "./usage-read.js";
import { removeOrphans, removeRows, writeBatch } from "./usage-write.js";

/** A {@link UsageStore} in a SQLite database. */
export interface SqliteUsageStore extends UsageStore, Migratable, AsyncDisposable {
  lock(options?: CallOptions): Promise<() => Promise<void>>;
}

/** @param lockWaitMs How long `replace` waits for another writer. */
export function usageStore(database: Database, runLock: RunLock, lockWaitMs: number): SqliteUsageStore {
  const open = new OpenGuard(`the usage store in ${database.path}`);
  const turns = new LockedTurns<Release>((release) => release());

  const writing = (work: Work<void>, signal: AbortSignal | undefined): Promise<void> =>
    turns.inTurn(async (held) => {
      const borrowed = held === undefined ? await runLock.takeWithin(lockWaitMs, signal) : undefined;
      try {
        await database.write(work, signal);
      } finally {
        borrowed?.();
      }
    });

  return {
    ...usageCalls(open, {
      read(scope, interval, signal) {
        const empty = emptySeries(scope, [], NO_PROVENANCE);
        return database.read((on) => readSeries(on, database.path, scope, interval), empty, signal);
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
      names(kind, signal) {
        return database.read((on) => readNames(on, database.path, kind), [], signal);
      },
      intensities(scope, signal) {
        return database.read((on) => intensitiesOfScope(on, database.path, scope), intensitiesOf([]), signal);
      },
    }),

    ...forgetting(open, database, writing, function* (on, name) {
      yield* removeRows(on, [{ kind: "user", name }], EVER);
      yield* removeOrphans(on);
    }),

    async lock(options) {
      const signal = open.signalOf(options);
      return turns.hold(async () => {
        signal?.throwIfAborted();
        return runLock.take();
      });
    },

    ...sharedDatabaseCalls(
      open,
      database,
      (signal) => database.migrate(signal),
      () => turns.close(),
    ),
  };
}
