import { formatScope } from "../usage/scope.js";
import { mergeSeries, type UsageSeries } from "../usage/series.js";
import type { Batch } from "./batch.js";

/** Rows from several answers that wait to be written together: a store may have to rewrite a file for each write. */
export class PendingRows {
  rows = 0;
  readonly #series = new Map<string, UsageSeries>();
  #hostsBefore: UsageSeries[] = [];

  add({ series, hostsBefore }: Batch): void {
    for (const one of series) {
      const key = formatScope(one.scope);
      const before = this.#series.get(key);
      this.#series.set(key, before === undefined ? one : mergeSeries(before, one));
      this.rows += one.hours.length;
    }
    this.#hostsBefore.push(...hostsBefore);
  }

  /** All that waits, which then waits no more. */
  take(): Batch {
    const batch = { series: [...this.#series.values()], hostsBefore: this.#hostsBefore };
    this.#series.clear();
    this.#hostsBefore = [];
    this.rows = 0;
    return batch;
  }
}
