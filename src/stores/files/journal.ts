import { rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { AdaCarbonError } from "../../usage/errors.js";
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

/** In the store's folder while a batch of renames is under way. */
export const JOURNAL = ".ada-carbon.journal";

/** A temporary file, written and flushed, and the file it is to become: `/`-separated, below the store's folder. */
export interface Change {
  readonly temporary: string;
  readonly target: string;
}

const below = z.string().refine((path) => path.split("/").every((part) => !["", ".", ".."].includes(part)));
const journalSchema = z.object({
  version: z.literal(1),
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
 * Finishes the batch that a crash or a full disk interrupted, if there is one. Only for the holder of the
 * lock.
 *
 * @throws {AdaCarbonError} `store-corrupt` for a journal that is not one of ours.
 */
export async function recover(folder: string): Promise<void> {
  const path = join(folder, JOURNAL);
  const bytes = await readIfThere(path);
  if (bytes !== undefined) await rollForward(folder, parseJournal(path, new TextDecoder().decode(bytes)));
}

/**
 * Which temporary stands for which file while a batch of renames is under way, as text that no other batch has and as a
 * map from target to temporary. For readers, which change nothing.
 */
export async function pendingRenames(
  folder: string,
): Promise<{ readonly text: string; readonly renames: ReadonlyMap<string, string> }> {
  const path = join(folder, JOURNAL);
  const bytes = await readIfThere(path);
  if (bytes === undefined) return { text: "", renames: new Map() };
  const text = new TextDecoder().decode(bytes);
  return {
    text,
    renames: new Map(parseJournal(path, text).map(({ target, temporary }) => [target, temporary])),
  };
}

/** Removes what writers left behind that died before their point of no return. Only for the holder of the lock. */
export async function sweep(folder: string, subfolders: readonly string[]): Promise<void> {
  await mapBounded([folder, ...subfolders.map((each) => join(folder, each))], 4, async (each) => {
    const orphans = (await listIfThere(each)).filter(isTemporary);
    for (const name of orphans) await removeFile(join(each, name));
  });
}

/** Removes temporaries of a batch that is given up. */
export async function discard(folder: string, changes: readonly Change[]): Promise<void> {
  for (const change of changes) await removeFile(join(folder, change.temporary));
}

async function putJournal(folder: string, changes: readonly Change[]): Promise<void> {
  // The journal may get its name when both are on disk; until then neither waits for the other.
  const writing = writeTemporary(folder, JSON.stringify({ version: 1, renames: changes }));
  const flushing = Promise.all([...targetFolders(folder, changes)].map(syncFolder));
  await Promise.allSettled([writing, flushing]);
  const temporary = join(folder, await writing);
  await flushing
    .then(() => renameInPlace(temporary, join(folder, JOURNAL)))
    .catch(async (error) => {
      await removeFile(temporary);
      throw error;
    });
}

async function rollForward(folder: string, changes: readonly Change[]): Promise<void> {
  for (const { temporary, target } of changes) {
    const from = join(folder, temporary);
    await renameInPlace(from, join(folder, target)).catch(async (error) => {
      // The names were flushed before the journal was, so one that is gone has been renamed already.
      if (await isThere(from)) throw error;
    });
  }
  await Promise.all([...targetFolders(folder, changes)].map(syncFolder));
  // Not flushed: a journal that comes back after a power cut has nothing left to rename.
  await removeFile(join(folder, JOURNAL));
}

function parseJournal(path: string, text: string): Change[] {
  try {
    return journalSchema.parse(JSON.parse(text)).renames;
  } catch (cause) {
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
