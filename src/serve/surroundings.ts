import type { Logger } from "../usage/logger.js";

/** The world as the parts of the service see it; tests hand in another. */
export interface Surroundings {
  /** UTC milliseconds. */
  readonly clock: () => number;
  readonly log: Logger;
  /** Waits, or returns early when aborted. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}
