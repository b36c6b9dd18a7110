import { join, resolve } from "node:path";
import { assertSeries } from "../../usage/assert-series.js";
import type { Interval } from "../../usage/hour.js";
import type { Scope } from "../../usage/scope.js";
import { groupByScope, type SeriesOfScope } from "../by-scope.js";
import type { CallOptions } from "../call-options.js";
import { OpenGuard } from "../open-guard.js";
import type { UsageStore } from "../usage-store.js";
import { removeRows, writeBatch } from "./batch.js";
import { isThere, makeFolder } from "./io.js";
import { recover, sweep } from "./journal.js";
import { fileOf, tablesFolderOf, USAGE_FOLDERS } from "./layout.js";
import { assertConverted, convertLegacy } from "./legacy.js";
import { acquire, acquireWithin, type HeldLock, LOCK, releaseAfter, whileHeld } from "./lock.js";
import { sweepAsides } from "./lock-fs.js";
import { isPublished } from "./publish.js";
import { fromTables, namesInTable, oneSeries, seriesInTable, tableFolders } from "./table-files.js";

const ALWAYS: Interval = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY };

export interface FileUsageStoreOptions {
  /** How long `replace` waits for another writer before it rejects with `store-locked`. Default 10 s. */
  readonly lockWaitMs?: number;
  /** How long after its last sign of life a writer on another machine counts as dead. Default 15 s. */
  readonly staleMs?: number;
}

/** A {@link UsageStore} that is a folder of Parquet tables. */
export interface FileUsageStore extends UsageStore {
  /** Absolute path of the folder. */
  readonly folder: string;
  /**
   * Absolute path of what people read of a scope, whether it is there or not: of `ada` and a project the file with the
   * documents' eight columns, of any other scope the folder of its kind's tables. `bad-input` for a name that cannot
   * be a file's.
   */
  pathOf(scope: Scope): string;
  lock(options?: CallOptions): Promise<() => Promise<void>>;
}

/**
 * Keeps hourly usage as one Parquet table a kind and month, `<folder>/hours/kind=host/month=2025-09/hours.parquet`, with
 * everything that is known of a row as columns. From them it publishes the documents' files of eight columns:
 * `<folder>/usage/ada.parquet` and `<folder>/usage/project/<name>.parquet`, the name percent-encoded.
 *
 * A batch is written whole or not at all, also when the process is killed or the disk fills up: what was
 * begun is finished or removed by the next write. Reading needs no permission to write and makes nothing;
 * a folder that is not there reads as empty.
 *
 * Rejects with `store-corrupt` for a file that is not what it should be, which is left as it is and stops
 * the whole batch; `store-unavailable` if the folder cannot be read or written; `store-locked` if another
 * writer does not finish; `bad-input` for a series that `assertSeries` refuses.
 *
 * @example
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { fileUsageStore } from "ada-carbon/files";
 *
 * const store = fileUsageStore(join(tmpdir(), "no-usage-yet"));
 * assert.deepEqual(await store.scopes("project"), []);
 * assert.match(store.pathOf({ kind: "project", name: "My project" }), /My%20project\.parquet$/);
 */
export function fileUsageStore(folder: string, options: FileUsageStoreOptions = {}): FileUsageStore {
  const root = resolve(folder);
  const { lockWaitMs = 10_000, staleMs = 15_000 } = options;
  const open = new OpenGuard(`the store in ${root}`);
  let held: HeldLock | undefined;
  let lastWrite: Promise<unknown> = Promise.resolve();

  /** One batch of this store at a time, in the order of the calls. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = lastWrite.then(work);
    lastWrite = turn.catch(() => undefined);
    return turn;
  };

  const cleanUp = async (lock: HeldLock, signal?: AbortSignal): Promise<void> => {
    await recover(root);
    await sweep(root, [...USAGE_FOLDERS, ...(await tableFolders(root))]);
    await sweepAsides(join(root, LOCK), staleMs);
    await convertLegacy(root, { signal, beforeCommit: lock.assertHeld });
  };

  const write = async (
    lock: HeldLock,
    batch: readonly SeriesOfScope[],
    signal?: AbortSignal,
  ): Promise<void> => {
    await cleanUp(lock, signal);
    await writeBatch(root, batch, { signal, beforeCommit: lock.assertHeld });
  };

  /** `work` in turn, under the lock that is held or one of its own. */
  const exclusively = (work: (lock: HeldLock) => Promise<void>, signal?: AbortSignal): Promise<void> =>
    inTurn(async () => {
      if (held !== undefined) return work(held);
      await makeFolder(root);
      const lock = await acquireWithin(root, lockWaitMs, { staleMs }, signal);
      await whileHeld(lock, () => work(lock));
    });

  return {
    folder: root,
    pathOf: (scope) => {
      const file = fileOf(scope);
      return join(root, isPublished(scope) ? file : tablesFolderOf(scope.kind));
    },

    async read(scope, interval, { signal } = {}) {
      open.enter(signal);
      fileOf(scope);
      const parts = await fromTables(
        root,
        scope.kind,
        interval,
        (file) => seriesInTable(file, scope, interval),
        signal,
      );
      if (parts.length === 0) await assertConverted(root, scope.kind);
      return oneSeries(scope, parts);
    },

    async replace(batch, { signal } = {}) {
      open.enter(signal);
      for (const series of batch) assertSeries(series);
      // Scopes that no file can be named after are refused here.
      const scopes = groupByScope(batch, fileOf);
      if (scopes.length === 0) return;
      await exclusively((lock) => write(lock, scopes, signal), signal);
    },

    async remove(scopes, interval, { signal } = {}) {
      open.enter(signal);
      for (const scope of scopes) fileOf(scope);
      // A folder that is not there has nothing to forget, and is not made for that.
      if (!(await isThere(root))) return;
      await exclusively(async (lock) => {
        await cleanUp(lock, signal);
        await removeRows(root, scopes, interval, { signal, beforeCommit: lock.assertHeld });
      }, signal);
    },

    async scopes(kind, { signal } = {}) {
      open.enter(signal);
      const names = await fromTables(root, kind, ALWAYS, namesInTable, signal);
      if (names.length === 0) await assertConverted(root, kind);
      return [...new Set(names.flat())].sort(byCodeUnits).map((name) => ({ kind, name }));
    },

    async lock({ signal } = {}) {
      open.enter(signal);
      await makeFolder(root);
      const lock = await acquire(root, { staleMs });
      await inTurn(() => cleanUp(lock, signal)).catch((error) => releaseAfter(lock, error));
      held = lock;
      return () =>
        inTurn(async () => {
          if (held !== lock) return;
          held = undefined;
          await lock.release();
        });
    },

    async close() {
      if (!open.close()) return;
      // What was asked for before is still done.
      await inTurn(async () => {
        const lock = held;
        held = undefined;
        await lock?.release();
      });
    },
  };
}

function byCodeUnits(a: string, b: string): number {
  return a < b ? -1 : 1;
}
