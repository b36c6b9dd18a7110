import { join, resolve } from "node:path";
import { unpack } from "../../timeseries/parquet/packed.js";
import { assertSeries } from "../../usage/assert-series.js";
import type { Scope } from "../../usage/scope.js";
import { emptySeries, sliceSeries, type UsageSeries } from "../../usage/series.js";
import type { CallOptions } from "../call-options.js";
import { groupByScope, type SeriesOfScope } from "../kit/by-scope.js";
import { OpenGuard } from "../kit/open-guard.js";
import type { UsageStore } from "../usage-store.js";
import { removeRows, writeBatch } from "./batch.js";
import { isThere, listIfThere, makeFolder, mapBounded } from "./io.js";
import { recover, sweep } from "./journal.js";
import { EXTENSION, fileOf, folderOf, USAGE_FOLDERS } from "./layout.js";
import { acquire, acquireWithin, type HeldLock, LOCK, releaseAfter, whileHeld } from "./lock.js";
import { sweepAsides } from "./lock-fs.js";
import { readScopeFile, scopeOfFile } from "./scope-file.js";

export interface FileUsageStoreOptions {
  /** How long `replace` waits for another writer before it rejects with `store-locked`. Default 10 s. */
  readonly lockWaitMs?: number;
  /** How long after its last sign of life a writer on another machine counts as dead. Default 15 s. */
  readonly staleMs?: number;
  /** How many files are worked on at once: more take more memory. Default 4. */
  readonly filesAtOnce?: number;
}

/** A {@link UsageStore} that is a folder of Parquet files. */
export interface FileUsageStore extends UsageStore {
  /** Absolute path of the folder. */
  readonly folder: string;
  /** Absolute path of a scope's file, whether it is there or not. `bad-input` for a name that cannot be one. */
  pathOf(scope: Scope): string;
  lock(options?: CallOptions): Promise<() => Promise<void>>;
}

/**
 * Keeps hourly usage as one Parquet file a scope: `<folder>/usage/ada.parquet` and
 * `<folder>/usage/<kind>/<name>.parquet`, the name percent-encoded.
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
 * assert.match(store.pathOf({ kind: "machine", name: "Artemis (Matlab)" }), /Artemis%20\(Matlab\)\.parquet$/);
 */
export function fileUsageStore(folder: string, options: FileUsageStoreOptions = {}): FileUsageStore {
  const root = resolve(folder);
  const { lockWaitMs = 10_000, staleMs = 15_000, filesAtOnce = 4 } = options;
  const open = new OpenGuard(`the store in ${root}`);
  let held: HeldLock | undefined;
  let lastWrite: Promise<unknown> = Promise.resolve();

  /** One batch of this store at a time, in the order of the calls. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = lastWrite.then(work);
    lastWrite = turn.catch(() => undefined);
    return turn;
  };

  const cleanUp = async (): Promise<void> => {
    await recover(root);
    await sweep(root, USAGE_FOLDERS);
    await sweepAsides(join(root, LOCK), staleMs);
  };

  const write = async (
    lock: HeldLock,
    batch: readonly SeriesOfScope[],
    signal?: AbortSignal,
  ): Promise<void> => {
    await cleanUp();
    await writeBatch(root, batch, { filesAtOnce, signal, beforeCommit: lock.assertHeld });
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
    pathOf: (scope) => join(root, fileOf(scope)),

    async read(scope, interval, { signal } = {}) {
      open.enter(signal);
      const file = await readScopeFile(root, scope, signal);
      return sliceSeries(file.state === "stored" ? unpack(file.series) : nothing(scope), interval);
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
        await cleanUp();
        await removeRows(root, scopes, interval, { filesAtOnce, signal, beforeCommit: lock.assertHeld });
      }, signal);
    },

    async scopes(kind, { signal } = {}) {
      open.enter(signal);
      const files = (await listIfThere(join(root, folderOf(kind)))).filter((name) =>
        name.endsWith(EXTENSION),
      );
      if (kind === "ada") return files.includes(`ada${EXTENSION}`) ? [{ kind, name: "ada" }] : [];
      const scopes = await mapBounded(files, filesAtOnce, (name) => scopeOfFile(root, kind, name, signal));
      return scopes.filter((scope) => scope !== undefined).sort((a, b) => (a.name < b.name ? -1 : 1));
    },

    async lock({ signal } = {}) {
      open.enter(signal);
      await makeFolder(root);
      const lock = await acquire(root, { staleMs });
      await inTurn(cleanUp).catch((error) => releaseAfter(lock, error));
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

function nothing({ kind, name }: Scope): UsageSeries {
  return emptySeries({ kind, name }, [], { library: "", model: null, intensity: null });
}
