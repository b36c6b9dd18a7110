import { basename, dirname, join } from "node:path";
import { encodeAsserted } from "../../timeseries/parquet/encode.js";
import { AdaCarbonError } from "../../usage/errors.js";
import { mergeSeries, type UsageSeries } from "../../usage/series.js";
import { isThere, makeFolder, mapBounded, writeTemporary } from "./io.js";
import { type Change, commit, discard } from "./journal.js";
import { fileOf } from "./layout.js";
import { readScopeFile } from "./scope-file.js";

export interface BatchOptions {
  readonly filesAtOnce: number;
  readonly signal?: AbortSignal | undefined;
  /** Last look before the point of no return; rejects to give the batch up. */
  readonly beforeCommit: () => Promise<void>;
}

/**
 * Merges every series of `batch`, which are of different scopes, into its file: all of them or none.
 * The new files are written beside the old ones first; whatever fails until then changes nothing.
 */
export async function writeBatch(
  root: string,
  batch: readonly UsageSeries[],
  options: BatchOptions,
): Promise<void> {
  const staged: Change[] = [];
  const inOrder = await stageAll().catch(async (error) => {
    await discard(root, staged);
    throw error;
  });
  if (inOrder.length > 0) await commit(root, inOrder);

  async function stageAll(): Promise<Change[]> {
    const { filesAtOnce, signal, beforeCommit } = options;
    const changes = await mapBounded(batch, filesAtOnce, async (series) => {
      signal?.throwIfAborted();
      const change = await stage(root, series, signal);
      if (change !== undefined) staged.push(change);
      return change;
    });
    signal?.throwIfAborted();
    await assertApart(root, staged);
    await beforeCommit();
    return changes.filter((change) => change !== undefined);
  }
}

/**
 * One series for each scope, in the order of first appearance; later rows win.
 *
 * @throws {AdaCarbonError} `bad-input` for a scope that no file can be named after.
 */
export function onePerScope(batch: readonly UsageSeries[]): UsageSeries[] {
  const merged = new Map<string, UsageSeries>();
  for (const series of batch) {
    if (series.hours.length === 0) continue;
    const key = fileOf(series.scope);
    const before = merged.get(key);
    merged.set(key, before === undefined ? series : mergeSeries(before, series));
  }
  return [...merged.values()];
}

/** Writes what the scope's file is to become beside it; nothing if it would not change. */
async function stage(root: string, series: UsageSeries, signal?: AbortSignal): Promise<Change | undefined> {
  const target = fileOf(series.scope);
  const file = await readScopeFile(root, series.scope, signal);
  if (file.state === "taken") throw oneFile(root, target, fileOf(file.by));
  const bytes = encodeAsserted(file.state === "stored" ? mergeSeries(file.series, series) : series);
  if (file.state === "stored" && sameBytes(bytes, file.bytes)) return undefined;
  const folder = dirname(target);
  await makeFolder(join(root, folder));
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
