import type { CallOptions } from "../call-options.js";
import { onePerScope } from "../kit/by-scope.js";
import { closing } from "../kit/closing.js";
import { usageCalls } from "../kit/usage-calls.js";
import type { Migratable } from "../migratable.js";
import type { UsageStore } from "../usage-store.js";
import { StoreCalls } from "./calls.js";
import type { Connection } from "./connection.js";
import { eraseDays, forgetting } from "./forgotten.js";
import { dayId } from "./ids.js";
import { type HeldLock, takeLock, waitForOthers } from "./lock.js";
import type { Collections } from "./schema.js";
import { readIntensities, readRows } from "./usage-read.js";
import { type ChangedDays, removeRows, writeRows } from "./usage-write.js";

/** A {@link UsageStore} in MongoDB. What is replaced in one step is a UTC day of a scope. */
export interface MongodbUsageStore extends UsageStore, Migratable, AsyncDisposable {
  lock(options?: CallOptions): Promise<() => Promise<void>>;
}

export function usageStoreOn(connection: Connection): MongodbUsageStore {
  const { settings } = connection;
  const { where } = settings;
  const calls = new StoreCalls(connection, "usage");
  let held: HeldLock | undefined;

  /**
   * Before each message to the server: writing stops if the lock is lost, and waits while another run has it.
   * A lock that another run takes in between costs nothing, since days are replaced only as they were read.
   */
  const changing = (collections: Collections, signal: AbortSignal | undefined): ChangedDays => {
    const mine = held;
    const before = async (): Promise<void> => {
      if (mine === undefined) await waitForOthers(collections, settings, signal);
      else mine.assertHeld();
    };
    return { days: collections.days, where, signal, before };
  };

  return {
    ...usageCalls(calls.open, {
      read: (scope, interval, signal) =>
        calls.read("read usage", signal, ({ days }) => readRows({ days, where, signal }, scope, interval)),

      async replace(batch, signal) {
        // Days that no document can be named after are refused before anything is written. Hours are ascending.
        for (const { scope, hours } of batch)
          for (const hour of [hours[0], hours.at(-1)]) dayId(scope, hour ?? 0);
        const merged = onePerScope(batch);
        await calls.write("write usage", signal, (collections) =>
          writeRows(changing(collections, signal), merged),
        );
      },

      remove: (scopes, interval, signal) =>
        calls.write("remove usage", signal, async (collections) => {
          for (const scope of scopes) await removeRows(changing(collections, signal), scope, interval);
        }),

      names: (kind, signal) =>
        calls.read("list scopes", signal, async ({ days }) => {
          const names = await days.distinct("scope.name", { "scope.kind": { $eq: kind } });
          return names.filter((name) => typeof name === "string");
        }),

      intensities: (scope, signal) =>
        calls.read("read intensities", signal, ({ days }) => readIntensities({ days, where, signal }, scope)),
    }),

    ...forgetting(calls, where, eraseDays),

    migrate: (options) => calls.migrate(options),

    async lock(options) {
      const signal = calls.open.signalOf(options);
      const lock = await calls.write("lock", signal, async (collections) => {
        held = await takeLock(collections, settings, signal);
        return held;
      });
      // In turn, so that a write under way is not left without it.
      return () =>
        calls.finish(async () => {
          if (held !== lock) return;
          held = undefined;
          await lock.release();
        });
    },

    ...closing(() =>
      calls.close(async () => {
        const mine = held;
        held = undefined;
        await mine?.release();
      }),
    ),
  };
}
