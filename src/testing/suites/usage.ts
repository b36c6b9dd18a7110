import type { UsageStore } from "../../stores/usage-store.js";
import { ADA } from "../../usage/scope.js";
import { type Calls, lifetimeTests } from "./lifetime.js";
import { ALL_SAMPLES, marked, sampleHours } from "./samples.js";
import { type RegisterTest, type StoreFactory, suiteOf } from "./suite.js";
import { forgettingTests } from "./usage-forgetting.js";
import { marketTests } from "./usage-market.js";
import { measurementTests } from "./usage-measurement.js";
import { nameTests } from "./usage-names.js";
import { readingTests } from "./usage-reading.js";
import { refusalTests } from "./usage-refusals.js";
import { removingTests } from "./usage-removing.js";
import { togetherTests } from "./usage-together.js";
import { USAGE_SUITE, type UsageSuiteOptions } from "./usage-tools.js";
import { valueTests } from "./usage-values.js";
import { writingTests } from "./usage-writing.js";

const CALLS: Calls<UsageStore> = {
  read: (store, options) => store.read(ADA, ALL_SAMPLES, options),
  replace: (store, options) => store.replace([marked(ADA, sampleHours(1), 1)], options),
  "replace of nothing": (store, options) => store.replace([], options),
  remove: (store, options) => store.remove([ADA], ALL_SAMPLES, options),
  scopes: (store, options) => store.scopes("project", options),
  forgetUser: (store, options) => store.forgetUser("amara", options),
  forgottenAmong: (store, options) => store.forgottenAmong(["amara"], options),
};

/**
 * Registers the tests that every {@link UsageStore} must pass.
 *
 * @param test The `test` of any runner.
 * @param factory Makes a fresh store for each test.
 * @returns The names of the tests, in order.
 *
 * @example
 * import assert from "node:assert/strict";
 * import { memoryUsageStore } from "ada-carbon/memory";
 * import { usageStoreSuite } from "ada-carbon/testing";
 *
 * const tests: (() => Promise<void>)[] = []; // in a test file: `import { test } from "vitest"` and pass that
 * const names = usageStoreSuite(
 *   (_name, body) => tests.push(body),
 *   async () => ({ store: memoryUsageStore(), cleanUp: async () => {} }),
 *   { concurrentHandles: false },
 * );
 * assert.equal(names.length, tests.length);
 * await tests[0]?.();
 */
export function usageStoreSuite(
  test: RegisterTest,
  factory: StoreFactory<UsageStore>,
  options: UsageSuiteOptions = {},
): readonly string[] {
  const suite = suiteOf("usageStoreSuite", test, factory, options, USAGE_SUITE);
  for (const tests of [
    writingTests,
    readingTests,
    valueTests,
    measurementTests,
    marketTests,
    refusalTests,
    nameTests,
    togetherTests,
    removingTests,
    forgettingTests,
  ]) {
    tests({ suite, options });
  }
  lifetimeTests(suite, CALLS, options.concurrentHandles !== false);
  return suite.names;
}
