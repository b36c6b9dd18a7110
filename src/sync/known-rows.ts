import { RowIndex } from "../rows/row-index.js";
import type { CallOptions } from "../stores/call-options.js";
import type { UsageStore } from "../stores/usage-store.js";
import type { Interval } from "../usage/hour.js";
import { NO_PROVENANCE } from "../usage/provenance.js";
import { ADA, formatScope, type Scope } from "../usage/scope.js";
import { emptySeries, mergeAll, type UsageSeries } from "../usage/series.js";

/** What is stored of the whole cloud and of each project: as it was read once, and as it was written since. */
export class KnownRows {
  #ada = new RowIndex(emptySeries(ADA, [], NO_PROVENANCE));
  #projects: readonly RowIndex[] = [];

  get ada(): RowIndex {
    return this.#ada;
  }

  /** In the order of the names that were read. */
  get projects(): readonly RowIndex[] {
    return this.#projects;
  }

  /** Every series that is known, the whole cloud's first. */
  get series(): UsageSeries[] {
    return [this.#ada, ...this.#projects].map(({ series }) => series);
  }

  async read(
    store: UsageStore,
    projects: readonly string[],
    interval: Interval,
    options: CallOptions,
  ): Promise<void> {
    const read = async (scope: Scope): Promise<RowIndex> =>
      new RowIndex(await store.read(scope, interval, options));
    this.#ada = await read(ADA);
    this.#projects = await Promise.all(projects.map((name) => read({ kind: "project", name })));
  }

  /** A store has taken these rows. */
  wrote(batch: readonly UsageSeries[]): void {
    const byScope = Map.groupBy(batch, ({ scope }) => formatScope(scope));
    const withThese = (rows: RowIndex): RowIndex => {
      const written = byScope.get(formatScope(rows.series.scope)) ?? [];
      return written.length === 0 ? rows : new RowIndex(mergeAll([rows.series, ...written]));
    };
    this.#ada = withThese(this.#ada);
    this.#projects = this.#projects.map(withThese);
  }
}
