import { basename, dirname, join } from "node:path";
import { encodePacked } from "../../timeseries/parquet/encode.js";
import { mergePacked, pack, unpack } from "../../timeseries/parquet/packed.js";
import { AdaCarbonError } from "../../usage/errors.js";
import type { Interval } from "../../usage/hour.js";
import type { Scope } from "../../usage/scope.js";
import { mergeAll, outsideOf, type UsageSeries } from "../../usage/series.js";
import type { SeriesOfScope } from "../kit/by-scope.js";
import { isThere, listIfThere, makeFolder, mapBounded, writeTemporary } from "./io.js";
import { type Change, commit, discard, removeFile } from "./journal.js";
import { fileOf } from "./layout.js";
import { readScopeFile } from "./scope-file.js";

export interface BatchOptions {
  readonly filesAtOnce: number;
  readonly signal?: AbortSignal | undefined;
  /** Last look before the point of no return; rejects to give the batch up. */
  readonly beforeCommit: () => Promise<void>;
}

/**
 * Merges the series of every scope of `batch` into its file: all of them or none.
 * The new files are written beside the old ones first; whatever fails until then changes nothing.
 */
export async function writeBatch(
  root: string,
  batch: readonly SeriesOfScope[],
  options: BatchOptions,
): Promise<void> {
  const isNew = await newFiles(
    root,
    batch.map(([{ scope }]) => fileOf(scope)),
  );
  // One by one, so that no more is in memory twice than is under way.
  await changeFiles(root, batch, options, (parts) => stage(root, mergeAll(parts), isNew, options.signal));
}

/**
 * Makes the folders of files to be. Says of which files there is nothing yet, in whatever case their names are, so
 * that nobody has to look for each.
 */
async function newFiles(root: string, targets: readonly string[]): Promise<(target: string) => boolean> {
  const taken = new Set<string>();
  for (const folder of new Set(targets.map((target) => dirname(target)))) {
    await makeFolder(join(root, folder));
    for (const name of await listIfThere(join(root, folder))) taken.add(`${folder}/${name}`.toLowerCase());
  }
  return (target) => !taken.has(target.toLowerCase());
}

/**
 * Takes the rows of [from, to) out of the files of these scopes, all of them or none; a file without rows left
 * is then removed.
 */
export async function removeRows(
  root: string,
  scopes: readonly Scope[],
  interval: Interval,
  options: BatchOptions,
): Promise<void> {
  const emptied: string[] = [];
  await changeFiles(root, scopes, options, async (scope) => {
    const file = await readScopeFile(root, scope, options.signal);
    if (file.state !== "stored") return undefined;
    const left = outsideOf(unpack(file.series), interval);
    if (left.hours.length === file.series.hours.length) return undefined;
    if (left.hours.length > 0) return put(root, fileOf(scope), encodePacked(pack(left)));
    emptied.push(fileOf(scope));
    return undefined;
  });
  for (const file of emptied) await removeFile(join(root, file));
}

/** Stages a change for each item and commits them together; a failure before that changes nothing. */
async function changeFiles<T>(
  root: string,
  items: readonly T[],
  options: BatchOptions,
  stageOne: (item: T) => Promise<Change | undefined>,
): Promise<void> {
  const staged: Change[] = [];
  const stageAll = async (): Promise<Change[]> => {
    const { filesAtOnce, signal, beforeCommit } = options;
    const changes = await mapBounded(items, filesAtOnce, async (item) => {
      signal?.throwIfAborted();
      const change = await stageOne(item);
      if (change !== undefined) staged.push(change);
      return change;
    });
    signal?.throwIfAborted();
    await assertApart(root, staged);
    await beforeCommit();
    return changes.filter((change) => change !== undefined);
  };
  const inOrder = await stageAll().catch(async (error) => {
    await discard(root, staged);
    throw error;
  });
  if (inOrder.length > 0) await commit(root, inOrder);
}

/** Writes what the scope's file is to become beside it; nothing if it would not change. */
async function stage(
  root: string,
  series: UsageSeries,
  isNew: (target: string) => boolean,
  signal?: AbortSignal,
): Promise<Change | undefined> {
  const target = fileOf(series.scope);
  if (isNew(target)) return put(root, target, encodePacked(pack(series)));
  const file = await readScopeFile(root, series.scope, signal);
  if (file.state === "taken") throw oneFile(root, target, fileOf(file.by));
  const packed = pack(series);
  const bytes = encodePacked(file.state === "stored" ? mergePacked(file.series, packed) : packed);
  if (file.state === "stored" && sameBytes(bytes, file.bytes)) return undefined;
  return put(root, target, bytes);
}

async function put(root: string, target: string, bytes: Uint8Array): Promise<Change> {
  const folder = dirname(target);
  return { temporary: `${folder}/${await writeTemporary(join(root, folder), bytes)}`, target };
}

/** Two new files whose names differ only in case must not become one on a disk that ignores case. */
export async function assertApart(root: string, staged: readonly Change[]): Promise<void> {
  const seen = new Map<string, Change>();
  for (const change of staged) {
    const folded = change.target.toLowerCase();
    const other = seen.get(folded);
    seen.set(folded, change);
    if (other !== undefined && (await ignoresCase(root, change.temporary))) {
      throw oneFile(root, change.target, other.target);
    }
  }
}

/** Whether a file is also there under its name in capitals. */
async function ignoresCase(root: string, temporary: string): Promise<boolean> {
  return isThere(join(root, dirname(temporary), basename(temporary).toUpperCase()));
}

/** The error for two names that the file system takes for one. */
export function oneFile(root: string, target: string, other: string): AdaCarbonError {
  return new AdaCarbonError(
    "store-unavailable",
    `${target} and ${other} are one file on the file system of ${root}, which ignores case; choose a folder on one that does not`,
  );
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
