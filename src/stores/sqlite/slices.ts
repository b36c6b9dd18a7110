import { setImmediate as pause } from "node:timers/promises";

/**
 * Work on a database that says `yield` wherever it may be interrupted. SQLite is called synchronously, so
 * without this a year of hours would hold up everything else in the process.
 */
export type Sliced<T> = Generator<void, T>;

/** Runs the work slice by slice. Aborted in between, it rejects with the signal's reason. */
export async function inSlices<T>(work: Sliced<T>, signal: AbortSignal | undefined): Promise<T> {
  try {
    for (;;) {
      const step = work.next();
      if (step.done === true) return step.value;
      await pause();
      signal?.throwIfAborted();
    }
  } finally {
    // Closes what the work has open, such as a half-read statement.
    work.return(undefined as T);
  }
}

/** Rows between two chances for other work: some five milliseconds. */
export const ROWS_PER_SLICE = 2048;

/** Visits every item, and lets others have their turn in between. */
export function* eachInSlices<T>(items: Iterable<T>, visit: (item: T) => void): Sliced<void> {
  let visited = 0;
  for (const item of items) {
    visit(item);
    visited++;
    if (visited % ROWS_PER_SLICE === 0) yield;
  }
}
