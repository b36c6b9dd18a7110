import type { Connection, Submittable } from "pg";

/** The part of a connection of `pg` that speaks COPY; its types do not tell of it. */
interface CopyConnection {
  query(text: string): void;
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
}

/** `COPY ... FROM STDIN`, which `pg` knows the messages of, but not how to feed. */
export class CopyIn implements Submittable {
  /** When the rows are in. */
  readonly done: Promise<void>;
  readonly #text: string;
  readonly #chunks: Iterable<string>;
  readonly #settle: PromiseWithResolvers<void> = Promise.withResolvers();

  constructor(text: string, chunks: Iterable<string>) {
    this.#text = text;
    this.#chunks = chunks;
    this.done = this.#settle.promise;
  }

  submit(connection: Connection): void {
    (connection as unknown as CopyConnection).query(this.#text);
  }

  handleCopyInResponse(connection: CopyConnection): void {
    for (const chunk of this.#chunks) connection.sendCopyFromChunk(Buffer.from(chunk));
    connection.endCopyFrom();
  }

  handleError(error: Error): void {
    this.#settle.reject(error);
  }

  handleReadyForQuery(): void {
    this.#settle.resolve();
  }

  handleCommandComplete(): void {}
  handleRowDescription(): void {}
  handleDataRow(): void {}
  handleEmptyQuery(): void {}
  handlePortalSuspended(): void {}
}
