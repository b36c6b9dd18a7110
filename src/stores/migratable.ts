import type { CallOptions } from "./call-options.js";

/** A store that needs tables, collections or indexes. */
export interface Migratable {
  /**
   * Makes what is missing and brings what is there forward from any earlier version of ours. Calling it again changes
   * nothing, also at the same time from two processes. A newer version than this library knows is `store-newer`.
   */
  migrate(options?: CallOptions): Promise<void>;
}
