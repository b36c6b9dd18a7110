import { assertSeries } from "../../usage/assert-series.js";
import type { Scope, ScopeKind } from "../../usage/scope.js";
import type { CallOptions } from "../call-options.js";
import { onePerScope } from "../kit/by-scope.js";
import { OpenGuard } from "../kit/open-guard.js";
import type { Migratable } from "../migratable.js";
import { assertScope } from "../names.js";
import type { UsageStore } from "../usage-store.js";
import { type Database, type KeptSession, type Session, transactionOn, type Work } from "./database.js";
import { enterAsWriter, writerOpening } from "./enter.js";
import { lock, takeWriteLock, unlock } from "./locks.js";
import { assertPrepared, migrateIn } from "./migrate.js";
import { readSeries } from "./read.js";
import { removeRows } from "./remove.js";
import { tablesOf } from "./tables.js";
import { fromText } from "./text.js";
import { writeSeries } from "./write.js";

/** A {@link UsageStore} in PostgreSQL. */
export interface PostgresUsageStore extends UsageStore, Migratable {
  lock(options?: CallOptions): Promise<() => Promise<void>>;
}

/** The usage store over a database that others may share. */
export function usageStoreOn(database: Database): PostgresUsageStore {
  const open = new OpenGuard(`the usage store in ${database.place.where}`);
  database.join();
  let held: KeptSession | undefined;
  let lastWrite: Promise<unknown> = Promise.resolve();

  /** One batch of this store at a time, in the order of the calls. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = lastWrite.then(work);
    lastWrite = turn.catch(() => undefined);
    return turn;
  };

  const inTransaction = async (
    signal: AbortSignal | undefined,
    work: Work<void>,
    opening?: readonly string[],
  ): Promise<void> => {
    signal?.throwIfAborted();
    // Only the connection that has the lock may write while it has it.
    if (held === undefined) await database.transaction(signal, work, opening);
    else await transactionOn(held, work, opening);
  };

  const letGo = async (session: KeptSession): Promise<void> => {
    if (held !== session) return;
    held = undefined;
    await unlock(session, database);
  };

  return {
    async migrate({ signal } = {}) {
      open.enter(signal);
      await inTurn(() => inTransaction(signal, (session) => migrateIn(session, database, signal)));
    },

    async read(scope, interval, { signal } = {}) {
      open.enter(signal);
      assertScope(scope);
      return database.session(signal, async (session) => {
        await assertPrepared(session, database);
        return readSeries(session, database, scope, interval);
      });
    },

    async replace(batch, { signal } = {}) {
      open.enter(signal);
      for (const series of batch) {
        assertScope(series.scope);
        assertSeries(series);
      }
      const series = onePerScope(batch);
      if (series.length === 0) return;
      const write: Work<void> = async (session, opened) => {
        await enterAsWriter(session, database, opened, signal);
        await writeSeries(session, database, series, signal);
      };
      await inTurn(() => inTransaction(signal, write, writerOpening(database)));
    },

    async remove(scopes, interval, { signal } = {}) {
      open.enter(signal);
      for (const scope of scopes) assertScope(scope);
      if (scopes.length === 0) return;
      await inTurn(() =>
        inTransaction(signal, async (session) => {
          await takeWriteLock(session, database, signal);
          await assertPrepared(session, database);
          await removeRows(session, database, scopes, interval, signal);
        }),
      );
    },

    async scopes(kind, { signal } = {}) {
      open.enter(signal);
      return database.session(signal, async (session) => {
        await assertPrepared(session, database);
        return storedScopes(session, database, kind);
      });
    },

    async lock({ signal } = {}) {
      open.enter(signal);
      return inTurn(async () => {
        const session = await lock(database, signal);
        held = session;
        return () => inTurn(() => letGo(session));
      });
    },

    async close() {
      if (!open.close()) return;
      // What was asked for before is still done.
      await inTurn(async () => {
        if (held !== undefined) await letGo(held);
      });
      await database.leave();
    },
  };
}

/** Owners with a fact row, or with an hour that the fact table cannot hold. */
async function storedScopes(session: Session, database: Database, kind: ScopeKind): Promise<Scope[]> {
  const { dimension, fact, day } = tablesOf(kind);
  const stored = (owner: string, and: string): string =>
    `(EXISTS (SELECT 1 FROM ${database.table(fact)} AS f ${owner === "" ? "" : `WHERE f.${owner}`})
      OR EXISTS (SELECT 1 FROM ${database.table(day)} AS f WHERE ${owner === "" ? "" : `f.${owner} AND`} ${and}))`;
  const withRest = "f.rest IS NOT NULL";
  if (dimension === null) {
    const [[there] = []] = await session.rows(`SELECT ${stored("", withRest)}`);
    return there === "t" ? [{ kind, name: kind }] : [];
  }
  const { table, id, name } = dimension;
  const rows = await session.rows(
    `SELECT d.${name} FROM ${database.table(table)} AS d
     WHERE d.${name} IS NOT NULL AND ${stored(`${id} = d.${id}`, withRest)}`,
  );
  const names = rows.map(([text]) => fromText(text ?? ""));
  return names.sort().map((each) => ({ kind, name: each }));
}
