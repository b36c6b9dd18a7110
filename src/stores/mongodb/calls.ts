import { unlessAborted } from "../../usage/unless-aborted.js";
import type { CallOptions } from "../call-options.js";
import { OpenGuard } from "../kit/open-guard.js";
import { Turns } from "../kit/turns.js";
import type { Connection } from "./connection.js";
import { attempt } from "./failure.js";
import { migrate } from "./migrate.js";
import type { Collections } from "./schema.js";

type Work<T> = (collections: Collections) => Promise<T>;

/** The calls of one of the stores on a connection. */
export class StoreCalls {
  readonly open: OpenGuard;
  readonly #connection: Connection;
  readonly #turns: Turns = new Turns();

  /** @param what Says what is stored, for messages. */
  constructor(connection: Connection, what: string) {
    this.open = new OpenGuard(`the store of ${what} in ${connection.settings.where}`);
    this.#connection = connection;
    connection.join();
  }

  async migrate(options?: CallOptions): Promise<void> {
    const signal = this.open.signalOf(options);
    const { settings } = this.#connection;
    await this.#turns.beside(() =>
      attempt(settings, "make indexes", async () => {
        const collections = await unlessAborted(this.#connection.openAny(), signal);
        await migrate(collections, settings.where);
      }),
    );
  }

  /** Does at once what changes nothing. */
  read<T>(doing: string, signal: AbortSignal | undefined, work: Work<T>): Promise<T> {
    return this.#turns.beside(() => this.#do(doing, signal, work));
  }

  /** Does what changes something, after what was given to this method before. */
  write<T>(doing: string, signal: AbortSignal | undefined, work: Work<T>): Promise<T> {
    return this.#turns.inTurn(() => this.#do(doing, signal, work));
  }

  /** Does `work` after what was given to {@link StoreCalls.write} before, also when the store is closed. */
  finish(work: () => Promise<void>): Promise<void> {
    return this.#turns.inTurn(work);
  }

  async #do<T>(doing: string, signal: AbortSignal | undefined, work: Work<T>): Promise<T> {
    const collections = await unlessAborted(this.#connection.open(), signal);
    return attempt(this.#connection.settings, doing, () => work(collections));
  }

  /** Lets the connection go when what was asked for before is done, and `before` too. Closing again does nothing. */
  async close(before: () => Promise<void> = async () => {}): Promise<void> {
    if (!this.open.close()) return;
    await this.#turns.last(async () => {
      try {
        await before();
      } finally {
        await this.#connection.leave();
      }
    });
  }
}
