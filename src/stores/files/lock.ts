import { randomUUID } from "node:crypto";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import lockfile from "proper-lockfile";
import { AdaCarbonError } from "../../usage/errors.js";
import { formatInstant } from "../../usage/hour.js";
import { errorCode, unavailable } from "./io.js";
import { lockFs, removeLock } from "./lock-fs.js";
import { isKnownDead, type Owner, readOwner, thisMachine } from "./lock-owner.js";

/** The lock, a folder in the store's folder. */
export const LOCK = ".ada-carbon.lock";
const POLL_MS = 50;

export interface LockOptions {
  /** A lock not renewed for so long belongs to a process that died or hangs, and is taken over. */
  readonly staleMs: number;
}

/** A lock that was got. */
export interface HeldLock {
  /** Rejects with `store-locked` if somebody else took the lock over in the meantime. */
  assertHeld(): Promise<void>;
  /** Gives the lock back. Rejects like {@link HeldLock.assertHeld}. */
  release(): Promise<void>;
}

/**
 * Locks `folder`, which must exist, against other writers, or rejects with `store-locked` at once.
 * A lock whose owner was killed is taken over: at once on the same machine, else when it is stale.
 */
export async function acquire(folder: string, { staleMs }: LockOptions): Promise<HeldLock> {
  const path = join(folder, LOCK);
  const owner: Owner = { token: randomUUID(), pid: process.pid, machine: thisMachine(), since: Date.now() };
  let lost: Error | undefined;
  const attempt = (): Promise<() => Promise<void>> =>
    lockfile.lock(folder, {
      lockfilePath: path,
      fs: lockFs(owner),
      // We judge staleness ourselves, because we know more than the time.
      stale: Number.POSITIVE_INFINITY,
      update: staleMs / 4,
      onCompromised: (error) => {
        lost = error;
      },
    });

  const unlock = await attempt().catch(async (error) => {
    if (!(await tookAway(error, path, staleMs))) throw await refusal(error, folder, path);
    return attempt().catch(async (again) => {
      throw await refusal(again, folder, path);
    });
  });

  const assertHeld = async (): Promise<void> => {
    if (lost === undefined && (await readOwner(path))?.token === owner.token) return;
    throw new AdaCarbonError(
      "store-locked",
      `lost the lock on ${folder} to another run, because this one did not renew it in time; run it again`,
      { cause: lost },
    );
  };
  return {
    assertHeld,
    async release() {
      // Still held, or proper-lockfile has let go of it already: either way it must stop renewing.
      const held = await assertHeld().then(
        () => undefined,
        (error: unknown) => ({ error }),
      );
      if (lost === undefined) {
        await unlock().catch((error) => {
          throw unavailable("remove the lock", path, error);
        });
      }
      if (held !== undefined) throw held.error;
    },
  };
}

/** Like {@link acquire}, but tries again for `waitMs` while somebody else holds the lock. */
export async function acquireWithin(
  folder: string,
  waitMs: number,
  options: LockOptions,
  signal?: AbortSignal,
): Promise<HeldLock> {
  const deadline = Date.now() + waitMs;
  for (;;) {
    try {
      return await acquire(folder, options);
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof AdaCarbonError) || error.code !== "store-locked" || Date.now() >= deadline) {
        throw error;
      }
      await sleep(POLL_MS);
    }
  }
}

/** `work`, and the lock given back whether it succeeds or not. */
export async function whileHeld(lock: HeldLock, work: () => Promise<void>): Promise<void> {
  await work().catch((error) => releaseAfter(lock, error));
  await lock.release();
}

/** Gives the lock back and throws `error`, also if giving it back fails: that is its consequence. */
export async function releaseAfter(lock: HeldLock, error: unknown): Promise<never> {
  await lock.release().catch(() => {
    throw error;
  });
  throw error;
}

/** Removes the lock at `path` if it was held by a process that is gone. Whether to try again. */
async function tookAway(error: unknown, path: string, staleMs: number): Promise<boolean> {
  if (errorCode(error) !== "ELOCKED") return false;
  try {
    const owner = await readOwner(path);
    const renewedAt = (await stat(path)).mtimeMs;
    const gone = (owner !== undefined && isKnownDead(owner)) || renewedAt < Date.now() - staleMs;
    return gone && (await removeLock(path, owner?.token));
  } catch (fault) {
    // It has just been given back.
    if (errorCode(fault) === "ENOENT") return true;
    throw unavailable("look at the lock", path, fault);
  }
}

async function refusal(error: unknown, folder: string, path: string): Promise<AdaCarbonError> {
  if (errorCode(error) !== "ELOCKED") return unavailable("lock", folder, error);
  const owner = await readOwner(path).catch(() => undefined);
  const who = owner === undefined ? "" : ` (process ${owner.pid}, since ${formatInstant(owner.since)})`;
  return new AdaCarbonError(
    "store-locked",
    `another run is writing to ${folder}${who}; wait until it has finished, or if there is none, remove ${path}`,
    { cause: error },
  );
}
