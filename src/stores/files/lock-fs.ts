import { randomUUID } from "node:crypto";
import * as fs from "node:fs";
import { mkdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { errorCode, isThere, listIfThere } from "./io.js";
import { isKnownDead, type Owner, ownerPath, readOwner, readOwnerSync, thisMachine } from "./lock-owner.js";

const ASIDE = /\.([0-9a-f]{12})-(\d+)-[0-9a-f-]{36}$/;

type Done = (error: unknown) => void;

/** The part of `node:fs` through which proper-lockfile works. */
interface LockFs {
  readonly realpath: typeof fs.realpath;
  readonly stat: typeof fs.stat;
  readonly utimes: typeof fs.utimes;
  mkdir(path: string, done: Done): void;
  rmdir(path: string, done: Done): void;
  rmdirSync(path: string): void;
}

/**
 * proper-lockfile makes an empty folder and so cannot say who holds the lock. With this file system the
 * folder appears together with its owner file, disappears in one step, and is only ever removed by the owner.
 */
export function lockFs(owner: Owner): LockFs {
  return {
    realpath: fs.realpath,
    stat: fs.stat,
    utimes: fs.utimes,
    mkdir: (path, done) => void createLock(path, owner).then(() => done(null), done),
    rmdir: (path, done) => void removeLock(path, owner.token).then(() => done(null), done),
    rmdirSync(path) {
      if (readOwnerSync(path)?.token !== owner.token) return;
      const aside = asideOf(path);
      fs.renameSync(path, aside);
      fs.rmSync(aside, { recursive: true, force: true });
    },
  };
}

async function createLock(path: string, owner: Owner): Promise<void> {
  if (await isThere(path)) throw held(path);
  const staged = asideOf(path);
  try {
    await mkdir(staged);
    await writeFile(ownerPath(staged), JSON.stringify(owner));
    await rename(staged, path);
  } catch (error) {
    await rm(staged, { recursive: true, force: true });
    // A folder is never renamed over one that is not empty: somebody was faster.
    if (["ENOTEMPTY", "EEXIST", "EPERM"].includes(errorCode(error) ?? "") && (await isThere(path)))
      throw held(path);
    throw error;
  }
}

/**
 * Removes the lock at `path` if it is held under `token`, `undefined` being one that does not say. Whether
 * that lock is gone now.
 */
export async function removeLock(path: string, token: string | undefined): Promise<boolean> {
  if ((await readOwner(path))?.token !== token) return false;
  const aside = asideOf(path);
  try {
    await rename(path, aside);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return true;
    throw error;
  }
  if ((await readOwner(aside))?.token !== token) {
    // Between the look and the rename somebody else removed it and took the lock: give it back.
    await rename(aside, path);
    return false;
  }
  await rm(aside, { recursive: true, force: true });
  return true;
}

/** A name beside the lock, on the way in or out; says whose, because what is in it may be half written. */
function asideOf(path: string): string {
  return `${path}.${thisMachine()}-${process.pid}-${randomUUID()}`;
}

/** Removes what killed processes left of {@link asideOf}. Of a live process it lasts for milliseconds. */
export async function sweepAsides(path: string, olderThanMs: number): Promise<void> {
  for (const name of await listIfThere(dirname(path))) {
    const [, machine, pid] = ASIDE.exec(name) ?? [];
    if (machine === undefined || !name.startsWith(`${basename(path)}.`)) continue;
    const aside = join(dirname(path), name);
    if (isKnownDead({ machine, pid: Number(pid) }) || (await isOlder(aside, olderThanMs))) {
      await rm(aside, { recursive: true, force: true });
    }
  }
}

function held(path: string): Error {
  return Object.assign(new Error(`${path} exists`), { code: "EEXIST" });
}

async function isOlder(path: string, ageMs: number): Promise<boolean> {
  try {
    return (await stat(path)).mtimeMs < Date.now() - ageMs;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return false;
    throw error;
  }
}
