import { OpenGuard } from "../../src/stores/kit/open-guard.js";
import type { RegisterTest, StoreFactory } from "../../src/testing/suites/index.js";
import { pickRows, type UsageSeries } from "../../src/usage/series.js";

// The suites are worth what they find: stores with one fault each, and the test that must fail for it.

export type Wrap<Store> = (store: Store) => Partial<Store>;
type RunSuite<Store> = (test: RegisterTest, factory: StoreFactory<Store>) => readonly string[];

/**
 * Names of the tests that fail for a store with a fault, among those named `only`, or all. The store's handles
 * share the data, and close on their own.
 */
export async function failures<Store extends { close(): Promise<void> }>(
  suite: RunSuite<Store>,
  make: () => Store,
  fault: Wrap<Store>,
  only?: string,
): Promise<string[]> {
  const tests: [string, () => Promise<void>][] = [];
  suite(
    (name, body) => tests.push([name, body]),
    async () => {
      const data = make();
      const handle = (): Store => guarded({ ...data, ...fault(data) });
      return {
        store: handle(),
        another: async () => handle(),
        cleanUp: async () => {},
      };
    },
  );
  const failed: string[] = [];
  for (const [name, body] of tests) {
    if (only === undefined || name === only) await body().catch(() => failed.push(name));
  }
  return failed;
}

/** A handle with its own `close`, unless the fault is about that. */
function guarded<Store extends { close(): Promise<void> }>(store: Store): Store {
  const open = new OpenGuard("the handle");
  return new Proxy(store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (name === "close") return async () => void open.close();
      if (typeof member !== "function") return member;
      return async (...given: unknown[]) => {
        open.enter(undefined);
        return member.apply(target, given);
      };
    },
  });
}

export const breathe = (ms = 0): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
export const rowsOf = (series: UsageSeries): UsageSeries[] =>
  series.hours.map((_, i) => pickRows(series, [i]));
