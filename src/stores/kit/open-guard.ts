import { AdaCarbonError } from "../../usage/errors.js";
import { type CallOptions, signalOf } from "../call-options.js";

/** Whether a store may still be used. Adapters ask it at the start of every call. */
export class OpenGuard {
  #closed = false;
  readonly #what: string;

  /** @param what Names the store in the message, without credentials. */
  constructor(what: string) {
    this.#what = what;
  }

  /** The signal of a call that may be made; refuses (`bad-input`) what is no option, and what {@link enter} does. */
  signalOf(options?: CallOptions): AbortSignal | undefined {
    const signal = signalOf(options);
    this.enter(signal);
    return signal;
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
