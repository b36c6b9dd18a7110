import { formatScope } from "../usage/scope.js";
import { mergeAll, type UsageSeries } from "../usage/series.js";
import type { Batch } from "./batch.js";

/** Rows from several answers that wait to be written together: a store may have to rewrite a file for each write. */
export class PendingRows {
  rows = 0;
  readonly #parts = new Map<string, [UsageSeries, ...UsageSeries[]]>();
  #hostsBefore: UsageSeries[] = [];

  add({ series, hostsBefore }: Batch): void {
    for (const each of series) {
      if (each.hours.length === 0) continue;
      const key = formatScope(each.scope);
      const parts = this.#parts.get(key);
      if (parts === undefined) this.#parts.set(key, [each]);
      else parts.push(each);
      this.rows += each.hours.length;
    }
    this.#hostsBefore.push(...hostsBefore);
  }

  /** All that waits, one series a scope, which then waits no more. */
  take(): Batch {
    const series: UsageSeries[] = [];
    for (const [key, parts] of this.#parts) {
      series.push(mergeAll(parts));
      // Let go one by one: there is room for all rows once, and not twice.
      this.#parts.delete(key);
    }
    const batch = { series, hostsBefore: this.#hostsBefore };
    this.#hostsBefore = [];
    this.rows = 0;
    return batch;
  }
}
