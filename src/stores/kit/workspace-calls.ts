import type { Interval } from "../../usage/hour.js";
import { assertOptions, optional, type Rules, TEXTS } from "../../usage/options.js";
import { assertEnd, assertSession } from "../assert-session.js";
import { CALL_OPTIONS, type CallOptions } from "../call-options.js";
import { assertList, assertMilliseconds, assertName } from "../names.js";
import { byStartThenId, overlaps, sumSessions } from "../session-sums.js";
import type { ActiveOptions, WorkspaceSession, WorkspaceStore } from "../workspace-store.js";
import type { OpenGuard } from "./open-guard.js";

/** What a storage of workspace sessions has to do itself. What it is given has been checked. */
export interface WorkspaceStorage {
  /** The sessions of a site that go on, in any order; of some users, others may be among them. */
  active(
    site: string,
    signal: AbortSignal | undefined,
    users?: readonly string[],
  ): Promise<WorkspaceSession[]>;
  /** At least one, each with another id. */
  save(sessions: readonly WorkspaceSession[], signal: AbortSignal | undefined): Promise<void>;
  /** Ends those of the ids (at least one) that go on, at an instant, but not before they started. */
  end(ids: readonly string[], at: number, signal: AbortSignal | undefined): Promise<void>;
  /** Removes those of all sites that ended before an instant, a whole number; says how many. */
  removeEnded(before: number, signal: AbortSignal | undefined): Promise<number>;
  /** Says how many these are. */
  countEnded(before: number, signal: AbortSignal | undefined): Promise<number>;
  /** All sessions of a site that overlap an interval (not empty), in any order; others may be among them. */
  near(site: string, interval: Interval, signal: AbortSignal | undefined): Promise<WorkspaceSession[]>;
}

const ACTIVE_OPTIONS: Rules<ActiveOptions> = { ...CALL_OPTIONS, users: optional(TEXTS) };
const SITE = "the name of a site";
const USER = "the name of a user";

/** The calls of a {@link WorkspaceStore}, with the checks, the rule of overlapping and the sums of all stores. */
export function workspaceCalls(
  open: OpenGuard,
  storage: WorkspaceStorage,
): Pick<WorkspaceStore, "active" | "save" | "end" | "removeEnded" | "countEnded" | "sessions" | "totals"> {
  const overlapping = async (
    site: string,
    interval: Interval,
    options: CallOptions | undefined,
  ): Promise<WorkspaceSession[]> => {
    const signal = open.signalOf(options);
    assertName(site, SITE);
    assertMilliseconds(interval);
    if (!(interval.from < interval.to)) return [];
    const near = await storage.near(site, interval, signal);
    return near.filter((session) => overlaps(session, interval)).sort(byStartThenId);
  };
  return {
    async active(site, options = {}) {
      assertOptions("a call to a store", options, ACTIVE_OPTIONS);
      const { signal, users } = options;
      open.enter(signal);
      assertName(site, SITE);
      for (const user of users ?? []) assertName(user, USER);
      const active = await storage.active(site, signal, users);
      const wanted = users && new Set<string | null>(users);
      return active.filter(({ user }) => wanted?.has(user) ?? true).sort(byStartThenId);
    },

    async save(sessions, options) {
      const signal = open.signalOf(options);
      assertList(sessions, "what is to be stored");
      for (const session of sessions) assertSession(session);
      // Of two sessions with one id, the later counts.
      const byId = new Map(sessions.map((session) => [session.id, session]));
      if (byId.size > 0) await storage.save([...byId.values()], signal);
    },

    async end(ids, at, options) {
      const signal = open.signalOf(options);
      assertList(ids, "what has ended");
      assertEnd(ids, at);
      if (ids.length > 0) await storage.end(ids, at, signal);
    },

    async removeEnded(before, options) {
      const signal = open.signalOf(options);
      assertEnd([], before);
      return storage.removeEnded(before, signal);
    },

    async countEnded(before, options) {
      const signal = open.signalOf(options);
      assertEnd([], before);
      return storage.countEnded(before, signal);
    },

    async sessions(site, interval, options) {
      return overlapping(site, interval, options);
    },

    async totals(site, interval, options) {
      return sumSessions(await overlapping(site, interval, options));
    },
  };
}
