import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { RegisterTest } from "ada-carbon/testing";
import { afterAll, describe, test } from "vitest";

/** Where each adapter's results are put, for the table at the end of the run (`conformance-report.ts`). */
export const RESULTS: string = fileURLToPath(new URL("./.artifacts/conformance/", import.meta.url));

export const SUITES = ["usage", "averages", "workspaces"] as const;
export type SuiteName = (typeof SUITES)[number];

/** What came of one adapter: tests passed and registered, by suite, or why it was not tested at all. */
export type AdapterResult =
  | {
      readonly adapter: string;
      readonly suites: Partial<Record<SuiteName, { passed: number; total: number }>>;
    }
  | { readonly adapter: string; readonly skipped: string };

/**
 * Runs suites over one adapter: `suites` gets a `test` for each, which counts what passes.
 *
 * @param adapter Its name in the table.
 */
export function conforms(adapter: string, suites: (test: (suite: SuiteName) => RegisterTest) => void): void {
  const counts: Partial<Record<SuiteName, { passed: number; total: number }>> = {};
  describe(adapter, () => {
    afterAll(() => keep({ adapter, suites: counts }));
    suites((suite) => {
      const count = { passed: 0, total: 0 };
      counts[suite] = count;
      return (name, body) => {
        count.total++;
        test(`${suite}: ${name}`, async () => {
          await body();
          count.passed++;
        });
      };
    });
  });
}

/** Says that an adapter cannot be tested here, and why. In CI that is a failure. */
export function cannotConform(adapter: string, why: string): void {
  keep({ adapter, skipped: why });
  describe(adapter, () => {
    test.skipIf(process.env.CI === undefined)(`is tested (${why})`, () => {
      throw new Error(`${adapter} was not tested: ${why}; in CI that is a failure`);
    });
  });
}

function keep(result: AdapterResult): void {
  mkdirSync(RESULTS, { recursive: true });
  writeFileSync(`${RESULTS}${result.adapter}.json`, JSON.stringify(result));
}
