import { assertOptions, CALLBACK, optional, POSITIVE, type Rules, SIGNAL } from "../usage/options.js";
import type { PollReport } from "./report.js";

/** How one poll of a run went. */
export type PollOutcome = {
  /** When it began, UTC milliseconds. */
  readonly at: number;
  /** Polls that were due before it and not made, because the one before took too long or the machine slept. */
  readonly skipped: number;
} & (
  | { readonly report: PollReport; readonly error?: never }
  | { readonly error: unknown; readonly report?: never }
);

/** How often to poll, and until when. */
export interface RunOptions {
  /** From one poll to the next, milliseconds. */
  readonly everyMs: number;
  /** Ends the run. */
  readonly signal: AbortSignal;
  /** Told of every poll, also of those that failed. */
  readonly onPoll?: ((outcome: PollOutcome) => void | Promise<void>) | undefined;
  /** Waits, or returns early when aborted. Default: a timer. */
  readonly sleep?: ((ms: number, signal: AbortSignal) => Promise<void>) | undefined;
}

/** What a run of polls came to. */
export interface RunSummary {
  readonly polls: number;
  readonly failed: number;
  readonly skipped: number;
}

const RUN_OPTIONS: Rules<RunOptions> = {
  everyMs: POSITIVE,
  signal: SIGNAL,
  onPoll: optional(CALLBACK),
  sleep: optional(CALLBACK),
};

/** A timer may ring a moment early; that is the poll it was set for. */
const EARLY = 0.01;

/**
 * Polls at `start + n x everyMs` until the signal aborts: the schedule does not drift by what polls take, and
 * ticks that were missed are not made up for in a burst. A poll that fails does not end the run.
 */
export async function runPolls(
  poll: (signal: AbortSignal) => Promise<PollReport>,
  clock: () => number,
  options: RunOptions,
): Promise<RunSummary> {
  assertOptions("run", options, RUN_OPTIONS);
  const { everyMs, signal, onPoll, sleep = timer } = options;
  const start = clock();
  const summary = { polls: 0, failed: 0, skipped: 0 };
  let tick = 0;
  let skipped = 0;
  while (!signal.aborted) {
    const outcome = await attempt(poll, clock(), skipped, signal);
    if (outcome === undefined) break;
    summary.polls += 1;
    if (outcome.report === undefined) summary.failed += 1;
    await onPoll?.(outcome);

    // From the clock as it is now: set back or forward, the wait is one period at most.
    const next = Math.floor((clock() - start) / everyMs + EARLY) + 1;
    skipped = Math.max(0, next - tick - 1);
    summary.skipped += skipped;
    tick = next;
    if (!signal.aborted) await sleep(Math.max(0, start + next * everyMs - clock()), signal);
  }
  return summary;
}

/** `undefined` if the run was ended meanwhile. */
async function attempt(
  poll: (signal: AbortSignal) => Promise<PollReport>,
  at: number,
  skipped: number,
  signal: AbortSignal,
): Promise<PollOutcome | undefined> {
  try {
    return { at, skipped, report: await poll(signal) };
  } catch (error) {
    return signal.aborted ? undefined : { at, skipped, error };
  }
}

/** Waits, or returns early when aborted. */
export function timer(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(waiting);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const waiting = setTimeout(done, ms);
    signal.addEventListener("abort", done);
  });
}
