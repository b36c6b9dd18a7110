import type { Interval } from "../usage/hour.js";
import type { Scope, ScopeKind } from "../usage/scope.js";
import type { UsageSeries } from "../usage/series.js";
import type { CallOptions } from "./call-options.js";
import type { ForgetsUsers } from "./forgets-users.js";
import type { StoredIntensities } from "./stored-intensities.js";
import type { StoredSpan } from "./stored-span.js";

/** What a call to `readKind` takes. */
export interface ReadKindOptions extends CallOptions {
  /**
   * `true`: of provenance the caller looks at `intensity` and `market` only. A store that reads fewer columns then is
   * faster, and gives `NO_PROVENANCE` in place of the rest; one that gives all is right as well.
   */
  readonly intensitiesOnly?: boolean | undefined;
}

/**
 * Where hourly usage is kept: the port that a host application implements for its own storage.
 * `docs/adapters.md` has the contract as a table, and `usageStoreSuite` of `ada-carbon/testing` tests it.
 *
 * A row is keyed by (scope, hour). Writing is **replacing**: the same batch written twice, or a batch
 * written again after a crash, leaves the same rows as writing it once. Numbers are CPU-seconds, kWh, grams
 * of CO2 equivalent and shares; NaN is missing and only that; doubles come back as they were given.
 *
 * Names are told apart to the last code unit: case, spaces, NUL and Unicode forms included. What no name can
 * be, empty or not Unicode, is `bad-input`, in reading too (`assertScope`).
 */
export interface UsageStore extends ForgetsUsers {
  /**
   * The stored rows of `scope` whose hour lies in [from, to), ascending. Hours that were never stored are
   * absent; a scope that was never stored gives a series without rows. Stored data that cannot be read is
   * an error of code `store-corrupt`, never an empty answer. What is returned is the caller's own.
   */
  read(scope: Scope, interval: Interval, options?: CallOptions): Promise<UsageSeries>;

  /**
   * What `read` gives of every scope of a kind that has rows in [from, to), in the order of `scopes`. For stores that
   * have it faster together than scope by scope; others need not have it.
   */
  readKind?(kind: ScopeKind, interval: Interval, options?: ReadKindOptions): Promise<UsageSeries[]>;

  /**
   * From when to when rows of every scope of a kind are stored, in the order of `scopes`. For stores that know it
   * without reading all there is of each row; others need not have it.
   */
  spans?(kind: ScopeKind, options?: CallOptions): Promise<StoredSpan[]>;

  /**
   * By which intensities the stored rows of a scope are. Before each run of `sync` all rows of `ada` are held to the
   * basis of its grid. For stores that know it without reading all there is of each row; others need not have it.
   */
  intensities?(scope: Scope, options?: CallOptions): Promise<StoredIntensities>;

  /**
   * Puts every row of every series in the place of the stored row with the same scope and hour, or adds it.
   * Other rows stay as they are. A long run hands over a million rows at once, and many series of a scope one
   * after the other; of the same hour the later row wins. Nothing is kept of the objects given.
   *
   * A reader sees each scope before or after, never in between; scopes become visible in the order given, or
   * all at once. If the call rejects, each scope is as it was before or as it should be after. Two writers at
   * once, also from two processes, end for each scope as one after the other, and neither loses a row.
   *
   * A series that `assertSeries` refuses is `bad-input`, and nothing of the batch is written.
   */
  replace(series: readonly UsageSeries[], options?: CallOptions): Promise<void>;

  /**
   * Forgets the rows of these scopes whose hour lies in [from, to). Other rows stay; a scope without any is
   * no longer listed; one that is not stored is no error. If the call rejects, each scope is as it was before
   * or as it should be after.
   */
  remove(scopes: readonly Scope[], interval: Interval, options?: CallOptions): Promise<void>;

  /** The scopes of that kind with at least one stored row, sorted by name, code unit by code unit. */
  scopes(kind: ScopeKind, options?: CallOptions): Promise<Scope[]>;

  /**
   * Keeps other writers out until the returned function is called, or rejects with `store-locked` at once.
   * The store that holds it writes on. Stores that only ever have one writer need not have it.
   */
  lock?(options?: CallOptions): Promise<() => Promise<void>>;

  /**
   * Releases what the store holds. Calling it again changes nothing; any other call afterwards is `store-closed`. A call under
   * way is finished or rejects; each scope is then as it was before or as it should be after.
   */
  close(): Promise<void>;
}
