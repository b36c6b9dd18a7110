/** Short enough that whoever else is served does not notice. */
const LONGEST_WORK_MS = 5;

/**
 * Breaks in long work, in which the process answers others. Awaiting what is there already gives nobody else a turn: ten
 * thousand reads from memory or SQLite, one awaited after the other, hold up everything for as long as they take.
 */
export class Breaks {
  readonly #most: number;
  #done = 0;
  #since = performance.now();

  /** @param most Pieces of work after which a break is due however short they were: what they cause may come after. */
  constructor(most: number = Number.POSITIVE_INFINITY) {
    this.#most = most;
  }

  /** To be called after each piece of work: takes a break if the last one was a while ago. */
  async takeIfDue(): Promise<void> {
    if (++this.#done % this.#most !== 0 && performance.now() - this.#since < LONGEST_WORK_MS) return;
    await new Promise<void>(nextTurn);
    this.#since = performance.now();
  }
}

/** A timer waits for a millisecond at least, so it is for browsers, which have nothing else. */
function nextTurn(resolve: () => void): void {
  if (typeof setImmediate === "function") setImmediate(resolve);
  else setTimeout(resolve);
}
