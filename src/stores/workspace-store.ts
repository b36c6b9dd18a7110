import type { Interval } from "../usage/hour.js";
import type { CallOptions } from "./call-options.js";

/** One use of a host by one owner, from when it was first seen until it was gone. Times are UTC milliseconds. */
export interface WorkspaceSession {
  /** Unique in the store; the tracker makes it from site, instance, owner and start. */
  readonly id: string;
  /** Such as `isis`. */
  readonly site: string;
  readonly instance: string;
  readonly project: string | null;
  readonly machine: string | null;
  readonly user: string | null;
  readonly group: string | null;
  readonly startedAt: number;
  /** `null` while it goes on. */
  readonly endedAt: number | null;
  /** Up to when energy has been counted. */
  readonly countedUntil: number;
  /** Time worked: grows by the busy part of each poll only. */
  readonly runtimeSeconds: number;
  /** Time since the start of which nothing is known: polls that were missed and not made up for. */
  readonly unknownSeconds: number;
  /** kWh. */
  readonly busyKwh: number;
  readonly idleKwh: number;
  /** Grams of CO2 equivalent. */
  readonly busyGco2eq: number;
  readonly idleGco2eq: number;
  /** kWh of the above for which no intensity was known, so that no carbon is in the sums. */
  readonly kwhWithoutCarbon: number;
}

/** Sums over sessions. */
export interface WorkspaceTotals {
  readonly sessions: number;
  readonly active: number;
  readonly runtimeSeconds: number;
  readonly unknownSeconds: number;
  readonly busyKwh: number;
  readonly idleKwh: number;
  readonly busyGco2eq: number;
  readonly idleGco2eq: number;
  readonly kwhWithoutCarbon: number;
}

/** Where the tracker keeps the sessions it follows. */
export interface WorkspaceStore {
  /** The sessions of a site that go on, sorted by start, then id. */
  active(site: string, options?: CallOptions): Promise<WorkspaceSession[]>;

  /**
   * Puts each session in the place of the one with the same id, or adds it. A reader sees each session before
   * or after, never in between. NaN, infinities and negative numbers are `bad-input`, and nothing is written.
   */
  save(sessions: readonly WorkspaceSession[], options?: CallOptions): Promise<void>;

  /** Ends sessions at an instant; those that are over or unknown stay as they are. */
  end(ids: readonly string[], at: number, options?: CallOptions): Promise<void>;

  /** The sessions of a site that overlap [from, to), going on or over, sorted by start, then id. */
  sessions(site: string, interval: Interval, options?: CallOptions): Promise<WorkspaceSession[]>;

  /** Sums over the sessions of a site that overlap [from, to). A session is counted whole. */
  totals(site: string, interval: Interval, options?: CallOptions): Promise<WorkspaceTotals>;

  /** Releases what the store holds. Twice is once; any other call afterwards is `store-closed`. */
  close(): Promise<void>;
}
