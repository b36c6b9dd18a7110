/** The calls of one store: which wait for each other, and which are still under way. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();
  readonly #beside = new Set<Promise<unknown>>();

  /** Does `work` after all that was given to this method before, whether that succeeded or not. */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  /** Does `work` at once. */
  async beside<T>(work: () => Promise<T>): Promise<T> {
    const running = work();
    this.#beside.add(running);
    try {
      return await running;
    } finally {
      this.#beside.delete(running);
    }
  }

  /** Does `work` when nothing is under way. */
  async last(work: () => Promise<void>): Promise<void> {
    await this.inTurn(async () => {
      await Promise.allSettled(this.#beside);
      await work();
    });
  }
}

/** What comes first: the result, or the signal's reason. The work goes on, so only what changes nothing. */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  signal.throwIfAborted();
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = (): void => reject(signal.reason);
  signal.addEventListener("abort", stop, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
