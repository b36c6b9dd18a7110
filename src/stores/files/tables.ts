import { join } from "node:path";
import type { Table } from "apache-arrow";
import type { Interval } from "../../usage/hour.js";
import { intervalOfMonth } from "../../usage/month.js";
import { NO_PROVENANCE } from "../../usage/provenance.js";
import { SCOPE_KINDS, type Scope, type ScopeKind } from "../../usage/scope.js";
import { emptySeries, mergeAll, sliceSeries, type UsageSeries } from "../../usage/series.js";
import { groupByScope } from "../kit/by-scope.js";
import { listIfThere } from "./io.js";
import { readBetweenBatches } from "./journal.js";
import { monthOfFolder, tableOf, tablesFolderOf } from "./layout.js";
import { seriesOfRows } from "./tables/series.js";
import { type RowRange, rangesOf, TableFile } from "./tables/table-file.js";

/** The months of which there is a table of that kind, or a folder for one, in their order; of those in the interval. */
export async function monthsOf(root: string, kind: ScopeKind, interval?: Interval): Promise<string[]> {
  const names = await listIfThere(join(root, tablesFolderOf(kind)));
  const months = names.flatMap((name) => monthOfFolder(name) ?? []).sort();
  if (interval === undefined) return months;
  return months.filter((month) => {
    const { from, to } = intervalOfMonth(month);
    return from < interval.to && to > interval.from;
  });
}

/** All folders that hold tables, below the store's. */
export async function tableFolders(root: string): Promise<string[]> {
  const folders = SCOPE_KINDS.map(async (kind) => {
    const names = await listIfThere(join(root, tablesFolderOf(kind)));
    return names.map((name) => `${tablesFolderOf(kind)}/${name}`);
  });
  return (await Promise.all(folders)).flat();
}

/** Reads the tables of a folder, all as one batch left them. */
export class Tables {
  readonly #root: string;
  /** Where names are in the tables that were read last, by what tells a table from another in its place. */
  readonly #ranges = new Map<string, { stamp: string; ranges: ReadonlyMap<string, RowRange> }>();

  constructor(root: string) {
    this.#root = root;
  }

  async series(scope: Scope, interval: Interval, signal?: AbortSignal): Promise<UsageSeries> {
    const parts = await this.#fromEach(scope.kind, interval, signal, async (table) => {
      const range = (await this.#rangesIn(table)).get(scope.name);
      if (range === undefined) return undefined;
      const rows = await table.rows({ offset: range.from, limit: range.to - range.from });
      return seriesIn(table, scope, rows, interval);
    });
    const [first = emptySeries(scope, [], NO_PROVENANCE), ...rest] = parts.filter(
      (part) => part !== undefined,
    );
    return mergeAll([first, ...rest]);
  }

  /** Every series of a kind that has rows in the interval, by name: each table is read once. */
  async ofKind(kind: ScopeKind, interval: Interval, signal?: AbortSignal): Promise<UsageSeries[]> {
    const perMonth = await this.#fromEach(kind, interval, signal, async (table) => {
      const parts: UsageSeries[] = [];
      for await (const group of table.groups()) {
        for (const [name, { from, to }] of rangesOf(group))
          parts.push(seriesIn(table, { kind, name }, group.slice(from, to), interval));
      }
      return parts;
    });
    const scopes = groupByScope(perMonth.flat());
    return scopes.map(mergeAll).sort((a, b) => (a.scope.name < b.scope.name ? -1 : 1));
  }

  async names(kind: ScopeKind, signal?: AbortSignal): Promise<string[]> {
    const always = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY };
    const perMonth = await this.#fromEach(kind, always, signal, (table) => this.#rangesIn(table));
    return [...new Set(perMonth.flatMap((ranges) => [...ranges.keys()]))];
  }

  async #fromEach<T>(
    kind: ScopeKind,
    interval: Interval,
    signal: AbortSignal | undefined,
    work: (table: TableFile) => Promise<T>,
  ): Promise<T[]> {
    return readBetweenBatches(this.#root, async (view) => {
      const results: T[] = [];
      for (const month of await monthsOf(this.#root, kind, interval)) {
        signal?.throwIfAborted();
        await using table = await TableFile.open({ kind, month }, view.pathsOf(tableOf(kind, month)));
        if (table !== undefined) results.push(await work(table));
      }
      return results;
    });
  }

  async #rangesIn(table: TableFile): Promise<ReadonlyMap<string, RowRange>> {
    const { kind, month } = table.facts;
    const key = `${kind} ${month}`;
    const stamp = await table.stamp();
    const known = this.#ranges.get(key);
    if (known?.stamp === stamp) return known.ranges;
    const ranges = await table.ranges();
    this.#ranges.set(key, { stamp, ranges });
    return ranges;
  }
}

function seriesIn(table: TableFile, scope: Scope, rows: Table, interval: Interval): UsageSeries {
  return table.naming(() => {
    const series = seriesOfRows(scope, rows);
    const ofMonth = sliceSeries(series, intervalOfMonth(table.facts.month));
    if (ofMonth !== series) throw new Error("it has hours of another month");
    return sliceSeries(series, interval);
  });
}
