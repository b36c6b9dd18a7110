import { onePerScope } from "../stores/one-per-scope.js";
import type { UsageSeries } from "../usage/series.js";
import type { Batch } from "./batch.js";

/** Rows from several answers that wait to be written together: a store may have to rewrite a file for each write. */
export class PendingRows {
  rows = 0;
  #series: UsageSeries[] = [];
  #hostsBefore: UsageSeries[] = [];

  add({ series, hostsBefore }: Batch): void {
    this.#series.push(...series);
    this.#hostsBefore.push(...hostsBefore);
    this.rows += series.reduce((sum, { hours }) => sum + hours.length, 0);
  }

  /** All that waits, one series a scope, which then waits no more. */
  take(): Batch {
    const batch = { series: onePerScope(this.#series), hostsBefore: this.#hostsBefore };
    this.#series = [];
    this.#hostsBefore = [];
    this.rows = 0;
    return batch;
  }
}
