import {
  AMOUNT,
  assertArgument,
  assertOptions,
  CALLBACK,
  FLAG,
  optional,
  type Rules,
} from "../../usage/options.js";

/** Registers one test. `test` of vitest, of node:test and of Bun, and `Deno.test`, are all of this type. */
export type RegisterTest = (name: string, body: () => Promise<void>) => void;

/** A store made for one test. */
export interface StoreUnderTest<Store> {
  /** Fresh, empty, and migrated where it needs to be. */
  readonly store: Store;
  /**
   * Opens the same data a second time, as another process would: another connection, another object.
   * Needed unless the suite is told that there are no `concurrentHandles`.
   */
  readonly another?: (() => Promise<Store>) | undefined;
  /** Removes the data. Called after every store of the test has been closed, also when it failed. */
  cleanUp(): Promise<void>;
}

/** Makes a store for one test; called once for each. */
export type StoreFactory<Store> = () => Promise<StoreUnderTest<Store>>;

/** What stores may differ in. Whatever is not among these options holds for all of them. */
export interface SuiteOptions {
  /** Whether the same data can be opened twice at once (`another`). Default true. */
  readonly concurrentHandles?: boolean | undefined;
  /**
   * The longest name the store takes, in UTF-16 code units. A longer one must be refused with `bad-input`.
   * Default: names have no limit that the suite comes near, which is 300.
   */
  readonly largestName?: number | undefined;
  /**
   * Whether names that differ only in case are different. If not, the second of two must be refused with
   * `store-unavailable` and the first be left as it is. Default true.
   */
  readonly caseSensitive?: boolean | undefined;
  /** The largest relative error of a number read back. Default 0: a double is a double. */
  readonly tolerance?: number | undefined;
}

/** What average stores may differ in. */
export interface AverageSuiteOptions extends SuiteOptions {
  /** How many machines the largest call has. Default 500. */
  readonly machinesAtOnce?: number | undefined;
}

/** What workspace stores may differ in. */
export interface WorkspaceSuiteOptions extends SuiteOptions {
  /** How many sessions the largest call has. Default 500. */
  readonly sessionsAtOnce?: number | undefined;
}

export const SUITE_OPTIONS: Rules<SuiteOptions> = {
  concurrentHandles: optional(FLAG),
  largestName: optional(AMOUNT),
  caseSensitive: optional(FLAG),
  tolerance: optional(AMOUNT),
};
export const AVERAGE_SUITE: Rules<AverageSuiteOptions> = {
  ...SUITE_OPTIONS,
  machinesAtOnce: optional(AMOUNT),
};
export const WORKSPACE_SUITE: Rules<WorkspaceSuiteOptions> = {
  ...SUITE_OPTIONS,
  sessionsAtOnce: optional(AMOUNT),
};

/** What a test of a suite does, with a store of its own. */
export type SuiteTest<Store> = (store: Store, another: () => Promise<Store>) => Promise<void>;

/** Collects the tests of one suite over one factory, and hands them to the runner. */
export class Suite<Store extends { close(): Promise<void> }> {
  /** Names of the tests there are, in order. */
  readonly names: string[] = [];
  readonly #test: RegisterTest;
  readonly #factory: StoreFactory<Store>;

  constructor(test: RegisterTest, factory: StoreFactory<Store>) {
    this.#test = test;
    this.#factory = factory;
  }

  add(name: string, body: SuiteTest<Store>): void {
    this.names.push(name);
    this.#test(name, () => this.#run(body));
  }

  async #run(body: SuiteTest<Store>): Promise<void> {
    const made = await this.#factory();
    const opened = [made.store];
    const another = async (): Promise<Store> => {
      if (made.another === undefined) {
        throw new Error("the factory gives no `another`; say `concurrentHandles: false` if there is none");
      }
      const store = await made.another();
      opened.push(store);
      return store;
    };
    const failures: unknown[] = [];
    const attempt = (work: Promise<void>): Promise<unknown> => work.catch((error) => failures.push(error));
    await attempt(body(made.store, another));
    for (const store of opened) await attempt(store.close());
    await attempt(made.cleanUp());
    if (failures.length === 1) throw failures[0];
    if (failures.length > 1) throw new AggregateError(failures, failures.map(String).join("; then "));
  }
}

/** An empty suite for what a caller has handed to the function of that name. */
export function suiteOf<Store extends { close(): Promise<void> }, Options>(
  caller: string,
  test: RegisterTest,
  factory: StoreFactory<Store>,
  options: Options,
  rules: Rules<Options>,
): Suite<Store> {
  assertArgument(caller, "test", test, CALLBACK);
  assertArgument(caller, "factory", factory, CALLBACK);
  assertOptions(caller, options, rules);
  return new Suite(test, factory);
}
