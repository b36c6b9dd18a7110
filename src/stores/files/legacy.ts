import { join } from "node:path";
import { unpack } from "../../timeseries/parquet/packed.js";
import { AdaCarbonError } from "../../usage/errors.js";
import { SCOPE_KINDS, type ScopeKind } from "../../usage/scope.js";
import { sliceSeries, type UsageSeries } from "../../usage/series.js";
import { type BatchOptions, writeMonths } from "./batch.js";
import { isThere, listIfThere } from "./io.js";
import { removeFile } from "./journal.js";
import { EXTENSION, folderOf, intervalOfMonth, monthOf, PUBLISHED_KINDS, tableOf } from "./layout.js";
import type { MonthOfKind } from "./months.js";
import { readScopeFile, scopeOfFile } from "./scope-file.js";
import { monthsOf } from "./table-files.js";

/**
 * Refuses to read a kind that ada-carbon 0.1.0 wrote, a file a scope, and that no write has converted yet.
 * It looks only where there is no table.
 */
export async function assertConverted(root: string, kind: ScopeKind): Promise<void> {
  if (!(await isLegacy(root, kind))) return;
  throw new AdaCarbonError(
    "store-unprepared",
    `${join(root, folderOf(kind))} was written by ada-carbon 0.1.0, a file a scope; run: ada-carbon migrate --store ${root} (or sync, which does the same first)`,
  );
}

/** Makes tables of what 0.1.0 wrote, kind by kind, each whole or not at all. Only for the holder of the lock. */
export async function convertLegacy(root: string, options: BatchOptions): Promise<void> {
  for (const kind of SCOPE_KINDS) {
    if (!(await isLegacy(root, kind))) continue;
    await writeMonths(root, legacyMonths(root, kind, options.signal), options);
    if (PUBLISHED_KINDS.includes(kind)) continue;
    for (const file of await legacyFiles(root, kind)) await removeFile(join(root, folderOf(kind), file));
  }
}

async function isLegacy(root: string, kind: ScopeKind): Promise<boolean> {
  for (const month of await monthsOf(root, kind)) {
    if (await isThere(join(root, tableOf(kind, month)))) return false;
  }
  return (await legacyFiles(root, kind)).length > 0;
}

async function legacyFiles(root: string, kind: ScopeKind): Promise<string[]> {
  const names = await listIfThere(join(root, folderOf(kind)));
  return names.filter((name) => (kind === "ada" ? name === `ada${EXTENSION}` : name.endsWith(EXTENSION)));
}

/** Month by month, so that one month of all scopes is in memory, not all months. */
async function* legacyMonths(
  root: string,
  kind: ScopeKind,
  signal?: AbortSignal,
): AsyncGenerator<MonthOfKind, void> {
  const months = new Set<string>();
  for await (const { hours } of legacySeries(root, kind, signal))
    for (const hour of hours) months.add(monthOf(hour));
  for (const month of [...months].sort()) {
    const series: UsageSeries[] = [];
    for await (const all of legacySeries(root, kind, signal)) {
      const rows = sliceSeries(all, intervalOfMonth(month));
      if (rows.hours.length > 0) series.push(rows);
    }
    series.sort((a, b) => (a.scope.name < b.scope.name ? -1 : 1));
    yield { kind, month, series };
  }
}

async function* legacySeries(
  root: string,
  kind: ScopeKind,
  signal?: AbortSignal,
): AsyncGenerator<UsageSeries, void> {
  for (const file of await legacyFiles(root, kind)) {
    const scope = kind === "ada" ? { kind, name: "ada" } : await scopeOfFile(root, kind, file, signal);
    if (scope === undefined) continue;
    const found = await readScopeFile(root, scope, signal);
    if (found.state === "stored") yield unpack(found.series);
  }
}
