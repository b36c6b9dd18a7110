import type { CallOptions } from "./call-options.js";

/** A store that needs tables, collections or indexes. */
export interface Migratable {
  /**
   * Makes what is missing and brings what is there forward from any earlier version of ours. Twice is once,
   * also at the same time from two processes. A newer version than this library knows is `store-newer`.
   */
  migrate(options?: CallOptions): Promise<void>;
}
