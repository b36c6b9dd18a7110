import { dirname, resolve } from "node:path";
import { AdaCarbonError } from "../../usage/errors.js";
import { patiently } from "../kit/patience.js";
import { Turns } from "../kit/turns.js";
import { assertNotNewer } from "../kit/versions.js";
import { Connection, fileAt, IN_MEMORY } from "./connection.js";
import { isBusy, isForbidden, translated } from "./failure.js";
import { bringForward, contentsOf, withoutTables } from "./migrate.js";
import { MIGRATIONS } from "./schema.js";
import { inSlices, type Sliced } from "./slices.js";

/** Work on a database; called again from the start if another program was in the way. */
export type Work<T> = (on: Connection) => Sliced<T>;

/**
 * A database file with one connection that writes and one that reads, each with one transaction at a time.
 * Opened by the first call that needs it, and again if somebody has put another file in its place.
 */
export class Database {
  /** Absolute path, or `:memory:`. */
  readonly path: string;
  readonly #waitMs: number;
  readonly #writes: Turns = new Turns();
  readonly #reads: Turns;
  #writer: Connection | undefined;
  #reader: Connection | undefined;
  #stores = 0;

  /** @param waitMs How long to wait for other programs that use the file. */
  constructor(path: string, waitMs: number) {
    this.path = path === IN_MEMORY ? path : resolve(path);
    this.#waitMs = waitMs;
    // What is in memory has one connection only, and so one transaction at a time.
    this.#reads = this.path === IN_MEMORY ? this.#writes : new Turns();
  }

  /** Everything the work reads is of one instant. `empty` is what there is where nothing is stored yet. */
  read<T>(work: Work<T>, empty: NoInfer<T>, signal: AbortSignal | undefined): Promise<T> {
    return this.#inTurn(this.#reads, signal, async () => {
      const on = await this.#toRead();
      if (on === undefined) return empty;
      const result = await transaction(on, "BEGIN", work, signal);
      if (on.isTorn) throw new Torn();
      return result;
    });
  }

  /** All of the work is done, or none of it. Makes the file and our tables where they are missing. */
  write<T>(work: Work<T>, signal: AbortSignal | undefined): Promise<T> {
    return this.#inTurn(this.#writes, signal, () =>
      transaction(this.#toWrite("invited"), "BEGIN IMMEDIATE", work, signal),
    );
  }

  /** Makes our tables, also beside those of another program, and brings them forward. */
  async migrate(signal: AbortSignal | undefined): Promise<void> {
    await this.#inTurn(this.#writes, signal, async () => this.#toWrite("inviting"));
  }

  /**
   * Writes the file anew, without what was deleted, and empties its write-ahead log. Until then the bytes of deleted
   * rows may lie in pages that are free.
   */
  async rewrite(signal: AbortSignal | undefined): Promise<void> {
    await this.#inTurn(this.#writes, signal, async () => {
      const { db } = this.#toWrite("invited");
      db.exec("VACUUM");
      const { busy } = db.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get() ?? {};
      if (busy === 1) throw new Unfinished();
    });
  }

  /** Counts one more store that must be closed before the file is. */
  join(): void {
    this.#stores++;
  }

  /** Closes the file, after everything that was asked for before, when the last store leaves. */
  async leave(): Promise<void> {
    if (--this.#stores > 0) return;
    await this.#reads.inTurn(async () => this.#reader?.close());
    await this.#writes.inTurn(async () => this.#writer?.close());
  }

  /** In turn with the other calls, and again and again while another program keeps the file busy. */
  #inTurn<T>(turns: Turns, signal: AbortSignal | undefined, attempt: () => Promise<T>): Promise<T> {
    const mayPass = (error: unknown): boolean =>
      isBusy(error) || error instanceof Torn || error instanceof Unfinished;
    return turns.inTurn(async () => {
      try {
        return await patiently({ waitMs: this.#waitMs, signal, mayPass }, attempt);
      } catch (error) {
        throw translated(error, this.path);
      }
    });
  }

  /** @param as `inviting`: told to make our tables in a database of another program. */
  #toWrite(as: "invited" | "inviting"): Connection {
    if (this.#writer?.isCurrent === true && as === "invited") return this.#writer;
    this.#writer?.close();
    assertPlace(this.path);
    const on = new Connection(this.path, "write");
    try {
      const contents = contentsOf(on.db, this.path);
      if (contents === "foreign" && as === "invited") throw withoutTables(this.path);
      // Readers then see the last commit while a batch is being written. It stays with the file.
      on.db.exec("PRAGMA journal_mode = WAL");
      if (typeof contents === "string" || contents.version !== MIGRATIONS.length) {
        on.db.exec("BEGIN IMMEDIATE");
        bringForward(on.db, this.path);
        on.db.exec("COMMIT");
      }
    } catch (error) {
      on.close(); // which rolls back
      throw error;
    }
    this.#writer = on;
    return on;
  }

  async #toRead(): Promise<Connection | undefined> {
    if (this.path === IN_MEMORY) return this.#toWrite("invited");
    if (this.#reader?.isCurrent === true) return this.#reader;
    this.#reader?.close();
    assertPlace(this.path);
    if ((fileAt(this.path)?.bytes ?? 0) === 0) return undefined;
    const on = openToRead(this.path);
    try {
      const contents = contentsOf(on.db, this.path);
      if (contents === "foreign") throw withoutTables(this.path);
      if (contents !== "empty") {
        assertNotNewer(contents.version, MIGRATIONS.length, this.path);
        if (contents.version < MIGRATIONS.length) await this.migrate(undefined);
        this.#reader = on;
        return on;
      }
    } catch (error) {
      on.close();
      throw error;
    }
    on.close();
    return undefined;
  }
}

/** A file that cannot be opened as usual for want of permission is read as it lies there, if that is all of it. */
function openToRead(path: string): Connection {
  try {
    return new Connection(path, "read");
  } catch (error) {
    const inLog = (fileAt(`${path}-wal`)?.bytes ?? 0) > 0;
    if (!isForbidden(error) || inLog) throw error;
    try {
      return new Connection(path, "snapshot");
    } catch (second) {
      // Node before 22.15 cannot do this; the first failure says what the matter is.
      throw second instanceof TypeError ? error : second;
    }
  }
}

/** The file changed while it was read as it lay there. */
class Torn extends Error {}

/** A reader of an earlier state keeps the write-ahead log from being emptied. */
class Unfinished extends Error {}

async function transaction<T>(
  on: Connection,
  begin: "BEGIN" | "BEGIN IMMEDIATE",
  work: Work<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  on.db.exec(begin);
  try {
    const result = await inSlices(work(on), signal);
    on.db.exec("COMMIT");
    return result;
  } catch (error) {
    on.rollback();
    throw error;
  }
}

function assertPlace(path: string): void {
  if (path === IN_MEMORY) return;
  if (fileAt(dirname(path)) === undefined)
    throw unusable(path, `there is no folder ${dirname(path)}; make it, or correct the path`);
  if (fileAt(path)?.isFile === false)
    throw unusable(path, "it is no file; name a file of SQLite, or a folder without sqlite: before it");
}

function unusable(path: string, why: string): AdaCarbonError {
  return new AdaCarbonError("store-unavailable", `cannot use ${path}: ${why}`);
}
