/** Short enough that whoever else is served does not notice. */
const LONGEST_WORK_MS = 5;

/**
 * Breaks in long work, in which the process answers others. Awaiting what is there already gives nobody else a turn: ten
 * thousand reads from memory or SQLite, one awaited after the other, hold up everything for as long as they take.
 */
export class Breaks {
  #since = performance.now();

  /** Takes a break if the last one was a while ago. */
  async takeIfDue(): Promise<void> {
    if (performance.now() - this.#since < LONGEST_WORK_MS) return;
    await new Promise((resolve) => setTimeout(resolve));
    this.#since = performance.now();
  }
}
