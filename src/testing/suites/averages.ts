import type { AverageStore } from "../../stores/average-store.js";
import { markedAverages } from "./average-samples.js";
import { keptAveragesTests } from "./averages-kept.js";
import { refusedAveragesTests } from "./averages-refusals.js";
import { togetherAveragesTests } from "./averages-together.js";
import { type Calls, lifetimeTests } from "./lifetime.js";
import {
  AVERAGE_SUITE,
  type AverageSuiteOptions,
  type RegisterTest,
  type StoreFactory,
  suiteOf,
} from "./suite.js";

const CALLS: Calls<AverageStore> = {
  get: (store, options) => store.get("Artemis (Matlab)", options),
  put: (store, options) => store.put([markedAverages("Artemis (Matlab)", 1)], options),
  "put of nothing": (store, options) => store.put([], options),
  list: (store, options) => store.list(options),
  remove: (store, options) => store.remove(["Artemis (Matlab)"], options),
  "remove of nothing": (store, options) => store.remove([], options),
};

/**
 * Registers the tests that every {@link AverageStore} must pass.
 *
 * @param test The `test` of any runner.
 * @param factory Makes a fresh store for each test.
 * @returns The names of the tests, in order.
 */
export function averageStoreSuite(
  test: RegisterTest,
  factory: StoreFactory<AverageStore>,
  options: AverageSuiteOptions = {},
): readonly string[] {
  const suite = suiteOf("averageStoreSuite", test, factory, options, AVERAGE_SUITE);
  keptAveragesTests(suite, options);
  refusedAveragesTests(suite, options);
  togetherAveragesTests(suite, options);
  lifetimeTests(suite, CALLS, options.concurrentHandles !== false);
  return suite.names;
}
