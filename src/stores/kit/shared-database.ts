import { assertOptions, type Rules } from "../../usage/options.js";
import { CALL_OPTIONS, type CallOptions } from "../call-options.js";
import { closing } from "./closing.js";
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
 * @param rules What the options of `migrate` must be.
 */
export function sharedDatabaseCalls<Options extends CallOptions = CallOptions>(
  open: OpenGuard,
  database: SharedDatabase,
  migrate: (signal: AbortSignal | undefined, options: Options | undefined) => Promise<void>,
  finish: () => Promise<void> = async () => {},
  rules: Rules<CallOptions> = CALL_OPTIONS,
): AsyncDisposable & { migrate(options?: Options): Promise<void>; close(): Promise<void> } {
  database.join();
  return {
    async migrate(options) {
      if (options !== undefined) assertOptions<CallOptions>("migrate", options, rules);
      open.enter(options?.signal);
      await migrate(options?.signal, options);
    },
    ...closing(async () => {
      if (!open.close()) return;
      await finish();
      await database.leave();
    }),
  };
}
