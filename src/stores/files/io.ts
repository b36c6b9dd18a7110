import { randomUUID } from "node:crypto";
import { lstat, mkdir, open, readdir, readFile, realpath, rename, rm } from "node:fs/promises";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { AdaCarbonError, messageOf } from "../../usage/errors.js";

const TEMPORARY = /^\.ada-carbon-[0-9a-f-]{36}\.tmp$/;

/** The file's bytes, or `undefined` if there is none. */
export async function readIfThere(path: string, signal?: AbortSignal): Promise<Uint8Array | undefined> {
  return readFile(path, { signal }).catch((error: unknown) => {
    signal?.throwIfAborted();
    return orIfMissing(undefined, "read", path)(error);
  });
}

/** The names in a folder, or none if there is no such folder. */
export async function listIfThere(path: string): Promise<string[]> {
  return readdir(path).catch(orIfMissing([], "list", path));
}

/** The names of the folders in a folder. What people's computers leave beside them, such as .DS_Store, is left out. */
export async function foldersIn(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch(orIfMissing([], "list", path));
  return entries.filter((entry) => !entry.isFile()).map(({ name }) => name);
}

/** Whether there is anything at `path`. */
export async function isThere(path: string): Promise<boolean> {
  return (await lstat(path).catch(orIfMissing(undefined, "look at", path))) !== undefined;
}

/** What to do about an error: `missing` is what it is if there is nothing at the path. */
export function orIfMissing<Missing>(
  missing: Missing,
  doing: string,
  path: string,
): (error: unknown) => Missing {
  return (error) => {
    if (errorCode(error) === "ENOENT") return missing;
    throw unavailable(doing, path, error);
  };
}

/** Makes the folder and those above it that are missing, and flushes their names to disk. */
export async function makeFolder(path: string): Promise<void> {
  // Not mkdir's own `recursive`: on a read-only disk it says that the folder does not exist.
  if (await isThere(path)) return;
  const above = dirname(path);
  if (above !== path) await makeFolder(above);
  await mkdir(path).catch((error) => {
    if (errorCode(error) !== "EEXIST") throw unavailable("make the folder", path, error);
  });
  await syncFolder(above);
}

/**
 * Writes a new file of a name of its own into `folder`, flushed to disk, and gives its name.
 * If that fails nothing is left behind.
 */
export async function writeTemporary(
  folder: string,
  content: Uint8Array | string | AsyncIterable<Uint8Array>,
): Promise<string> {
  const name = `.ada-carbon-${randomUUID()}.tmp`;
  const path = join(folder, name);
  try {
    await using file = await open(path, "wx");
    await file.writeFile(content);
    await file.sync();
  } catch (error) {
    await rm(path, { force: true }).catch((also) => {
      throw unavailable("write", path, new AggregateError([error, also], String(error)));
    });
    // What the content itself fails with is no fault of the disk.
    throw error instanceof Error && "syscall" in error ? unavailable("write", path, error) : error;
  }
  return name;
}

/**
 * Writes a file as a whole: whoever reads it, and whatever fails, finds what was there before or this. Behind a link it is
 * the file there. What is no file, such as /dev/null, is refused: it would not be there any more.
 */
export async function replaceFile(named: string, text: string): Promise<void> {
  const path = await fileBehind(named);
  const folder = dirname(path);
  await makeFolder(folder);
  const temporary = join(folder, await writeTemporary(folder, text));
  await rename(temporary, path).catch(async (error: unknown) => {
    await rm(temporary, { force: true });
    throw unavailable("write", path, error);
  });
  await syncFolder(folder);
}

async function fileBehind(path: string): Promise<string> {
  if (!(await isThere(path))) return path;
  try {
    const target = await realpath(path);
    if ((await lstat(target)).isFile()) return target;
  } catch (error) {
    throw unavailable("write", path, error);
  }
  throw unavailable("write", path, new Error("it is no file; choose another name"));
}

/** Whether this is the name of a file that {@link writeTemporary} made. */
export function isTemporary(name: string): boolean {
  return TEMPORARY.test(name);
}

/** Flushes the names in a folder to disk. */
export async function syncFolder(path: string): Promise<void> {
  // Windows cannot open a folder, and writes its names through.
  if (process.platform === "win32") return;
  try {
    await using folder = await open(path, "r");
    await folder.sync();
  } catch (error) {
    throw unavailable("flush", path, error);
  }
}

/** What the operating system calls the error: `ENOENT` and so on, also where Node has no name for it. */
export function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error && "code" in error)) return undefined;
  const number = "errno" in error ? -Number(error.errno) : Number.NaN;
  if (!String(error.code).startsWith("Unknown system error")) return String(error.code);
  return Object.entries(constants.errno).find(([, known]) => known === number)?.[0];
}

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full; free some space",
  EDQUOT: "the disk quota is used up; free some space",
  EROFS: "the file system is read-only; choose another folder",
  EACCES: "permission denied; give this user access, or choose another folder",
  EPERM: "permission denied; give this user access, or choose another folder",
  ENOENT: "there is no such place, or none that takes files; choose another folder",
  ENOTDIR: "a part of the path is not a folder; choose another folder",
  EIO: "the disk or the network file system failed; see to it, then run this again",
  ESTALE: "the network file system has lost it; see to the mount, then run this again",
  ENOTCONN: "the file system is not connected; see to the mount, then run this again",
  ETIMEDOUT: "the network file system does not answer; see to the mount, then run this again",
  EMFILE: "this process has too many files open; raise ulimit -n",
  ENFILE: "this machine has too many files open; close some programs",
  EFBIG: "the file is larger than this user may write; raise ulimit -f",
  ENAMETOOLONG: "the path is too long; choose a folder with a shorter one",
};

/** An error of code `store-unavailable` in one line: what could not be done, where, why. */
export function unavailable(doing: string, path: string, cause: unknown): AdaCarbonError {
  // Where several writes failed, the first failure says what happened.
  const first: unknown = cause instanceof AggregateError ? cause.errors[0] : cause;
  const reason = REASONS[errorCode(first) ?? ""] ?? messageOf(first).split("\n")[0];
  return new AdaCarbonError("store-unavailable", `cannot ${doing} ${path}: ${reason}`, { cause });
}

/**
 * `work` over all items, at most `atOnce` of them at a time, results in the items' order. After a failure
 * no more are begun, those under way are waited for, and the first failure is thrown.
 */
export async function mapBounded<T, R>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const failures: unknown[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length && failures.length === 0) {
      const index = next++;
      try {
        results[index] = await work(items[index] as T);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
  if (failures.length > 0) throw failures[0];
  return results;
}
