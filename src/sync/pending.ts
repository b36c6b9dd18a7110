import type { Batch } from "../rows/batch.js";
import { compacted } from "../usage/compact.js";
import type { UsageSeries } from "../usage/series.js";

/** Written together, if there are so many: some 60 MB. */
const ROWS_AT_ONCE = 1_000_000;
/** What a run that is killed has to fetch again is no more than a slow server answers in this time. */
const LONGEST_WAIT_MS = 60_000;

/** Rows from several answers that wait to be written together: a store may have to rewrite a file for each write. */
export class PendingRows {
  readonly #clock: () => number;
  #series: UsageSeries[] = [];
  #hostsBefore: UsageSeries[] = [];
  #rows = 0;
  #hours = 0;
  /** When the first of them came. */
  #since = Number.NaN;

  /** @param clock UTC milliseconds. */
  constructor(clock: () => number) {
    this.#clock = clock;
  }

  /** Adds what was made of so many hours. */
  add({ series, hostsBefore }: Batch, hours: number): void {
    if (this.#hours === 0) this.#since = this.#clock();
    this.#series.push(...compacted(series));
    this.#hostsBefore.push(...hostsBefore);
    this.#rows += series.reduce((sum, each) => sum + each.hours.length, 0);
    this.#hours += hours;
  }

  /** Whether to write now, with so many hours to come: as few writes as may be, none of a few rows that are left over. */
  isDue(hoursToCome: number): boolean {
    if (hoursToCome === 0 || this.#hours === 0) return false;
    if (this.#clock() - this.#since >= LONGEST_WAIT_MS) return true;
    const rows = (this.#rows * (this.#hours + hoursToCome)) / this.#hours;
    return this.#rows >= rows / Math.ceil(rows / ROWS_AT_ONCE);
  }

  /** All that waits, in the order it came, which then waits no more. Of a scope there can be several series. */
  take(): Batch {
    const batch = { series: this.#series, hostsBefore: this.#hostsBefore };
    this.#series = [];
    this.#hostsBefore = [];
    this.#rows = 0;
    this.#hours = 0;
    return batch;
  }
}
