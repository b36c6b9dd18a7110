import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { AdapterResult, SuiteName } from "./conformance.js";

// Vitest's global setup: at the end of a run, what came of the suites over every adapter, as a table.

const folder = fileURLToPath(new URL("./.artifacts/conformance/", import.meta.url));
const SUITES: readonly SuiteName[] = ["usage", "averages", "workspaces"];

/** Forgets the results of an earlier run; what it returns is called when all tests are over. */
export function setup(): () => void {
  rmSync(folder, { recursive: true, force: true });
  return () => {
    const results = existsSync(folder) ? readdirSync(folder).sort().map(read) : [];
    if (results.length > 0) console.log(`\n${conformanceTable(results)}\n`);
  };
}

/** Suites by adapters: tests passed of those there are, then the adapters that were not tested, and why. */
export function conformanceTable(results: readonly AdapterResult[]): string {
  const tested = results.filter((result) => "suites" in result);
  const rows = [
    ["adapter", ...SUITES],
    ...tested.map(({ adapter, suites }) => [
      adapter,
      ...SUITES.map((suite) => {
        const count = suites[suite];
        return count === undefined ? "-" : `${count.passed}/${count.total}`;
      }),
    ]),
  ];
  const widths = rows[0]?.map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0))) ?? [];
  const lines = rows.map((row) => row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join("  "));
  const skipped = results.filter((result) => "skipped" in result);
  return [
    "Storage conformance (tests passed/all)",
    ...lines.map((line) => `  ${line.trimEnd()}`),
    ...skipped.map(({ adapter, skipped: why }) => `  ${adapter} was NOT tested: ${why}`),
  ].join("\n");
}

function read(name: string): AdapterResult {
  // Only `conformance.ts` writes there.
  return JSON.parse(readFileSync(`${folder}${name}`, "utf8")) as AdapterResult;
}
