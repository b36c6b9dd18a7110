import { open, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { isAdaCarbonError } from "../../usage/errors.js";
import { type Release, RunLock } from "../kit/run-lock.js";
import { errorCode, unavailable, writeTemporary } from "./io.js";

/** The lock file in a folder, there while somebody holds the lock. */
export const LOCK = ".ada-carbon.lock";

/**
 * Locks `folder`, which must exist, against other writers.
 *
 * @param waitMs How long somebody else is waited for, before `store-locked` is thrown.
 */
export async function lockFolder(folder: string, waitMs: number, signal?: AbortSignal): Promise<Release> {
  const path = join(folder, LOCK);
  await makeLockFile(folder, path);
  try {
    const lock = new RunLock(path, folder, (error) => unavailable("lock", folder, error));
    return waitMs > 0 ? await lock.takeWithin(waitMs, signal) : lock.take();
  } catch (error) {
    if (isAdaCarbonError(error, "store-unavailable")) await assertWritable(folder);
    throw error;
  }
}

/** Whoever may write in the folder may take its lock, whoever made it. */
async function makeLockFile(folder: string, path: string): Promise<void> {
  try {
    await using file = await open(path, "ax");
    await file.chmod((await stat(folder)).mode & 0o666);
  } catch (error) {
    if (errorCode(error) !== "EEXIST") throw unavailable("lock", folder, error);
  }
}

/** Fails with what the operating system says, which is more than what SQLite does. */
async function assertWritable(folder: string): Promise<void> {
  const path = join(folder, await writeTemporary(folder, ""));
  await rm(path, { force: true });
}
