import type { Interval } from "../usage/hour.js";
import type { IntensityKind } from "../usage/provenance.js";
import type { CallOptions } from "./call-options.js";
import type { ForgetsUsers } from "./forgets-users.js";

/**
 * One use of a host by one owner, [startedAt, endedAt), from when it was first seen until it was gone. Times
 * are UTC milliseconds, whole numbers.
 */
export interface WorkspaceSession {
  /** Unique in the store; the tracker makes it from site, instance, owner and start, so these never change. */
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
  /** kWh of the above for which no intensity was known, or one of another basis, so that no carbon is in the sums. */
  readonly kwhWithoutCarbon: number;
  /** What its grams count, as `formatBasis` writes it; absent where no source said so. */
  readonly basis?: string;
  /** The parts of the above that belong to hours which are not stored as usage yet, ascending; never empty. */
  readonly hours?: readonly SessionHour[];
}

/**
 * What a session used in one UTC hour. It is kept in the session, and so written together with its sums, until
 * the hour is stored for good: a tracker that is killed and started again neither loses nor doubles it.
 */
export interface SessionHour {
  /** Start of the hour, UTC milliseconds. */
  readonly hour: number;
  /** CPU-seconds: cores times the time that was counted, by the idle fraction. */
  readonly busyCpuSeconds: number;
  readonly idleCpuSeconds: number;
  /** Cores times the time up that was not counted, of which nothing is known. */
  readonly unknownCpuSeconds: number;
  /** kWh. */
  readonly busyKwh: number;
  readonly idleKwh: number;
  /** Grams of CO2 equivalent. */
  readonly busyGco2eq: number;
  readonly idleGco2eq: number;
  /** kWh of the above for which no intensity was known. */
  readonly kwhWithoutCarbon: number;
  /** From when to when of the hour the host was up in this session, UTC milliseconds. */
  readonly upFrom: number;
  readonly upTo: number;
  /** `id` of the power model; of several, joined by ` + `. */
  readonly model: string;
  /** The least certain of the intensities that its polls used; `null` where there was none. */
  readonly intensity: SessionIntensity | null;
  /** Whether rows of usage have been stored that contain exactly this. */
  readonly stored: boolean;
}

/** Where the carbon of a {@link SessionHour} came from. */
export interface SessionIntensity {
  readonly kind: IntensityKind;
  /** `id` of the source; of several, joined by ` + `. */
  readonly source: string;
  /** What its grams count, as text; absent where the source does not say. */
  readonly basis?: string;
  /** When the oldest was fetched, UTC milliseconds; `null` for a constant. */
  readonly fetchedAt: number | null;
}

/** Sums over sessions. */
export interface WorkspaceTotals {
  readonly sessions: number;
  readonly active: number;
  readonly runtimeSeconds: number;
  readonly unknownSeconds: number;
  readonly busyKwh: number;
  readonly idleKwh: number;
  /** `null` where grams of sessions count different things, which are never added. */
  readonly busyGco2eq: number | null;
  readonly idleGco2eq: number | null;
  readonly kwhWithoutCarbon: number;
}

/** What {@link WorkspaceStore.active} takes. */
export interface ActiveOptions extends CallOptions {
  /**
   * Only the sessions of these users. Ten thousand are not read for somebody's own two. Whoever asks looks at the users of
   * what comes back, since a store that was written before may leave this out.
   */
  readonly users?: readonly string[] | undefined;
}

/**
 * Where the tracker keeps the sessions it follows, also when they are over, until `removeEnded` is called.
 * `workspaceStoreSuite` of `ada-carbon/testing` tests what is said here.
 *
 * Ids and names are told apart to the last code unit. One that is empty or not Unicode is `bad-input`, in every
 * call. Numbers come back as they were given; objects given and returned are the caller's own.
 */
export interface WorkspaceStore extends ForgetsUsers {
  /** The sessions of a site that go on, sorted by start, then id by code unit. */
  active(site: string, options?: ActiveOptions): Promise<WorkspaceSession[]>;

  /**
   * Puts each session whole in the place of the one with the same id, or adds it; of an id that is there
   * twice, the later. A session that was over can go on again. A reader sees each session before or after,
   * never in between or twice; if the call rejects, each is as before or as it should be. Two writers at once
   * end, for each session, as one after the other. What `assertSession` refuses is `bad-input`, and nothing
   * is written.
   */
  save(sessions: readonly WorkspaceSession[], options?: CallOptions): Promise<void>;

  /**
   * Ends sessions, of whatever sites, at an instant: `endedAt` becomes `at`, or their start if that is later.
   * Those that are over or unknown stay as they are. What `assertEnd` refuses is `bad-input`, and nothing is written.
   */
  end(ids: readonly string[], at: number, options?: CallOptions): Promise<void>;

  /**
   * The sessions of a site that overlap [from, to), going on or over, sorted by start, then id by code unit.
   * A session without duration belongs where it started: `startedAt < to` and (`endedAt` is null,
   * `endedAt > from` or `startedAt >= from`). Nothing overlaps an interval without duration.
   */
  sessions(site: string, interval: Interval, options?: CallOptions): Promise<WorkspaceSession[]>;

  /** Sums over the sessions of a site that overlap [from, to). A session is counted whole. */
  totals(site: string, interval: Interval, options?: CallOptions): Promise<WorkspaceTotals>;

  /**
   * Forgets the sessions, of all sites, that ended before an instant, and says how many they were; those that go on
   * stay. Retention calls it: sessions say who used what.
   */
  removeEnded(before: number, options?: CallOptions): Promise<number>;

  /** How many sessions `removeEnded` would forget, of which it forgets none. A store need not have it. */
  countEnded?(before: number, options?: CallOptions): Promise<number>;

  /** Releases what the store holds. Calling it again changes nothing; any other call afterwards is `store-closed`. */
  close(): Promise<void>;
}
