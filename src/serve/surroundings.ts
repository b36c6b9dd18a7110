import type { Log } from "./log.js";

/** The world as the parts of the service see it; tests hand in another. */
export interface Surroundings {
  /** UTC milliseconds. */
  readonly clock: () => number;
  readonly log: Log;
  /** Waits, or returns early when aborted. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}
