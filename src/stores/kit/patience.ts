import { setTimeout as sleep } from "node:timers/promises";
import { isAdaCarbonError } from "../../usage/errors.js";

const FIRST_PAUSE_MS = 2;
const LONGEST_PAUSE_MS = 100;

/** How long a call waits for others before it gives up. */
export interface Patience {
  readonly waitMs: number;
  readonly signal: AbortSignal | undefined;
  /** Whether a failure may pass by waiting. Default: only that somebody else holds the lock (`store-locked`). */
  readonly mayPass?: (error: unknown) => boolean;
}

/**
 * What `attempt` gives, tried again while it fails because others are at work, after pauses that grow from 2 to
 * 100 ms. When the time is up it rejects with the last failure; when the signal is aborted, with its reason.
 */
export async function patiently<T>(patience: Patience, attempt: () => Promise<T>): Promise<T> {
  const { waitMs, signal, mayPass = (error) => isAdaCarbonError(error, "store-locked") } = patience;
  const deadline = performance.now() + waitMs;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
    signal?.throwIfAborted();
    try {
      return await attempt();
    } catch (error) {
      if (!mayPass(error) || performance.now() > deadline) throw error;
    }
    await sleep(pauseMs);
  }
}
