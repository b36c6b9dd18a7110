import { statSync, unlinkSync } from "node:fs";
import { hostname } from "node:os";
import type { DatabaseSync } from "node:sqlite";
import { AdaCarbonError } from "../../usage/errors.js";
import { formatInstant } from "../../usage/hour.js";
import { openDatabase } from "./open-database.js";
import { patiently } from "./patience.js";

const IN_MEMORY = ":memory:";

/** Gives a lock back. Calling it again changes nothing. */
export type Release = () => void;

/**
 * Lets one writer at a time into a store, among all processes that see its lock file. That is a small SQLite database
 * on which a transaction is kept open: a lock of the operating system, which gives it back by itself when its holder
 * dies, and which a network file system passes on to other machines.
 */
export class RunLock {
  readonly #path: string;
  readonly #store: string;
  readonly #translated: (error: unknown) => unknown;
  #held = false;

  /**
   * @param path The lock file, which is there while somebody holds it; `:memory:` locks within this object only.
   * @param store What is locked, for messages.
   * @param translated Makes an error of the store's own of what SQLite says of a file that cannot be a lock.
   */
  constructor(path: string, store: string, translated: (error: unknown) => unknown) {
    this.#path = path;
    this.#store = store;
    this.#translated = translated;
  }

  /** @throws {AdaCarbonError} `store-locked` at once if somebody else holds it. */
  take(): Release {
    if (this.#held) throw this.#refusal(`process ${process.pid}, this one`);
    const db = this.#taken();
    this.#held = true;
    let isReturned = false;
    return () => {
      if (isReturned) return;
      isReturned = true;
      this.#held = false;
      // Removed while it is still held, so that it is no one else's.
      if (this.#path !== IN_MEMORY) removeIfPossible(this.#path);
      db.close();
    };
  }

  #taken(): DatabaseSync {
    for (;;) {
      const before = fileAt(this.#path);
      const db = this.#open();
      try {
        db.exec("PRAGMA synchronous = OFF; PRAGMA busy_timeout = 0");
        sign(db);
        db.exec("BEGIN IMMEDIATE");
      } catch (error) {
        const holder = isBusy(error) ? holderIn(db) : undefined;
        db.close();
        throw isBusy(error) ? this.#refusal(holder, error) : this.#translated(error);
      }
      if (this.#path === IN_MEMORY || (before !== undefined && fileAt(this.#path) === before)) return db;
      // It is new, or whoever held it before has removed it after it was opened here.
      db.close();
    }
  }

  /** Like {@link RunLock.take}, but tries again for `waitMs` while somebody else holds it. */
  takeWithin(waitMs: number, signal: AbortSignal | undefined): Promise<Release> {
    return patiently({ waitMs, signal }, async () => this.take());
  }

  #open(): DatabaseSync {
    try {
      return openDatabase(this.#path);
    } catch (error) {
      throw this.#translated(error);
    }
  }

  #refusal(holder: string | undefined, cause?: unknown): AdaCarbonError {
    const who = holder === undefined ? "" : ` (${holder})`;
    return new AdaCarbonError(
      "store-locked",
      `another run is writing to ${this.#store}${who}; wait until it has finished, then run this again: the lock goes with that process, however it ends`,
      { cause },
    );
  }
}

/** Whether another connection holds the database. Deno passes on what SQLite says, but not its code. */
function isBusy(error: unknown): boolean {
  return error instanceof Error && /^database (table )?is locked/.test(error.message);
}

/**
 * Leaves who this is and since when, for those who are refused. It need not survive a power cut, so nothing is flushed,
 * and a full disk that takes no signature can still be locked to free some space.
 */
function sign(db: DatabaseSync): void {
  try {
    db.exec("BEGIN IMMEDIATE");
    db.exec("CREATE TABLE IF NOT EXISTS run (pid INTEGER, machine TEXT, since INTEGER); DELETE FROM run");
    db.prepare("INSERT INTO run VALUES (?, ?, ?)").run(process.pid, hostname(), Date.now());
    db.exec("COMMIT");
  } catch (error) {
    if (isBusy(error)) throw error;
    rollback(db);
  }
}

function rollback(db: DatabaseSync): void {
  try {
    db.exec("ROLLBACK");
  } catch {
    // SQLite has done so itself, as on a full disk.
  }
}

/** Tells the file at the path from others that are there; `undefined` if there is none. */
function fileAt(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.ino;
}

function removeIfPossible(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Windows removes no file that is open, and a file that stays is as good as none.
  }
}

/** Who holds the lock, if that can be read just now. */
function holderIn(db: DatabaseSync): string | undefined {
  try {
    const run = db.prepare("SELECT pid, machine, since FROM run").get();
    if (run === undefined) return undefined;
    const where = run.machine === hostname() ? "" : ` on ${run.machine}`;
    const since = Number(run.since);
    // Only for people: whether the lock is held, the operating system says.
    const ahead = since > Date.now() ? ", by a clock that is ahead of this one" : "";
    return `process ${run.pid}${where}, since ${formatInstant(since)}${ahead}`;
  } catch {
    // Somebody is signing at this moment: the refusal does without.
    return undefined;
  }
}
