import type { Batch } from "../rows/batch.js";
import { compacted } from "../usage/compact.js";
import type { FinishedHour } from "../usage/hour.js";
import { intervalOfMonth, monthOf } from "../usage/month.js";
import { sliceSeries, type UsageSeries } from "../usage/series.js";

/** Fewer rows are not worth a write. */
const ENOUGH_ROWS = 100_000;
/** More do not wait, whatever their month: some 15 MB. */
const MOST_ROWS = 250_000;
/** What a run that is killed has to fetch again is no more than a slow server answers in this time. */
const LONGEST_WAIT_MS = 60_000;

/**
 * Rows from several answers that wait to be written together. A store may keep a table a month and rewrite it for each
 * write, so a month of many rows is written once, when hours of the next one come.
 */
export class PendingRows {
  readonly #clock: () => number;
  /** By their UTC month, in the order in which those came. */
  readonly #months = new Map<string, Batch>();
  /** When the first of them came. */
  #since = Number.NaN;

  /** @param clock UTC milliseconds. */
  constructor(clock: () => number) {
    this.#clock = clock;
  }

  /** Adds what was made of these hours. */
  add({ series, hostsBefore }: Batch, hours: readonly FinishedHour[]): void {
    if (this.#months.size === 0) this.#since = this.#clock();
    for (const month of new Set(hours.map(monthOf))) {
      const waiting = this.#months.get(month);
      this.#months.set(month, {
        series: [...(waiting?.series ?? []), ...compacted(rowsOfMonth(series, month))],
        hostsBefore: [...(waiting?.hostsBefore ?? []), ...rowsOfMonth(hostsBefore, month)],
      });
    }
  }

  /** What is to be written now, while more is to come: months that are over, or all; often nothing. */
  takeDue(): Batch | undefined {
    const months = [...this.#months.keys()];
    const isLong = this.#clock() - this.#since >= LONGEST_WAIT_MS;
    if (isLong || this.#rowsOf(months) >= MOST_ROWS) return this.take();
    const over = months.slice(0, -1);
    return this.#rowsOf(over) >= ENOUGH_ROWS ? this.take(over) : undefined;
  }

  /** All that waits, or these months of it, which then waits no more. Of a scope there can be several series. */
  take(months: readonly string[] = [...this.#months.keys()]): Batch {
    const taken = months.flatMap((month) => this.#months.get(month) ?? []);
    for (const month of months) this.#months.delete(month);
    this.#since = this.#clock();
    return {
      series: taken.flatMap(({ series }) => series),
      hostsBefore: taken.flatMap(({ hostsBefore }) => hostsBefore),
    };
  }

  #rowsOf(months: readonly string[]): number {
    const all = months.flatMap((month) => this.#months.get(month)?.series ?? []);
    return all.reduce((sum, { hours }) => sum + hours.length, 0);
  }
}

function rowsOfMonth(all: readonly UsageSeries[], month: string): UsageSeries[] {
  const interval = intervalOfMonth(month);
  return all.map((series) => sliceSeries(series, interval)).filter(({ hours }) => hours.length > 0);
}
