import { statSync } from "node:fs";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { AdaCarbonError } from "../../usage/errors.js";
import { remembered } from "../../usage/remembered.js";
import { openDatabase } from "../kit/open-database.js";

export const IN_MEMORY = ":memory:";

const PRAGMAS = `
PRAGMA busy_timeout = 0;
PRAGMA synchronous = FULL;
PRAGMA temp_store = MEMORY;
PRAGMA cache_size = -8000;
PRAGMA journal_size_limit = 16777216;
`;

/**
 * What a connection is for. A `snapshot` reads a file beside which nothing can be written, which SQLite
 * otherwise needs to do in order to read: it must not change meanwhile.
 */
export type Use = "read" | "write" | "snapshot";

/** An open database file, and its prepared statements. */
export class Connection {
  readonly db: DatabaseSync;
  readonly #path: string;
  readonly #use: Use;
  readonly #file: FileFacts | undefined;
  readonly #statements: Map<string, StatementSync> = new Map();
  #open = true;

  /**
   * Waiting for others is never left to SQLite, which would hold up the whole process, and with it the very
   * transaction that it may be waiting for: a busy database is an error at once, and tried again from outside.
   */
  constructor(path: string, use: Use) {
    this.#path = path;
    this.#use = use;
    // Every id that is written comes out of the same transaction: checking it again takes a third of the speed.
    this.db = openDatabase(use === "snapshot" ? immutable(path) : path, {
      enableForeignKeyConstraints: false,
      readOnly: use === "snapshot",
    });
    this.#file = fileAt(path);
    try {
      this.db.exec(PRAGMAS);
      if (use !== "write") this.db.exec("PRAGMA query_only = 1");
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Whether the file at the path is still the one that is open: what is written to a deleted one is lost. */
  get isCurrent(): boolean {
    if (!this.#open || this.#use === "snapshot") return false;
    if (this.#path === IN_MEMORY) return true;
    return this.#file !== undefined && fileAt(this.#path)?.identity === this.#file.identity;
  }

  /** Whether what was read may be a mixture, because the file of a snapshot has changed since it was opened. */
  get isTorn(): boolean {
    return this.#use === "snapshot" && fileAt(this.#path)?.state !== this.#file?.state;
  }

  /** The statement, prepared once. */
  prepare(sql: string): StatementSync {
    return remembered(this.#statements, sql, () => this.db.prepare(sql));
  }

  /** Undoes what has not been committed. */
  rollback(): void {
    try {
      this.db.exec("ROLLBACK");
    } catch {
      // SQLite has done it already, on a full disk for one; if it could not, closing does.
      this.close();
    }
  }

  /** Calling it again changes nothing. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#statements.clear();
    this.db.close();
  }
}

interface FileFacts {
  /** Which file it is. */
  readonly identity: string;
  /** Differs once it has been written to. */
  readonly state: string;
  readonly bytes: number;
  /** Whether it is a file, and no folder or device. */
  readonly isFile: boolean;
}

/** What is at the path, if anything. */
export function fileAt(path: string): FileFacts | undefined {
  try {
    const file = statSync(path, { throwIfNoEntry: false });
    if (file === undefined) return undefined;
    const identity = `${file.dev}:${file.ino}`;
    const state = `${identity}:${file.mtimeMs}:${file.size}`;
    return { identity, state, bytes: file.size, isFile: file.isFile() };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split("\n")[0] : String(cause);
    throw new AdaCarbonError("store-unavailable", `cannot look at ${path}: ${reason}`, { cause });
  }
}

function immutable(path: string): URL {
  const url = pathToFileURL(path);
  url.searchParams.set("immutable", "1");
  return url;
}
