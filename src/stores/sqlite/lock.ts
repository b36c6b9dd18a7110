import { DatabaseSync } from "node:sqlite";
import { AdaCarbonError } from "../../usage/errors.js";
import { formatInstant } from "../../usage/hour.js";
import { patiently } from "../kit/patience.js";
import { IN_MEMORY } from "./connection.js";
import { isBusy, translated } from "./failure.js";

/** Gives a lock back. Twice is once. */
export type Release = () => void;

/**
 * Lets one writer of usage at a time into a store, among all processes of the machine. It is the write lock
 * of a second, small database beside the store's, and so a lock of the operating system, which takes it back
 * by itself when its holder is killed.
 */
export class RunLock {
  readonly #store: string;
  readonly #path: string;
  #db: DatabaseSync | undefined;
  #held = false;

  constructor(store: string) {
    this.#store = store;
    this.#path = store === IN_MEMORY ? IN_MEMORY : `${store}-lock`;
  }

  /**
   * @param sign Leaves the process id for those who are refused. Costs a flush to disk.
   * @throws {AdaCarbonError} `store-locked` at once if somebody else holds it.
   */
  take(sign: boolean): Release {
    if (this.#held) throw this.#refusal(`process ${process.pid}, this one`);
    try {
      const db = this.#opened();
      if (sign) leaveSignature(db);
      db.exec("BEGIN IMMEDIATE");
    } catch (error) {
      throw isBusy(error) ? this.#refusal(this.#signature(), error) : translated(error, this.#path);
    }
    this.#held = true;
    let returned = false;
    return () => {
      if (returned) return;
      returned = true;
      this.#held = false;
      this.#db?.exec("ROLLBACK");
    };
  }

  /** Like {@link RunLock.take}, but tries again for `waitMs` while somebody else holds it. */
  takeWithin(waitMs: number, signal: AbortSignal | undefined): Promise<Release> {
    return patiently({ waitMs, signal }, async () => this.take(false));
  }

  close(): void {
    this.#db?.close();
    this.#db = undefined;
  }

  #opened(): DatabaseSync {
    if (this.#db !== undefined) return this.#db;
    const db = new DatabaseSync(this.#path);
    db.exec("PRAGMA busy_timeout = 0");
    this.#db = db;
    return db;
  }

  /** Who holds the lock, if that can be known: writers of a moment do not sign, and the killed leave theirs. */
  #signature(): string | undefined {
    try {
      const row = this.#db?.prepare("SELECT pid, since FROM holder").get();
      const [pid, since] = [Number(row?.pid), Number(row?.since)];
      process.kill(pid, 0);
      return `process ${pid}, since ${formatInstant(since)}`;
    } catch {
      // No signature, or none to be trusted: the refusal does without.
      return undefined;
    }
  }

  #refusal(holder: string | undefined, cause?: unknown): AdaCarbonError {
    const who = holder === undefined ? "" : ` (${holder})`;
    return new AdaCarbonError(
      "store-locked",
      `another run is writing to ${this.#store}${who}; wait until it has finished, then run this again`,
      { cause },
    );
  }
}

function leaveSignature(db: DatabaseSync): void {
  db.exec("BEGIN IMMEDIATE");
  try {
    db.exec("CREATE TABLE IF NOT EXISTS holder (id INTEGER PRIMARY KEY, pid INTEGER, since INTEGER)");
    db.prepare("INSERT OR REPLACE INTO holder VALUES (1, ?, ?)").run(process.pid, Date.now());
    db.exec("COMMIT");
  } catch (error) {
    // A reader was in the way, or the disk is full.
    db.exec("ROLLBACK");
    throw error;
  }
}
