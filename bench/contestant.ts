import type { UsageSeries, UsageStore } from "ada-carbon";

/** One way to keep the rows: a store of ours, or what the engine under it does by itself. */
export interface Contestant {
  /** What it is, for the table. */
  readonly what: string;
  /** Makes an empty place and opens it. */
  begin(): Promise<void>;
  /** Writes a batch of new rows; may still be in the middle of a transaction afterwards. */
  load(batch: readonly UsageSeries[]): Promise<void>;
  /** Makes what was loaded durable. */
  finish(): Promise<void>;
  /** Adds one row to each scope, durably. */
  append(batch: readonly UsageSeries[]): Promise<void>;
  /** The store, if it is one, to read back from. */
  store?(): UsageStore;
  /** Removes everything. */
  end(): Promise<void>;
  /** Ends the server, where there is one. */
  dismiss?(): Promise<void>;
}

/** A system that keeps rows, the store over it, and the bare use of it that the store is held against. */
export interface Engine {
  /** Why it cannot be measured here, if so. */
  unavailable?(): Promise<string | undefined>;
  /** How many whole years are loaded in one batch. Default 4. */
  readonly scopesAtOnce?: number;
  /** How often the whole is loaded unless asked for otherwise. Default 3; fewer where it takes minutes. */
  readonly loads?: number;
  /** Of how many scopes one is read back. Default 1: all of them. */
  readonly readBackOneIn?: number;
  ours(): Promise<Contestant>;
  bare(): Promise<Contestant>;
}

/** A store of ours as a contestant. */
export function storeContestant(
  what: string,
  open: () => Promise<{ store: UsageStore; end: () => Promise<void> }>,
): Contestant & { store(): UsageStore } {
  let opened: { store: UsageStore; end: () => Promise<void> } | undefined;
  const store = (): UsageStore => {
    if (opened === undefined) throw new Error(`${what} has not begun`);
    return opened.store;
  };
  return {
    what,
    store,
    async begin() {
      opened = await open();
    },
    load: (batch) => store().replace(batch),
    finish: async () => {},
    append: (batch) => store().replace(batch),
    async end() {
      await opened?.store.close();
      await opened?.end();
      opened = undefined;
    },
  };
}
