import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect } from "vitest";
import { type FinishedHour, HOUR_MS } from "../../src/usage/hour.js";
import type { Scope } from "../../src/usage/scope.js";
import { emptySeries, type UsageSeries } from "../../src/usage/series.js";

// A folder of usage for each test, and rows for it.

export const START: number = Date.UTC(2025, 8, 10);
export const ALL = { from: START, to: START + 1000 * HOUR_MS };
export const project = (name: string): Scope => ({ kind: "project", name });

export function usage(scope: Scope, firstHour: number, count: number, value: number): UsageSeries {
  const hours = Array.from({ length: count }, (_, i) => (START + (firstHour + i) * HOUR_MS) as FinishedHour);
  const series = emptySeries(scope, hours, { library: "0.1.0", model: "m", intensity: null });
  for (const name of ["busyCpuSeconds", "idleCpuSeconds", "busyKwh", "idleKwh"] as const) {
    series[name].fill(value);
  }
  series.status.fill("unprocessed");
  return series;
}

/** Of the test that runs. */
export let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "ada-carbon-files-"));
});
afterEach(() => rm(folder, { recursive: true }));

export const code = (expected: string): unknown => expect.objectContaining({ code: expected });

export async function filesBelow(root: string): Promise<string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  // The lock and the journal stay.
  const files = entries.filter((entry) => entry.isFile() && !/\.(lock|journal)$/.test(entry.name));
  return files.map((entry) => join(entry.parentPath, entry.name));
}

/** The table of a kind in the month of all rows here. */
export const table = (kind: string): string => join(folder, `hours/kind=${kind}/month=2025-09/hours.parquet`);
