import { join } from "node:path";
import { AdaCarbonError } from "../../usage/errors.js";
import { EVER } from "../../usage/hour.js";
import { assertOptions, FLAG, optional, POSITIVE, type Rules } from "../../usage/options.js";
import { SCOPE_KINDS, type Scope, type ScopeKind } from "../../usage/scope.js";
import { CALL_OPTIONS, type CallOptions } from "../call-options.js";
import { groupByScope } from "../kit/by-scope.js";
import { closing } from "../kit/closing.js";
import { forgettingCalls } from "../kit/forgotten.js";
import { OpenGuard } from "../kit/open-guard.js";
import { usageCalls } from "../kit/usage-calls.js";
import { assertKind, assertMilliseconds } from "../names.js";
import type { ReadKindOptions, UsageStore } from "../usage-store.js";
import { stageBatch, stageRemoval } from "./batch.js";
import { checkedFolder, FolderWriter, type FolderWriterOptions, WRITER_OPTIONS } from "./folder-writer.js";
import { draftsOfForgotten, readForgotten } from "./forgotten.js";
import { isThere, listIfThere } from "./io.js";
import { viewOf } from "./journal.js";
import { EXTENSION, fileOf, folderOf, PUBLISHED_KINDS, tablesFolderOf, USAGE_FOLDERS } from "./layout.js";
import { readPublished } from "./publish.js";
import { Tables, tableFolders, tablesOf } from "./tables.js";

/** How a folder of usage is written. */
export interface FileUsageStoreOptions extends FolderWriterOptions {
  /**
   * After so many rows a month goes on in another table, so that adding an hour does not write a whole month of ten
   * thousand hosts anew. Default 250,000: a month of 330 hosts is one table.
   */
  readonly rowsPerTable?: number | undefined;
}

const USAGE_STORE_OPTIONS: Rules<FileUsageStoreOptions> = {
  ...WRITER_OPTIONS,
  rowsPerTable: optional(POSITIVE),
};

const READ_KIND_OPTIONS: Rules<ReadKindOptions> = { ...CALL_OPTIONS, intensitiesOnly: optional(FLAG) };

/** A {@link UsageStore} that is a folder of Parquet tables. */
export interface FileUsageStore extends UsageStore, AsyncDisposable {
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
 * import assert from "node:assert/strict";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { fileUsageStore } from "ada-carbon/files";
 *
 * const store = fileUsageStore(join(tmpdir(), "no-usage-yet"));
 * assert.deepEqual(await store.scopes("project"), []);
 * assert.match(store.pathOf({ kind: "project", name: "My project" }), /My%20project\.parquet$/);
 */
export function fileUsageStore(folder: string, options: FileUsageStoreOptions = {}): FileUsageStore {
  const root = checkedFolder("fileUsageStore", folder, options, USAGE_STORE_OPTIONS);
  const { rowsPerTable = 250_000 } = options;
  const open = new OpenGuard(`the store in ${root}`);
  const tables = new Tables(root);
  const writer = new FolderWriter(root, options, async () => [
    ...USAGE_FOLDERS,
    ...(await tableFolders(root)),
  ]);

  return {
    folder: root,
    pathOf: (scope) => {
      const file = fileOf(scope);
      return join(root, PUBLISHED_KINDS.includes(scope.kind) ? file : tablesFolderOf(scope.kind));
    },

    ...usageCalls(open, {
      async read(scope, interval, signal) {
        const series = await tables.series(scope, interval, signal);
        if (series.hours.length === 0) await assertTables(root, [scope.kind]);
        return series;
      },

      async replace(batch, signal) {
        const scopes = groupByScope(batch);
        await writer.write(async (stage) => {
          await assertTables(root);
          await stageBatch(root, stage, scopes, rowsPerTable, signal);
        }, signal);
      },

      async remove(scopes, interval, signal) {
        // A folder that is not there has nothing to forget, and is not made for that.
        if (!(await isThere(root))) return;
        await writer.write(async (stage) => {
          await assertTables(root);
          await stageRemoval(root, stage, scopes, interval, signal);
        }, signal);
      },

      async names(kind, signal) {
        const names = await tables.names(kind, signal);
        if (names.length === 0) await assertTables(root, [kind]);
        return names;
      },

      async intensities(scope, signal) {
        const intensities = await tables.intensities(scope, signal);
        if (intensities.grid.length === 0) await assertTables(root, [scope.kind]);
        return intensities;
      },
    }),

    async readKind(kind, interval, options = {}) {
      assertOptions("a call to a store", options, READ_KIND_OPTIONS);
      const { signal, intensitiesOnly = false } = options;
      open.enter(signal);
      assertKind(kind);
      assertMilliseconds(interval);
      const all = await tables.ofKind(kind, interval, intensitiesOnly, signal);
      if (all.length === 0) await assertTables(root, [kind]);
      return all;
    },

    async spans(kind, options) {
      const signal = open.signalOf(options);
      assertKind(kind);
      const spans = await tables.spans(kind, signal);
      if (spans.length === 0) await assertTables(root, [kind]);
      return spans;
    },

    ...forgettingCalls(open, {
      forgotten: (signal) => readForgotten(root, signal),
      forget: (name, user, signal) =>
        writer.write(async (stage) => {
          await assertTables(root);
          await stage.putAll(await draftsOfForgotten(root, user));
          await stageRemoval(root, stage, [{ kind: "user", name }], EVER, signal);
        }, signal),
    }),

    async lock(options) {
      const _signal = open.signalOf(options);
      return writer.hold();
    },

    ...closing(async () => {
      // What was asked for before is still done.
      if (open.close()) await writer.close();
    }),
  };
}

/** Refuses a folder in which ada-carbon 0.1.0 kept a file a scope. It is looked for only where a kind has no table. */
async function assertTables(root: string, kinds: readonly ScopeKind[] = SCOPE_KINDS): Promise<void> {
  for (const kind of kinds) {
    const tables = await tablesOf(viewOf(root, []), kind);
    if (tables.length === 0 && (await isOfFirstVersion(root, kind))) {
      throw new AdaCarbonError(
        "store-unprepared",
        `${join(root, folderOf(kind))} was written by ada-carbon 0.1.0, a file a scope, which this version does not read; make a new folder of it, which keeps its numbers but not coverage and provenance: ada-carbon import $(find ${join(root, "usage")} -name '*.parquet') --out NEW_DIR`,
      );
    }
  }
}

async function isOfFirstVersion(root: string, kind: ScopeKind): Promise<boolean> {
  const folder = join(root, folderOf(kind));
  for (const name of await listIfThere(folder)) {
    if (!name.endsWith(EXTENSION)) continue;
    if (!PUBLISHED_KINDS.includes(kind)) return true;
    if ((await readPublished(join(folder, name)))?.said?.isOfFirstVersion === true) return true;
  }
  return false;
}
