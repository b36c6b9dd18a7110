import { AMOUNT, optional, type Rules } from "../../usage/options.js";

/** How a SQLite file is used. */
export interface SqliteOptions {
  /**
   * How long a call waits for another process that uses the same file before it rejects with
   * `store-locked`. Default 10 s.
   */
  readonly lockWaitMs?: number;
}

export const SQLITE_OPTIONS: Rules<SqliteOptions> = { lockWaitMs: optional(AMOUNT) };
