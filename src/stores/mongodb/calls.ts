import { OpenGuard } from "../kit/open-guard.js";
import type { Connection, Opened } from "./connection.js";
import { attempt } from "./failure.js";
import { Turns, unlessAborted } from "./turns.js";

/** The calls of one of the stores on a connection. */
export class CallsTo {
  readonly #connection: Connection;
  readonly #open: OpenGuard;
  readonly #turns: Turns = new Turns();

  /** @param what Says what is stored, for messages. */
  constructor(connection: Connection, what: string) {
    this.#connection = connection;
    this.#open = new OpenGuard(`the store of ${what} in ${connection.settings.where}`);
    connection.join();
  }

  /** Rejects a call to a closed store (`store-closed`) or with an aborted signal (its own reason). */
  enter(signal: AbortSignal | undefined): void {
    this.#open.enter(signal);
  }

  /** Does `work` at once. */
  beside<T>(
    doing: string,
    signal: AbortSignal | undefined,
    work: (opened: Opened) => Promise<T>,
  ): Promise<T> {
    return this.#turns.beside(() => this.#do(doing, signal, work));
  }

  /** Does `work` after what was given to this method before. */
  inTurn<T>(
    doing: string,
    signal: AbortSignal | undefined,
    work: (opened: Opened) => Promise<T>,
  ): Promise<T> {
    return this.#turns.inTurn(() => this.#do(doing, signal, work));
  }

  /** Does `work` after what was given to {@link CallsTo.inTurn} before, also when the store is closed. */
  finish(work: () => Promise<void>): Promise<void> {
    return this.#turns.inTurn(work);
  }

  async #do<T>(
    doing: string,
    signal: AbortSignal | undefined,
    work: (opened: Opened) => Promise<T>,
  ): Promise<T> {
    const opened = await unlessAborted(this.#connection.open(), signal);
    return attempt(this.#connection.settings, doing, () => work(opened));
  }

  /** Lets the connection go when what was asked for before is done, and `before` too. Twice is once. */
  async close(before: () => Promise<void> = async () => {}): Promise<void> {
    if (!this.#open.close()) return;
    await this.#turns.last(async () => {
      try {
        await before();
      } finally {
        await this.#connection.leave();
      }
    });
  }
}
