import { join, parse } from "node:path";
import { PARQUET_NAMES, TIMESTAMP } from "../../timeseries/parquet/columns.js";
import { columnOf, numbersOf } from "../../timeseries/parquet/from-arrow.js";
import { byCodeUnit } from "../../usage/code-units.js";
import { EVER, hourOf, type Interval, overlaps } from "../../usage/hour.js";
import { intervalOfMonth } from "../../usage/month.js";
import { NO_PROVENANCE } from "../../usage/provenance.js";
import { RecentlyUsed } from "../../usage/recently-used.js";
import { SCOPE_KINDS, type Scope, type ScopeKind } from "../../usage/scope.js";
import { emptySeries, mergeAll, sliceSeries, type UsageSeries } from "../../usage/series.js";
import { groupByScope } from "../kit/by-scope.js";
import type { StoredIntensities } from "../stored-intensities.js";
import type { StoredSpan } from "../stored-span.js";
import { foldersIn, listIfThere } from "./io.js";
import { type BatchView, readBetweenBatches } from "./journal.js";
import {
  beginOfTable,
  EXTENSION,
  monthFolderOf,
  monthOfFolder,
  type TablePlace,
  tableOf,
  tablesFolderOf,
} from "./layout.js";
import { intensitiesIn } from "./tables/intensities.js";
import { columnsRead, seriesOfGroup, seriesOfRows } from "./tables/series.js";
import { type RowRange, rangesOf, TableFile } from "./tables/table-file.js";

/** The tables of a kind that have hours of the interval, in the order of their hours. */
export async function tablesOf(
  view: Omit<BatchView, "pathsOf">,
  kind: ScopeKind,
  interval: Interval = EVER,
): Promise<TablePlace[]> {
  const names = await listIfThere(join(view.root, tablesFolderOf(kind)));
  const months = names.flatMap((name) => monthOfFolder(name) ?? []).sort();
  const ofMonths: TablePlace[][] = [];
  for (const month of months)
    if (overlaps(intervalOfMonth(month), interval)) ofMonths.push(await tablesOfMonth(view, kind, month));
  return ofMonths.flat().filter((place) => overlaps(place, interval));
}

/** Each table of a month ends where the next one begins. */
export async function tablesOfMonth(
  view: Omit<BatchView, "pathsOf">,
  kind: ScopeKind,
  month: string,
): Promise<TablePlace[]> {
  const folder = monthFolderOf(kind, month);
  const listed = (await listIfThere(join(view.root, folder))).filter((name) => name.endsWith(EXTENSION));
  const names = [...listed.map((name) => parse(name).name), ...view.comingIn(folder)];
  const begins = new Set(names.flatMap((name) => beginOfTable(month, name) ?? []));
  const sorted = [...begins].sort((a, b) => a - b);
  return sorted.map((from, i) => ({ kind, month, from, to: sorted[i + 1] ?? intervalOfMonth(month).to }));
}

/** All folders that hold tables, below the store's. */
export async function tableFolders(root: string): Promise<string[]> {
  const folders = SCOPE_KINDS.map(async (kind) => {
    const names = await foldersIn(join(root, tablesFolderOf(kind)));
    return names.map((name) => `${tablesFolderOf(kind)}/${name}`);
  });
  return (await Promise.all(folders)).flat();
}

/** Of how many names it is kept where they are: of 10,000 hosts those of a month, in some 30 MB. */
const MOST_RANGES = 200_000;

/** Reads the tables of a folder, all as one batch left them. */
export class Tables {
  readonly #root: string;
  /** Where names are in the tables that were read last, by what tells a table from another in its place. */
  readonly #ranges = new RecentlyUsed<ReadonlyMap<string, RowRange>>(MOST_RANGES, ({ size }) => size + 1);

  constructor(root: string) {
    this.#root = root;
  }

