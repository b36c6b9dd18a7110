/**
 * The calls of one store, so that those that change something run one after the other, in the order in which
 * they were made, and closing waits for all.
 */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();
  readonly #underWay = new Set<Promise<unknown>>();

  /** Does `work` when all work given to this method before has ended, whether it succeeded or not. */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work);
    // The caller of each turn is told of its failure; the next turn is not concerned.
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  /** Does `work` at once, beside whatever is under way: for calls that only read. */
  async beside<T>(work: () => Promise<T>): Promise<T> {
    const running = work();
    this.#underWay.add(running);
    try {
      return await running;
    } finally {
      this.#underWay.delete(running);
    }
  }

  /** Does `work`, such as closing a connection, when no call is under way any more. */
  async last(work: () => Promise<void>): Promise<void> {
    await this.inTurn(async () => {
      await Promise.allSettled(this.#underWay);
      await work();
    });
  }
}
