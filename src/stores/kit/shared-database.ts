import type { Migratable } from "../migratable.js";
import type { OpenGuard } from "./open-guard.js";

/** A database that several stores share: it is closed when the last of them is. */
export interface SharedDatabase {
  join(): void;
  leave(): Promise<void>;
}

/**
 * How one of the stores of a database is migrated and closed. It joins the database now.
 *
 * @param finish What the store does, after what was asked for before, when it is closed.
 */
export function sharedDatabaseCalls(
  open: OpenGuard,
  database: SharedDatabase,
  migrate: (signal: AbortSignal | undefined) => Promise<void>,
  finish: () => Promise<void> = async () => {},
): Migratable & { close(): Promise<void> } {
  database.join();
  return {
    async migrate({ signal } = {}) {
      open.enter(signal);
      await migrate(signal);
    },
    async close() {
      if (!open.close()) return;
      await finish();
      await database.leave();
    },
  };
}