  async series(scope: Scope, interval: Interval, signal?: AbortSignal): Promise<UsageSeries> {
    const parts = await this.#fromEach(scope.kind, interval, signal, async (table) => {
      const range = (await this.#rangesIn(table)).get(scope.name);
      if (range === undefined) return undefined;
      const rows = await table.rows({ offset: range.from, limit: range.to - range.from });
      return table.naming(() => within(table, seriesOfRows(scope, rows), interval));
    });
    const [first = emptySeries(scope, [], NO_PROVENANCE), ...rest] = parts.filter(
      (part) => part !== undefined,
    );
    return mergeAll([first, ...rest]);
  }

  /**
   * Every series of a kind that has rows in the interval, by name: each table is read once. Where only intensities are
   * looked at, the other columns of provenance are not read.
   */
  async ofKind(
    kind: ScopeKind,
    interval: Interval,
    intensitiesOnly: boolean,
    signal?: AbortSignal,
  ): Promise<UsageSeries[]> {
    const perMonth = await this.#fromEach(kind, interval, signal, async (table) => {
      const parts: UsageSeries[] = [];
      const columns = table.columnsOf(columnsRead(kind, intensitiesOnly));
      for await (const group of table.groups(columns))
        parts.push(
          ...table.naming(() => seriesOfGroup(kind, group).map((series) => within(table, series, interval))),
        );
      return parts;
    });
    const scopes = groupByScope(perMonth.flat());
    return scopes.map(mergeAll).sort((a, b) => (a.scope.name < b.scope.name ? -1 : 1));
  }

  async names(kind: ScopeKind, signal?: AbortSignal): Promise<string[]> {
    const perMonth = await this.#fromEach(kind, EVER, signal, (table) => this.#rangesIn(table));
    return [...new Set(perMonth.flatMap((ranges) => [...ranges.keys()]))];
  }

  /** From when to when there are rows of every scope of a kind, by name. Only the columns that say so are read. */
  async spans(kind: ScopeKind, signal?: AbortSignal): Promise<StoredSpan[]> {
    const perMonth = await this.#fromEach(kind, EVER, signal, spansIn);
    const spans = new Map<string, StoredSpan>();
    for (const span of perMonth.flat()) {
      const before = spans.get(span.scope.name);
      const hoursKnown = (before?.hoursKnown ?? 0) + span.hoursKnown;
      spans.set(span.scope.name, { ...span, first: before?.first ?? span.first, hoursKnown });
    }
    return [...spans.values()].sort((a, b) => byCodeUnit(a.scope.name, b.scope.name));
  }

  /** By which intensities the rows of a scope are. Only the columns that say so are read. */
  async intensities(scope: Scope, signal?: AbortSignal): Promise<StoredIntensities> {
    const all = await this.#fromEach(scope.kind, EVER, signal, (table) => intensitiesIn(table, scope.name));
    return { grid: all.flatMap(({ grid }) => grid), market: all.flatMap(({ market }) => market) };
  }

  async #fromEach<T>(
    kind: ScopeKind,
    interval: Interval,
    signal: AbortSignal | undefined,
    work: (table: TableFile) => Promise<T>,
  ): Promise<T[]> {
    return readBetweenBatches(this.#root, async (view) => {
      const results: T[] = [];
      for (const place of await tablesOf(view, kind, interval)) {
        signal?.throwIfAborted();
        await using table = await TableFile.open(place, view.pathsOf(tableOf(place)));
        if (table !== undefined) results.push(await work(table));
      }
      return results;
    });
  }

  async #rangesIn(table: TableFile): Promise<ReadonlyMap<string, RowRange>> {
    const key = `${tableOf(table.place)} ${await table.stamp()}`;
    const ranges = this.#ranges.find(key) ?? (await table.ranges());
    return this.#ranges.get(key, () => ranges);
  }
}

/** The rows of the interval, of rows that must be of the table's hours. */
function within(table: TableFile, series: UsageSeries, interval: Interval): UsageSeries {
  if (sliceSeries(series, table.place) !== series)
    throw new Error("it has hours of another month, or that belong into another file of its month");
  return sliceSeries(series, interval);
}

async function spansIn(table: TableFile): Promise<StoredSpan[]> {
  const rows = await table.rows({ columns: ["name", TIMESTAMP, PARQUET_NAMES.busyCpuSeconds] });
  const hours: BigInt64Array = columnOf(rows, TIMESTAMP).toArray();
  const seconds = numbersOf(columnOf(rows, PARQUET_NAMES.busyCpuSeconds));
  return [...rangesOf(rows)].map(([name, { from, to }]) => ({
    scope: { kind: table.place.kind, name },
    first: hourOf(Number(hours[from])),
    last: hourOf(Number(hours[to - 1])),
    hoursKnown: seconds.subarray(from, to).filter((known) => !Number.isNaN(known)).length,
  }));
}
