import type { MachineCatalogue } from "../../machines/machine-watts.js";
import { closing } from "../kit/closing.js";
import { storedCatalogue } from "../kit/machine-catalogue.js";
import type { Migratable } from "../migratable.js";
import { averageStoreOn, type PostgresAverageStore } from "./averages.js";
import { Database } from "./connection.js";
import { prepared } from "./migrate.js";
import type { PostgresOptions } from "./options.js";
import { MACHINE } from "./tables.js";
import { fromText } from "./text.js";
import { type MigrateOptions, type PostgresUsageStore, usageStoreOn } from "./usage.js";
import { type PostgresWorkspaceStore, workspaceStoreOn } from "./workspaces.js";

/** The three stores in one database, over the same connections. */
export interface PostgresStores extends Migratable, AsyncDisposable {
  readonly usage: PostgresUsageStore;
  readonly averages: PostgresAverageStore;
  readonly workspaces: PostgresWorkspaceStore;
  /** Watts of machine names, from `dim_machine.attributes`. */
  readonly machines: MachineCatalogue;
  migrate(options?: MigrateOptions): Promise<void>;
  /** Closes all three. Connections made from a URL end when the last of them is closed. */
  close(): Promise<void>;
}

/**
 * Keeps usage, machine averages and workspaces in PostgreSQL (12 or newer): in the tables of the source
 * documents, which any program may query, with tables of our own beside them for what those lack.
 * `migrate` makes them; it needs a role that owns the schema, or may create one. With `partition: "month"` the tables
 * of hours are partitioned, and the role that writes makes the partitions of new months: it must own the tables.
 *
 * A batch is written in one transaction: all of it or nothing. Usage rows that the documents' NOT NULL columns
 * cannot take (not downloaded, no carbon yet) are kept beside them, so the views count finished numbers only.
 * A row that another program put into a fact table reads as `processed`, of unknown coverage and provenance.
 *
 * Calls reject with `store-unprepared` without our tables, `store-newer`, `store-locked`, `unreachable`,
 * `unauthorised`, and `store-unavailable` for what else the server refuses. No error contains credentials.
 *
 * @throws {AdaCarbonError} `bad-input` for a URL that is none of PostgreSQL's.
 *
 * @example
 * import assert from "node:assert/strict";
 * import { postgresStores } from "ada-carbon/postgres";
 *
 * const stores = postgresStores({ url: "postgres://ada@db.example.org/carbon", schema: "usage 2025" });
 * await stores.close();
 * await assert.rejects(stores.usage.scopes("project"), /has been closed/);
 */
export function postgresStores(options: PostgresOptions): PostgresStores {
  const database = new Database(options);
  const usage = usageStoreOn(database);
  const averages = averageStoreOn(database);
  const workspaces = workspaceStoreOn(database);
  return {
    usage,
    averages,
    workspaces,
    machines: machineCatalogueOn(database),
    migrate: (options) => usage.migrate(options),
    ...closing(async () => {
      await Promise.all([usage, averages, workspaces].map((store) => store.close()));
    }),
  };
}

/** The usage store of {@link postgresStores} alone. */
export function postgresUsageStore(options: PostgresOptions): PostgresUsageStore {
  return usageStoreOn(new Database(options));
}

/** The average store of {@link postgresStores} alone. */
export function postgresAverageStore(options: PostgresOptions): PostgresAverageStore {
  return averageStoreOn(new Database(options));
}

/** The workspace store of {@link postgresStores} alone. */
export function postgresWorkspaceStore(options: PostgresOptions): PostgresWorkspaceStore {
  return workspaceStoreOn(new Database(options));
}

/** Watts of machine names from `dim_machine.attributes`: `watts_busy` and `watts_at_idle` of one core, or a catalogue's names. */
function machineCatalogueOn(database: Database): MachineCatalogue {
  return storedCatalogue(`${database.place.where}, dim_machine.attributes`, (signal) =>
    prepared(database, signal, async (session) => {
      const rows = await session.rows(
        `SELECT machine_name, attributes::text FROM ${session.table(MACHINE.table)} WHERE attributes IS NOT NULL`,
      );
      return rows.map(([name, attributes]) => ({
        machine: fromText(name ?? ""),
        attributes: attributes ?? "{}",
      }));
    }),
  );
}
