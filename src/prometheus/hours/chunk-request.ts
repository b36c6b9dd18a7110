import type { FinishedHour } from "../../usage/hour.js";
import type { ModePolicy } from "../../usage/modes.js";

/** What to ask for and how. */
export interface ChunkRequest {
  readonly hours: readonly FinishedHour[];
  readonly modes: ModePolicy;
  /** How many requests ask for the busy counters, which are most of the work: a server works on each with one core. */
  readonly busyRequests: number;
  /** UTC milliseconds: nothing later has been scraped. */
  readonly now: number;
  /** How much later others must be heard for a silent host to be gone, milliseconds. */
  readonly graceMs: number;
}
