import { AdaCarbonError } from "../../usage/errors.js";

/** Whether a store may still be used. Adapters ask it at the start of every call. */
export class OpenGuard {
  #closed = false;
  readonly #what: string;

  /** @param what Names the store in the message, without credentials. */
  constructor(what: string) {
    this.#what = what;
  }

  /** Rejects a call to a closed store (`store-closed`) or with an aborted signal (its own reason). */
  enter(signal: AbortSignal | undefined): void {
    if (this.#closed) {
      throw new AdaCarbonError("store-closed", `${this.#what} has been closed; open another store to go on`);
    }
    signal?.throwIfAborted();
  }

  /** Whether this was the call that closed it. */
  close(): boolean {
    const first = !this.#closed;
    this.#closed = true;
    return first;
  }
}
