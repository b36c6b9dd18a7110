import type { MachineCatalogue } from "../../machines/machine-watts.js";
import { assertArgument, assertOptions, TEXT } from "../../usage/options.js";
import type { CallOptions } from "../call-options.js";
import { closing } from "../kit/closing.js";
import { type StoredMachine, storedCatalogue } from "../kit/machine-catalogue.js";
import { RunLock } from "../kit/run-lock.js";
import type { Migratable } from "../migratable.js";
import { averageStore, type SqliteAverageStore } from "./averages.js";
import { IN_MEMORY } from "./connection.js";
import { Database } from "./database.js";
import { translated } from "./failure.js";
import { SQLITE_OPTIONS, type SqliteOptions } from "./options.js";
import { type RowReader, readAll } from "./text.js";
import { type SqliteUsageStore, usageStore } from "./usage.js";
import { type SqliteWorkspaceStore, workspaceStore } from "./workspaces.js";

/** Three stores in one SQLite database, sharing its connections. */
export interface SqliteStores extends Migratable, AsyncDisposable {
  /** Absolute path of the file, or `:memory:`. */
  readonly path: string;
  readonly usage: SqliteUsageStore;
  readonly averages: SqliteAverageStore;
  readonly workspaces: SqliteWorkspaceStore;
  /** Watts of machine names, from the table `ada_carbon_machine`. */
  readonly machines: MachineCatalogue;
  /** Closes all three. The file is also closed once each of the three has been. */
  close(): Promise<void>;
}

/**
 * Keeps usage, machine averages and workspaces in one SQLite file, with the module that Node has built in.
 * `:memory:` keeps them until they are closed.
 *
 * Nothing is opened before the first call. A file that is not there reads as empty, and the first write makes
 * it, in a folder that must exist; tables of an earlier version are brought forward then too. In a database
 * that belongs to another program nothing is made until `migrate` is called: `store-unprepared`.
 *
 * A batch is written whole or not at all, also when the process is killed or the disk fills up, and in
 * between the process goes on with other things. Readers, in this process and others, see the last whole
 * batch. Must not lie on a network file system, where SQLite's write-ahead log does not work.
 *
 * Rejects with `store-corrupt` for a file that is not a SQLite database, or rows in it that make no sense;
 * `store-newer` for tables of a newer version; `store-unavailable` if the file cannot be read or written;
 * `store-locked` if another process does not let go of it.
 *
 * @example
 * import assert from "node:assert/strict";
 * import { ADA } from "ada-carbon";
 * import { sqliteStores } from "ada-carbon/sqlite";
 *
 * const { usage, close } = sqliteStores(":memory:");
 * assert.deepEqual((await usage.read(ADA, { from: 0, to: Date.now() })).hours, []);
 * await close();
 */
export function sqliteStores(path: string, options: SqliteOptions = {}): SqliteStores {
  assertArgument("sqliteStores", "path", path, TEXT);
  assertOptions("sqliteStores", options, SQLITE_OPTIONS);
  const { lockWaitMs = 10_000 } = options;
  const database = new Database(path, lockWaitMs);
  const lockPath = database.path === IN_MEMORY ? IN_MEMORY : `${database.path}-lock`;
  const runLock = new RunLock(lockPath, database.path, (error) => translated(error, lockPath));
  const usage = usageStore(database, runLock, lockWaitMs);
  const averages = averageStore(database);
  const workspaces = workspaceStore(database);
  return {
    path: database.path,
    usage,
    averages,
    workspaces,
    machines: machineCatalogue(database),
    migrate: (callOptions?: CallOptions) => usage.migrate(callOptions),
    ...closing(async () => {
      await usage.close();
      await averages.close();
      await workspaces.close();
    }),
  };
}

const READ = `SELECT CAST(machine_name AS BLOB) AS name, CAST(attributes AS BLOB) AS attributes
FROM ada_carbon_machine`;

/** Watts of machine names from the table `ada_carbon_machine`, which is there for people to fill. */
function machineCatalogue(database: Database): MachineCatalogue {
  const where = `${database.path}, ada_carbon_machine`;
  const machineIn = (row: RowReader): StoredMachine => {
    return { machine: row.text("name"), attributes: row.text("attributes") };
  };
  return storedCatalogue(where, (signal) =>
    database.read((on) => readAll(on.prepare(READ).iterate(), where, machineIn), [], signal),
  );
}
