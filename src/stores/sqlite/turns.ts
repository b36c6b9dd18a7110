import { setImmediate as pause } from "node:timers/promises";

/** One piece of work at a time, in the order of the calls: a connection has only one transaction. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  take<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work);
    // Whoever called hears of a failure; the next in the queue is not concerned.
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}

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

/** Visits every item, and lets others have their turn after each thousand. */
export function* eachInSlices<T>(items: Iterable<T>, visit: (item: T) => void): Sliced<void> {
  let visited = 0;
  for (const item of items) {
    visit(item);
    visited++;
    if (visited % 1000 === 0) yield;
  }
}
