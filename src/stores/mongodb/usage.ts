import { assertSeries } from "../../usage/assert-series.js";
import type { Scope } from "../../usage/scope.js";
import type { UsageSeries } from "../../usage/series.js";
import type { CallOptions } from "../call-options.js";
import { onePerScope } from "../kit/by-scope.js";
import type { Migratable } from "../migratable.js";
import { assertScope } from "../names.js";
import type { UsageStore } from "../usage-store.js";
import { CallsTo } from "./calls.js";
import type { Connection, Opened } from "./connection.js";
import { daysOf } from "./day-document.js";
import { readDays } from "./day-read.js";
import { removeDays, type WriteOptions, writeDays } from "./day-write.js";
import { type Lease, takeLease, takeLeaseWithin, waitForOthers } from "./lease.js";
import { migrate } from "./schema.js";

/** A {@link UsageStore} in MongoDB. What is replaced in one step is a UTC day of a scope. */
export interface MongodbUsageStore extends UsageStore, Migratable {
  lock(options?: CallOptions): Promise<() => Promise<void>>;
}

export function usageStoreOn(connection: Connection): MongodbUsageStore {
  const { settings } = connection;
  const calls = new CallsTo(connection, "usage");
  let held: Lease | undefined;

  /** Does what changes days, with other writers kept out as far as the server needs it. */
  const change = async (
    opened: Opened,
    signal: AbortSignal | undefined,
    work: (options: WriteOptions) => Promise<void>,
  ): Promise<void> => {
    const send = (before: () => Promise<void>): Promise<void> =>
      work({ where: settings.where, signal, before });
    if (held !== undefined) {
      const lease = held;
      return send(async () => lease.assertHeld());
    }
    // Documents are compared and replaced in one step, so that a lock that is taken meanwhile costs nothing but
    // the politeness of stopping before the next message.
    if (opened.server === "mongodb") return send(() => waitForOthers(opened, settings, signal));
    const lease = await takeLeaseWithin(opened, settings, signal);
    await send(async () => lease.assertHeld()).catch(async (error) => {
      // What went wrong first matters; the lock goes when it expires.
      await lease.release().catch(() => undefined);
      throw error;
    });
    await lease.release();
  };

  return {
    async migrate({ signal } = {}) {
      calls.enter(signal);
      await calls.beside("make indexes", signal, (opened) => migrate(opened, settings));
    },

    async read(scope, interval, { signal } = {}) {
      calls.enter(signal);
      assertScope(scope);
      return calls.beside("read usage", signal, (opened) =>
        readDays(opened, scope, interval, settings.where, signal),
      );
    },

    async replace(batch, { signal } = {}) {
      calls.enter(signal);
      for (const series of batch) {
        assertSeries(series);
        assertScope(series.scope);
        assertDays(series);
      }
      const merged = onePerScope(batch);
      if (merged.length === 0) return;
      await calls.inTurn("write usage", signal, (opened) =>
        change(opened, signal, (options) => writeDays(opened, merged, options)),
      );
    },

    async remove(scopes, interval, { signal } = {}) {
      calls.enter(signal);
      for (const scope of scopes) assertScope(scope);
      if (scopes.length === 0) return;
      await calls.inTurn("remove usage", signal, (opened) =>
        change(opened, signal, (options) => removeDays(opened, scopes, interval, options)),
      );
    },

    async scopes(kind, { signal } = {}) {
      calls.enter(signal);
      const names = await calls.beside("list scopes", signal, ({ days }) =>
        days.distinct("scope.name", { "scope.kind": { $eq: kind } }),
      );
      return names
        .filter((name) => typeof name === "string")
        .sort(byCodeUnit)
        .map((name): Scope => ({ kind, name }));
    },

    async lock({ signal } = {}) {
      calls.enter(signal);
      const lease = await calls.inTurn("lock", signal, async (opened) => {
        const taken = await takeLease(opened, settings);
        held = taken;
        return taken;
      });
      // In turn, so that a write under way is not left without it.
      return () =>
        calls.finish(async () => {
          if (held !== lease) return;
          held = undefined;
          await lease.release();
        });
    },

    close: () =>
      calls.close(async () => {
        const lease = held;
        held = undefined;
        await lease?.release();
      }),
  };
}

/** Refuses days that no document can be named after, before anything is written. */
function assertDays(series: UsageSeries): void {
  for (const _ of daysOf(series));
}

function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : 1;
}
