import { rename, rm } from "node:fs/promises";
import { dirname, join, parse } from "node:path";
import * as z from "zod";
import { AdaCarbonError, isAdaCarbonError } from "../../usage/errors.js";
import { assertNotNewer } from "../kit/versions.js";
import {
  isTemporary,
  isThere,
  listIfThere,
  mapBounded,
  readIfThere,
  syncFolder,
  unavailable,
  writeTemporary,
} from "./io.js";

/** The renames of the last batch, whether they are done or not. */
export const JOURNAL = ".ada-carbon.journal";

/** Readers begin again where a writer was faster; so often in a row it is a fault. */
const MOST_ATTEMPTS = 200;

/** A temporary file, written and flushed, and the file it is to become: `/`-separated, below the store's folder. */
export interface Change {
  readonly temporary: string;
  readonly target: string;
}

const below = z.string().refine((path) => path.split("/").every((part) => !["", ".", ".."].includes(part)));
const VERSION = 1;
const versioned = z.object({ version: z.number() });
const journalSchema = z.object({
  version: z.literal(VERSION),
  renames: z.array(z.object({ temporary: below, target: below })),
});

/**
 * Makes all changes, in order, so that a crash at any point leaves either none of them or a journal from
 * which {@link recover} makes the rest. The point of no return is the journal's rename into place: what
 * fails before it removes the temporaries, what fails after it leaves them for the next write to finish.
 */
export async function commit(folder: string, changes: readonly Change[]): Promise<void> {
  await putJournal(folder, changes).catch(async (error) => {
    await discard(folder, changes);
    throw error;
  });
  await syncFolder(folder);
  await rollForward(folder, changes);
}

/**
 * Finishes the last batch if a crash or a full disk interrupted it. Only for the holder of the lock.
 *
 * @throws {AdaCarbonError} `store-corrupt` for a journal that is not one of ours.
 */
export async function recover(folder: string): Promise<void> {
  const { renames } = await lastBatch(folder);
  await rollForward(folder, renames);
}

/** The files of a folder as its last batch left them. */
export interface BatchView {
  readonly root: string;
  /** The paths at which the file of a `target` may be; the first that is there is the one. */
  pathsOf(target: string): readonly string[];
  /** The names, without extension, of files in a folder that the batch wrote: they may not be listed there yet. */
  comingIn(folder: string): readonly string[];
}

/**
 * What `read` makes of files as one batch left them: it is called again if a batch was written meanwhile. For readers,
 * which change nothing and take no lock.
 */
export async function readBetweenBatches<T>(
  folder: string,
  read: (view: BatchView) => Promise<T>,
): Promise<T> {
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
    const batch = await lastBatch(folder);
    const outcome = await read(viewOf(folder, batch.renames)).then(
      (result) => ({ result }),
      (error: unknown) => ({ error }),
    );
    if ((await lastBatch(folder)).text !== batch.text) continue;
    if ("error" in outcome) throw outcome.error;
    return outcome.result;
  }
  throw new AdaCarbonError(
    "store-unavailable",
    `cannot read ${folder}: it is being written to all the time; try again later`,
  );
}

/** Where a batch was interrupted, a file that is to be is still under its temporary name. */
export function viewOf(folder: string, renames: readonly Change[]): BatchView {
  return {
    root: folder,
    pathsOf(target) {
      const change = renames.find((rename) => rename.target === target);
      return [...(change === undefined ? [] : [change.temporary]), target].map((path) => join(folder, path));
    },
    comingIn: (below) =>
      renames.flatMap(({ target }) => (dirname(target) === below ? [parse(target).name] : [])),
  };
}

async function lastBatch(folder: string): Promise<{ readonly text: string; readonly renames: Change[] }> {
  const path = join(folder, JOURNAL);
  const bytes = await readIfThere(path);
  const text = new TextDecoder().decode(bytes);
  return { text, renames: bytes === undefined ? [] : parseJournal(path, text) };
}

/** Removes what writers left behind that died before their point of no return. Only for the holder of the lock. */
export async function sweep(folder: string, subfolders: readonly string[]): Promise<void> {
  await mapBounded(
    [folder, ...subfolders.map((directory) => join(folder, directory))],
    4,
    async (directory) => {
      const orphans = (await listIfThere(directory)).filter(isTemporary);
      for (const name of orphans) await removeFile(join(directory, name));
    },
  );
}

/** Removes temporaries of a batch that is given up. */
export async function discard(folder: string, changes: readonly Change[]): Promise<void> {
  for (const change of changes) await removeFile(join(folder, change.temporary));
}

async function putJournal(folder: string, changes: readonly Change[]): Promise<void> {
  // The names of the temporaries are on disk before the journal that speaks of them is.
  await Promise.all([...targetFolders(folder, changes)].map(syncFolder));
  const temporary = join(
    folder,
    await writeTemporary(folder, JSON.stringify({ version: VERSION, renames: changes })),
  );
  await renameInPlace(temporary, join(folder, JOURNAL)).catch(async (error) => {
    await removeFile(temporary);
    throw error;
  });
}

/** Renames what is not renamed yet. The journal stays, so that readers see that there was a batch. */
async function rollForward(folder: string, changes: readonly Change[]): Promise<void> {
  const renamed: Change[] = [];
  for (const change of changes) {
    const from = join(folder, change.temporary);
    // The names were flushed before the journal was, so one that is gone has been renamed already.
    if (!(await isThere(from))) continue;
    await renameInPlace(from, join(folder, change.target));
    renamed.push(change);
  }
  await Promise.all([...targetFolders(folder, renamed)].map(syncFolder));
}

function parseJournal(path: string, text: string): Change[] {
  try {
    const document: unknown = JSON.parse(text);
    assertNotNewer(versioned.safeParse(document).data?.version ?? VERSION, VERSION, path);
    return journalSchema.parse(document).renames;
  } catch (cause) {
    if (isAdaCarbonError(cause)) throw cause;
    throw new AdaCarbonError(
      "store-corrupt",
      `${path} is not a journal of ada-carbon; nothing was written: look at what it is, and move it away`,
      { cause },
    );
  }
}

function targetFolders(folder: string, changes: readonly Change[]): Set<string> {
  return new Set(changes.map((change) => dirname(join(folder, change.target))));
}

async function renameInPlace(from: string, to: string): Promise<void> {
  await rename(from, to).catch((error) => {
    throw unavailable("write", to, error);
  });
}

/** Removes a file; one that is not there is no error. */
export async function removeFile(path: string): Promise<void> {
  await rm(path, { force: true }).catch((error) => {
    throw unavailable("remove", path, error);
  });
}
