import { encodePacked } from "../../timeseries/parquet/encode.js";
import { pack } from "../../timeseries/parquet/packed.js";
import type { Scope } from "../../usage/scope.js";
import type { UsageSeries } from "../../usage/series.js";
import { oneFile } from "./apart.js";
import { fileOf, PUBLISHED_KINDS } from "./layout.js";
import { readScopeFile } from "./scope-file.js";
import { monthsOf, oneSeries, readTable, seriesInTable } from "./table-files.js";
import type { TableFile } from "./tables/decode.js";

const ALWAYS = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY };

/** The file of a scope with the documents' eight columns, as it is to become. */
export interface Publication {
  readonly target: string;
  readonly bytes: Uint8Array;
  /** Whether the scope has no rows any more. */
  readonly isEmpty: boolean;
}

/**
 * The eight-column file of a scope from its rows in all tables; `undefined` if it stays as it is. A file in its place
 * that is not one of ours is `store-corrupt`.
 *
 * @param changed The tables as they are to become, where they are to change, by kind and month.
 */
export async function publication(
  root: string,
  scope: Scope,
  changed: (month: string) => TableFile | undefined,
  months: readonly string[],
  signal?: AbortSignal,
): Promise<Publication | undefined> {
  const target = fileOf(scope);
  const before = await readScopeFile(root, scope, signal);
  if (before.state === "taken") throw oneFile(root, target, fileOf(before.by));
  const parts: (UsageSeries | undefined)[] = [];
  for (const month of months) {
    const table = changed(month) ?? (await readTable(root, scope.kind, month, signal));
    if (table !== undefined) parts.push(seriesInTable(table, scope, ALWAYS));
  }
  const series = oneSeries(scope, parts);
  const isEmpty = series.hours.length === 0;
  if (isEmpty && before.state === "absent") return undefined;
  const bytes = encodePacked(pack(series));
  if (before.state === "stored" && Buffer.compare(bytes, before.bytes) === 0) return undefined;
  return { target, bytes, isEmpty };
}

/** Whether the documents ask for a file of this scope. */
export function isPublished(scope: Scope): boolean {
  return PUBLISHED_KINDS.includes(scope.kind);
}

/** The months of a kind's tables, with those that are to come. */
export async function monthsWith(root: string, scope: Scope, more: Iterable<string>): Promise<string[]> {
  return [...new Set([...(await monthsOf(root, scope.kind)), ...more])].sort();
}
