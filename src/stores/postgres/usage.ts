import { oneOf, optional, type Rules, SIGNAL } from "../../usage/options.js";
import type { CallOptions } from "../call-options.js";
import { onePerScope } from "../kit/by-scope.js";
import { LockedTurns } from "../kit/locked-turns.js";
import { OpenGuard } from "../kit/open-guard.js";
import { sharedDatabaseCalls } from "../kit/shared-database.js";
import { usageCalls } from "../kit/usage-calls.js";
import type { Migratable } from "../migratable.js";
import type { UsageStore } from "../usage-store.js";
import { type Database, type KeptSession, transactionOn, type Work } from "./connection.js";
import { eraseFromUsage, forgetting } from "./forgotten.js";
import { writeHostFacts } from "./host-facts.js";
import { lock, takeWriteLock, unlock } from "./lock.js";
import { assertPrepared, migrateIn, prepared } from "./migrate.js";
import { addMonthsOf } from "./partitions.js";
import { readIntensities, readNames, readSeries } from "./usage-read.js";
import { removeNames, removeOrphans, removeRows, writeSeries } from "./usage-write.js";

/** How the tables are made. */
export interface MigrateOptions extends CallOptions {
  /**
   * Keep rows in a partition a UTC month, for years of thousands of hosts: what is pruned by whole months is dropped
   * and not deleted. What is stored is moved, in the same transaction. Tables that are partitioned stay so without.
   */
  readonly partition?: "month" | undefined;
}

const MIGRATE_OPTIONS: Rules<MigrateOptions> = {
  signal: optional(SIGNAL),
  partition: optional(oneOf(["month"])),
};

/** A {@link UsageStore} in PostgreSQL. */
export interface PostgresUsageStore extends UsageStore, Migratable, AsyncDisposable {
  migrate(options?: MigrateOptions): Promise<void>;
  lock(options?: CallOptions): Promise<() => Promise<void>>;
}

/** The usage store over a database that others may share. */
export function usageStoreOn(database: Database): PostgresUsageStore {
  const open = new OpenGuard(`the usage store in ${database.place.where}`);
  const turns = new LockedTurns<KeptSession>(unlock);

  const inTransaction = (signal: AbortSignal | undefined, work: Work<void>): Promise<void> =>
    turns.inTurn(async (held) => {
      signal?.throwIfAborted();
      // Only the connection that has the lock may write while it has it.
      if (held === undefined) await database.transaction(signal, work);
      else await transactionOn(held, work);
    });

  const writing = (signal: AbortSignal | undefined, work: Work<void>): Promise<void> =>
    inTransaction(signal, async (session) => {
      await takeWriteLock(session, signal);
      await assertPrepared(session);
      await work(session);
    });

  return {
    ...usageCalls(open, {
      read(scope, interval, signal) {
        return prepared(database, signal, (session) => readSeries(session, scope, interval));
      },

      replace(batch, signal) {
        const series = onePerScope(batch);
        return writing(signal, async (session) => {
          // The server looks up the owner of each new row by a plan that it makes once a connection. While the
          // table of owners is small, that plan would read all of it for every row.
          await session.rows("SET LOCAL enable_seqscan = off");
          await addMonthsOf(session, series);
          await writeSeries(session, series, signal);
          await writeHostFacts(session, series);
          signal?.throwIfAborted();
        });
      },

      remove(scopes, interval, signal) {
        return writing(signal, async (session) => {
          await removeRows(session, scopes, interval, signal);
          await removeOrphans(session);
          await removeNames(session, scopes);
        });
      },

      names(kind, signal) {
        return prepared(database, signal, (session) => readNames(session, kind));
      },

      intensities(scope, signal) {
        return prepared(database, signal, (session) => readIntensities(session, scope));
      },
    }),

    ...forgetting(open, database, writing, eraseFromUsage),

    ...sharedDatabaseCalls(
      open,
      database,
      (signal, options: MigrateOptions = {}) =>
        inTransaction(signal, (session) => migrateIn(session, signal, options.partition)),
      () => turns.close(),
      MIGRATE_OPTIONS,
    ),

    async lock(options) {
      const signal = open.signalOf(options);
      return turns.hold(() => lock(database, signal));
    },
  };
}
