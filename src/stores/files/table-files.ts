import { dirname, join } from "node:path";
import { AdaCarbonError } from "../../usage/errors.js";
import type { Interval } from "../../usage/hour.js";
import { SCOPE_KINDS, type Scope, type ScopeKind } from "../../usage/scope.js";
import { emptySeries, mergeAll, sliceSeries, type UsageSeries } from "../../usage/series.js";
import { listIfThere, readIfThere, stampOf } from "./io.js";
import { pendingRenames } from "./journal.js";
import { intervalOfMonth, monthOfFolder, tableOf, tablesFolderOf } from "./layout.js";
import { naming, readNames, readRows, type TableFile } from "./tables/decode.js";
import { type TextColumn, textAt } from "./tables/rows.js";
import { seriesOfRows } from "./tables/series.js";

/** Readers begin again where a writer was faster; so often in a row it is a fault. */
const MOST_ATTEMPTS = 200;

/** The months of which there is a table of that kind, or a folder for one, in their order. */
export async function monthsOf(root: string, kind: ScopeKind): Promise<string[]> {
  const names = await listIfThere(join(root, tablesFolderOf(kind)));
  return names.flatMap((name) => monthOfFolder(name) ?? []).sort();
}

/** All folders that hold tables, below the store's. */
export async function tableFolders(root: string): Promise<string[]> {
  const folders = await Promise.all(
    SCOPE_KINDS.map(async (kind) =>
      (await monthsOf(root, kind)).map((month) => dirname(tableOf(kind, month))),
    ),
  );
  return folders.flat();
}

/** A table; `undefined` if there is none. */
export async function readTable(
  root: string,
  kind: ScopeKind,
  month: string,
  signal?: AbortSignal,
): Promise<TableFile | undefined> {
  const path = join(root, tableOf(kind, month));
  const bytes = await readIfThere(path, signal);
  return bytes && { bytes, path, facts: { kind, month } };
}

/**
 * What `work` makes of each of a kind's tables that touch the interval, in the order of months, all as they were at one
 * moment: a batch that is being written is seen whole or not at all.
 */
export async function fromTables<T>(
  root: string,
  kind: ScopeKind,
  interval: Interval,
  work: (file: TableFile) => T,
  signal?: AbortSignal,
): Promise<T[]> {
  const isWanted = (month: string): boolean => {
    const { from, to } = intervalOfMonth(month);
    return from < interval.to && to > interval.from;
  };
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
    signal?.throwIfAborted();
    const months = (await monthsOf(root, kind)).filter(isWanted);
    const pending = await pendingRenames(root);
    const before = await stampsOf(root, kind, months, pending.renames);
    // A moment at which no batch begins or ends, and between the two looks at every table.
    if ((await pendingRenames(root)).text !== pending.text) continue;
    const results: T[] = [];
    for (const month of months) {
      const bytes = await bytesOf(root, tableOf(kind, month), pending.renames, signal);
      const path = join(root, tableOf(kind, month));
      if (bytes !== undefined) results.push(work({ bytes, path, facts: { kind, month } }));
    }
    const after = await stampsOf(root, kind, months, pending.renames);
    const monthsAfter = (await monthsOf(root, kind)).filter(isWanted);
    if (after === before && monthsAfter.join() === months.join()) return results;
  }
  throw new AdaCarbonError(
    "store-unavailable",
    `cannot read ${join(root, tablesFolderOf(kind))}: it is being written to all the time; try again later`,
  );
}

async function stampsOf(
  root: string,
  kind: ScopeKind,
  months: readonly string[],
  renames: ReadonlyMap<string, string>,
): Promise<string> {
  const stamps = months.map(async (month) => {
    const target = tableOf(kind, month);
    const temporary = renames.get(target);
    const stamp = temporary === undefined ? "none" : await stampOf(join(root, temporary));
    return stamp === "none" ? stampOf(join(root, target)) : stamp;
  });
  return (await Promise.all(stamps)).join();
}

/** The bytes of the file that is to be at `target`, whether it has been renamed already or not. */
async function bytesOf(
  root: string,
  target: string,
  renames: ReadonlyMap<string, string>,
  signal?: AbortSignal,
): Promise<Uint8Array | undefined> {
  const temporary = renames.get(target);
  const early = temporary === undefined ? undefined : await readIfThere(join(root, temporary), signal);
  return early ?? readIfThere(join(root, target), signal);
}

/** The rows of one scope in a table, of those in the interval; `undefined` if it has none. */
export function seriesInTable(file: TableFile, scope: Scope, interval: Interval): UsageSeries | undefined {
  const names = readNames(file);
  const { from, to } = rangeOf(names, scope.name);
  if (from === to) return undefined;
  const rows = readRows(file, { offset: from, limit: to - from });
  const series = naming(file, () => {
    const found = seriesOfRows(scope, rows);
    const month = intervalOfMonth(file.facts.month);
    if (sliceSeries(found, month) !== found) throw new Error("it has hours of another month");
    return found;
  });
  return sliceSeries(series, interval);
}

/** The series of parts that follow each other. */
export function oneSeries(scope: Scope, parts: readonly (UsageSeries | undefined)[]): UsageSeries {
  const [first, ...rest] = parts.filter((part) => part !== undefined);
  if (first !== undefined) return mergeAll([first, ...rest]);
  return emptySeries({ kind: scope.kind, name: scope.name }, [], {
    library: "",
    model: null,
    intensity: null,
  });
}

/** The names in a table. */
export function namesInTable(file: TableFile): string[] {
  const names = readNames(file);
  const used = new Set(names.codes);
  return names.words.filter((_, code) => used.has(code));
}

function rangeOf(names: TextColumn, name: string): { from: number; to: number } {
  const code = names.words.indexOf(name);
  const from = names.codes.indexOf(code);
  if (code < 0 || from < 0) return { from: 0, to: 0 };
  let to = from;
  while (to < names.codes.length && textAt(names, to) === name) to++;
  return { from, to };
}
