import { Turns } from "./turns.js";

/** The calls of a store that write, one after the other, and the lock that it may hold while they do. */
export class LockedTurns<Lock> {
  #held: Lock | undefined;
  readonly #turns: Turns = new Turns();
  readonly #release: (lock: Lock) => Promise<void> | void;

  constructor(release: (lock: Lock) => Promise<void> | void) {
    this.#release = release;
  }

  /** Does `work` in turn, with the lock that is held then, if one is. */
  inTurn<T>(work: (held: Lock | undefined) => Promise<T>): Promise<T> {
    return this.#turns.inTurn(() => work(this.#held));
  }

  /** Holds a lock, which is taken in turn, until the returned function is called or the store is closed. */
  hold(take: () => Promise<Lock>): Promise<() => Promise<void>> {
    return this.#turns.inTurn(async () => {
      const lock = await take();
      this.#held = lock;
      return () => this.#turns.inTurn(() => this.#giveBack(lock));
    });
  }

  /** When all that was asked for is done, or has failed; a lock that is held is given back. */
  close(): Promise<void> {
    return this.#turns.inTurn(() => this.#giveBack(this.#held));
  }

  async #giveBack(lock: Lock | undefined): Promise<void> {
    if (lock === undefined || lock !== this.#held) return;
    this.#held = undefined;
    await this.#release(lock);
  }
}
