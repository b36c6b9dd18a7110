import type { WorkspaceStore } from "../../stores/workspace-store.js";
import { type Calls, lifetimeTests } from "./lifetime.js";
import { ALL_SAMPLES } from "./samples.js";
import { markedSession } from "./session-samples.js";
import {
  type RegisterTest,
  type StoreFactory,
  suiteOf,
  WORKSPACE_SUITE,
  type WorkspaceSuiteOptions,
} from "./suite.js";
import { endedSessionTests } from "./workspaces-ended.js";
import { forgettingSessionTests } from "./workspaces-forgetting.js";
import { sessionHourTests } from "./workspaces-hours.js";
import { keptSessionTests } from "./workspaces-kept.js";
import { refusedSessionTests } from "./workspaces-refusals.js";
import { togetherSessionTests } from "./workspaces-together.js";

const CALLS: Calls<WorkspaceStore> = {
  active: (store, options) => store.active("isis", options),
  save: (store, options) => store.save([markedSession("a", 1)], options),
  "save of nothing": (store, options) => store.save([], options),
  end: (store, options) => store.end(["a"], ALL_SAMPLES.to, options),
  "end of nothing": (store, options) => store.end([], ALL_SAMPLES.to, options),
  sessions: (store, options) => store.sessions("isis", ALL_SAMPLES, options),
  totals: (store, options) => store.totals("isis", ALL_SAMPLES, options),
  removeEnded: (store, options) => store.removeEnded(0, options),
  forgetUser: (store, options) => store.forgetUser("amara", options),
  forgottenAmong: (store, options) => store.forgottenAmong(["amara"], options),
};

/**
 * Registers the tests that every {@link WorkspaceStore} must pass.
 *
 * @param test The `test` of any runner.
 * @param factory Makes a fresh store for each test.
 * @returns The names of the tests, in order.
 */
export function workspaceStoreSuite(
  test: RegisterTest,
  factory: StoreFactory<WorkspaceStore>,
  options: WorkspaceSuiteOptions = {},
): readonly string[] {
  const suite = suiteOf("workspaceStoreSuite", test, factory, options, WORKSPACE_SUITE);
  keptSessionTests(suite, options);
  endedSessionTests(suite, options);
  sessionHourTests(suite, options);
  refusedSessionTests(suite, options);
  forgettingSessionTests(suite, options);
  togetherSessionTests(suite, options);
  lifetimeTests(suite, CALLS, options.concurrentHandles !== false);
  return suite.names;
}
