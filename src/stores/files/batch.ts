import { dirname, join } from "node:path";
import type { Interval } from "../../usage/hour.js";
import type { Scope, ScopeKind } from "../../usage/scope.js";
import type { SeriesOfScope } from "../by-scope.js";
import { assertApart } from "./apart.js";
import { makeFolder, writeTemporary } from "./io.js";
import { type Change, commit, discard, removeFile } from "./journal.js";
import { intervalOfMonth, tableOf } from "./layout.js";
import { byMonth, type MonthOfKind } from "./months.js";
import { isPublished, monthsWith, publication } from "./publish.js";
import { monthsOf, readTable } from "./table-files.js";
import type { TableFile } from "./tables/decode.js";
import { encodeTable } from "./tables/encode.js";
import { partsWith, partsWithout } from "./tables/parts.js";
import type { TableRows } from "./tables/rows.js";
import { rowsOfSeries } from "./tables/series.js";

export interface BatchOptions {
  readonly signal?: AbortSignal | undefined;
  /** Last look before the point of no return; rejects to give the batch up. */
  readonly beforeCommit: () => Promise<void>;
}

/**
 * Merges the series of every scope of `batch` into the tables of their months, and publishes the files of projects and
 * of `ada` anew: all of it or nothing. The new files are written beside the old ones first; whatever fails until then
 * changes nothing.
 */
export async function writeBatch(
  root: string,
  batch: readonly SeriesOfScope[],
  options: BatchOptions,
): Promise<void> {
  await stageAndCommit(root, options, async (stage) => {
    for (const month of byMonth(batch)) await stage.merge(month);
    for (const [{ scope }] of batch) await stage.publish(scope);
  });
}

/** Merges tables only, month by month as they come, and commits them together. */
export async function writeMonths(
  root: string,
  months: AsyncIterable<MonthOfKind>,
  options: BatchOptions,
): Promise<void> {
  await stageAndCommit(root, options, async (stage) => {
    for await (const month of months) await stage.merge(month);
  });
}

/** Takes the rows of these scopes in [from, to) out of the tables and published files: all of them or none. */
export async function removeRows(
  root: string,
  scopes: readonly Scope[],
  interval: Interval,
  options: BatchOptions,
): Promise<void> {
  await stageAndCommit(root, options, async (stage) => {
    for (const [kind, some] of Map.groupBy(scopes, (scope) => scope.kind)) {
      const names = new Set(some.map(({ name }) => name));
      for (const month of await monthsOf(root, kind)) {
        const { from, to } = intervalOfMonth(month);
        if (from < interval.to && to > interval.from) await stage.removeFrom(kind, month, names, interval);
      }
    }
    for (const scope of scopes) await stage.publish(scope);
  });
}

async function stageAndCommit(
  root: string,
  { signal, beforeCommit }: BatchOptions,
  plan: (stage: Stage) => Promise<void>,
): Promise<void> {
  const stage = new Stage(root, signal);
  const stageAll = async (): Promise<void> => {
    await plan(stage);
    signal?.throwIfAborted();
    await assertApart(root, stage.changes);
    await beforeCommit();
  };
  await stageAll().catch(async (error) => {
    await discard(root, stage.changes);
    throw error;
  });
  if (stage.changes.length > 0) await commit(root, stage.changes);
  // They hold no rows, so that a crash before they are gone does no harm. Published files first.
  for (const target of stage.emptied.reverse()) await removeFile(join(root, target));
}

/** Files that are to be, written beside those that are. */
class Stage {
  readonly changes: Change[] = [];
  /** Those of them without rows. */
  readonly emptied: string[] = [];
  readonly #root: string;
  readonly #signal: AbortSignal | undefined;
  /** Of the published kinds, the tables that change, by their paths. */
  readonly #tables = new Map<string, TableFile>();

  constructor(root: string, signal: AbortSignal | undefined) {
    this.#root = root;
    this.#signal = signal;
  }

  async merge({ kind, month, series }: MonthOfKind): Promise<void> {
    const before = await this.#read(kind, month);
    await this.#putTable(kind, month, before, partsWith(before, rowsOfSeries(kind, series)));
  }

  async removeFrom(
    kind: ScopeKind,
    month: string,
    names: ReadonlySet<string>,
    interval: Interval,
  ): Promise<void> {
    const before = await this.#read(kind, month);
    if (before === undefined) return;
    await this.#putTable(kind, month, before, partsWithout(before, names, interval));
  }

  /** The file of a project, or of `ada`, from the tables as they are to become. */
  async publish(scope: Scope): Promise<void> {
    if (!isPublished(scope)) return;
    this.#signal?.throwIfAborted();
    const changed = (month: string): TableFile | undefined => this.#tables.get(tableOf(scope.kind, month));
    const coming = [...this.#tables.values()].filter(({ facts }) => facts.kind === scope.kind);
    const months = await monthsWith(
      this.#root,
      scope,
      coming.map(({ facts }) => facts.month),
    );
    const file = await publication(this.#root, scope, changed, months, this.#signal);
    if (file === undefined) return;
    await this.#put(file.target, file.bytes);
    if (file.isEmpty) this.emptied.push(file.target);
  }

  async #read(kind: ScopeKind, month: string): Promise<TableFile | undefined> {
    this.#signal?.throwIfAborted();
    return readTable(this.#root, kind, month, this.#signal);
  }

  async #putTable(
    kind: ScopeKind,
    month: string,
    before: TableFile | undefined,
    parts: AsyncIterable<TableRows>,
  ): Promise<void> {
    const { bytes, rows } = await encodeTable(kind, month, parts);
    if (before !== undefined && Buffer.compare(bytes, before.bytes) === 0) return;
    const target = tableOf(kind, month);
    if (kind === "ada" || kind === "project") {
      this.#tables.set(target, { bytes, path: join(this.#root, target), facts: { kind, month } });
    }
    await this.#put(target, bytes);
    if (rows === 0) this.emptied.push(target);
  }

  async #put(target: string, bytes: Uint8Array): Promise<void> {
    const folder = dirname(target);
    await makeFolder(join(this.#root, folder));
    this.changes.push({
      temporary: `${folder}/${await writeTemporary(join(this.#root, folder), bytes)}`,
      target,
    });
  }
}
