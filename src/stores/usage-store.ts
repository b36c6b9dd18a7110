import type { Interval } from "../usage/hour.js";
import type { Scope, ScopeKind } from "../usage/scope.js";
import type { UsageSeries } from "../usage/series.js";
import type { CallOptions } from "./call-options.js";

/**
 * Where hourly usage is kept: the port that a host application implements for its own storage.
 *
 * A row is keyed by (scope, hour). Writing is **replacing**: the same batch written twice, or a batch
 * written again after a crash, leaves the same rows as writing it once.
 */
export interface UsageStore {
  /**
   * The stored rows of `scope` whose hour lies in [from, to), ascending. Hours that were never stored are
   * absent; a scope that was never stored gives a series without rows. Stored data that cannot be read is
   * an error of code `store-corrupt`, never an empty answer.
   */
  read(scope: Scope, interval: Interval, options?: CallOptions): Promise<UsageSeries>;

  /**
   * Puts every row of every series in the place of the stored row with the same scope and hour, or adds it.
   * Other rows stay as they are. A reader sees each scope before or after, never in between; scopes become
   * visible in the order given. If it rejects, each scope is as it was before or as it should be after.
   * A series that `assertSeries` refuses is `bad-input`, and nothing of the batch is written. Two writers at
   * once end as one after the other.
   */
  replace(series: readonly UsageSeries[], options?: CallOptions): Promise<void>;

  /** The scopes of that kind with at least one stored row, sorted by name. */
  scopes(kind: ScopeKind, options?: CallOptions): Promise<Scope[]>;

  /**
   * Keeps other writers out until the returned function is called, or rejects with `store-locked` at once.
   * Stores that only ever have one writer need not have it.
   */
  lock?(options?: CallOptions): Promise<() => Promise<void>>;

  /** Releases what the store holds. Twice is once; any other call afterwards is `store-closed`. */
  close(): Promise<void>;
}
