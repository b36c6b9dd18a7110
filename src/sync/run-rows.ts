import { replaceRows } from "../averages/keep.js";
import type { Batch } from "../rows/batch.js";
import { inWritingOrder } from "../rows/kinds.js";
import { AdaCarbonError, isAdaCarbonError } from "../usage/errors.js";
import type { FinishedHour } from "../usage/hour.js";
import { formatScope, type Scope } from "../usage/scope.js";
import { inSpan } from "../usage/tracer.js";
import type { KnownRows } from "./known-rows.js";
import type { CheckedSyncOptions } from "./options.js";
import { PendingRows } from "./pending.js";
import type { Write } from "./rows-again.js";

/** What a run writes: rows of several answers together, and which scopes they were of. */
export class RunRows {
  readonly #options: CheckedSyncOptions;
  readonly #stored: KnownRows;
  readonly #pending: PendingRows;
  readonly #written = new Map<string, Scope>();

  constructor(options: CheckedSyncOptions, stored: KnownRows) {
    this.#options = options;
    this.#stored = stored;
    this.#pending = new PendingRows(options.clock ?? Date.now);
  }

  /** The scopes that were written. */
  get written(): Scope[] {
    return [...this.#written.values()];
  }

  /** Rows that may wait for others. */
  add(batch: Batch, hours: readonly FinishedHour[]): void {
    this.#pending.add(batch, hours);
  }

  /** Stores what has waited for long enough, if there is any. */
  async storeDue(): Promise<void> {
    const due = this.#pending.takeDue();
    if (due !== undefined) await this.#store(due);
  }

  storeAll(): Promise<void> {
    return this.#store(this.#pending.take());
  }

  /** Stores rows at once. */
  readonly write: Write = async (batch, hostsBefore = []) => {
    if (batch.length === 0) return;
    const { store, averages, signal, tracer } = this.#options;
    signal?.throwIfAborted();
    await inSpan(tracer, "ada_carbon.store", { "ada_carbon.scopes": batch.length }, () =>
      replaceRows(store, averages, batch, hostsBefore, { signal }),
    );
    this.#stored.wrote(batch);
    for (const { scope } of batch) this.#written.set(formatScope(scope), scope);
  };

  #store({ series, hostsBefore }: Batch): Promise<void> {
    return this.write(inWritingOrder(series), hostsBefore);
  }
}

/** Neither the source nor the store works: both are to be seen to. */
export function notEvenStored(failure: unknown, also: unknown): Error {
  const cause = new AggregateError([failure, also]);
  if (!isAdaCarbonError(failure) || !(also instanceof Error)) return cause;
  const message = `${failure.message}; and what had been fetched was not stored: ${also.message}`;
  return new AdaCarbonError(failure.code, message, { cause });
}
