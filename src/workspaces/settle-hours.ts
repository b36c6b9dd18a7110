import { basisOfGrids } from "../intensity/basis-of-source.js";
import { gridsOf } from "../intensity/project-grids.js";
import type { SessionHour, WorkspaceSession, WorkspaceStore } from "../stores/workspace-store.js";
import { badInput, isAdaCarbonError } from "../usage/errors.js";
import { DAY_MS, type FinishedHour, finishedHour, formatInstant, HOUR_MS } from "../usage/hour.js";
import { countedHours, type SessionUse } from "./counted-hour.js";
import { dueHours, isOver, markedSessions } from "./due-hours.js";
import type { TrackOptions } from "./options.js";
import type { PollHours } from "./report.js";
import { HourStore } from "./store-hour.js";

/**
 * How far back sessions that are over are looked for whose hours are not stored, where nothing tells. A store
 * of usage would have to fail for longer, and the tracker be restarted then, for an hour to be missed.
 */
const LOOK_BACK_MS = 14 * DAY_MS;

export interface SettleOptions {
  readonly sites: readonly string[];
  readonly sessions: WorkspaceStore;
  readonly hours: HourStore;
  /** How the owners of hosts were found. */
  readonly by: string;
  /** What grams count now; `undefined` where the grid does not say. */
  readonly basis: string | undefined;
  /** How long after its end an hour is waited for whose hosts have not all been counted to its end. */
  readonly waitMs: number;
  /** A host is gone when others of its site have been counted for so much longer; else the site may be silent. */
  readonly graceMs: number;
  /** How long after its end an hour stays in the sessions, so that what is late can still be added. */
  readonly keepMs: number;
}

/** What was found and done. */
export interface Settled {
  readonly hours: PollHours;
  readonly warnings: readonly string[];
}

/**
 * Makes rows of the hours in sessions when they are finished. The sessions say of each hour whether it has been
 * stored as it is now; a row is always made of all that they have, so that storing an hour twice is as once.
 */
export class HourSettler {
  readonly #options: SettleOptions;
  /** Hours of sessions that are over, as far as this object has seen them. */
  #ofEnded: readonly SessionHour[] = [];
  #hasLooked = false;

  constructor(options: SettleOptions) {
    this.#options = options;
  }

  /**
   * @param read The sessions that went on, as they were read by this poll.
   * @param changed What this poll made of them, and saved.
   */
  async settle(
    read: readonly WorkspaceSession[],
    changed: readonly WorkspaceSession[],
    now: number,
  ): Promise<Settled> {
    const { sites, sessions, waitMs, keepMs } = this.#options;
    const before = new Map(read.map((session) => [session.id, session]));
    const current = new Map([...read, ...changed].map((session) => [session.id, session]));
    const known = [...current.values()];
    this.#ofEnded = [...this.#ofEnded, ...hoursOf(changed.filter(hasEnded))];
    const hours = [...hoursOf(known), ...this.#ofEnded];
    const isBlank = !this.#hasLooked && hours.length === 0;
    if (!isBlank && dueHours(hours, known, before, { now, waitMs, keepMs }).length === 0) return NO_HOURS;

    for (const site of sites) {
      const past = await sessions.sessions(site, { from: Math.max(0, now - LOOK_BACK_MS), to: now + 1 });
      for (const session of past) if (!current.has(session.id)) current.set(session.id, session);
    }
    const all = [...current.values()].filter(({ hours }) => hours !== undefined);
    this.#hasLooked = true;
    this.#ofEnded = hoursOf(all.filter(hasEnded));
    const outcome = await this.#storeDue(all, before, now);
    const marked = markedSessions(all, outcome.done, (hour) => isOver(hour, now, keepMs));
    const after = new Map([...all, ...marked].map((session) => [session.id, session]));
    if (marked.length > 0) await sessions.save(marked);
    this.#ofEnded = hoursOf([...after.values()].filter(hasEnded));
    return { hours: outcome.hours, warnings: outcome.warnings };
  }

  async #storeDue(
    all: readonly WorkspaceSession[],
    before: ReadonlyMap<string, WorkspaceSession>,
    now: number,
  ): Promise<Settled & { readonly done: ReadonlySet<SessionHour> }> {
    const { hours, by, basis, waitMs, graceMs, keepMs } = this.#options;
    const stored: FinishedHour[] = [];
    const kept: FinishedHour[] = [];
    const warnings: string[] = [];
    const done = new Set<SessionHour>();
    const unstored = hoursOf(all).filter((sessionHour) => !sessionHour.stored);
    const due = dueHours(unstored, all, before, { now, waitMs, keepMs });
    const siteHeard = lastCounts(all, ({ site }) => site);
    const hostHeard = lastCounts(all, ({ instance }) => instance);
    for (const start of due) {
      const hour = finishedHour(start, now);
      const uses = all.flatMap((session): SessionUse[] => {
        const found = session.hours?.find((sessionHour) => sessionHour.hour === start);
        return found === undefined ? [] : [{ session, hour: found }];
      });
      // A session that ended while others were heard is over. If nobody was heard since, its host may have gone on.
      const known = uses.map(({ session, hour }) => {
        const { site, instance, endedAt, countedUntil } = session;
        const isHeardSince =
          (siteHeard.get(site) ?? now) > countedUntil + graceMs ||
          (hostHeard.get(instance) ?? now) > countedUntil;
        return { session, hour: endedAt !== null && isHeardSince ? hour : withRest(hour, session) };
      });
      try {
        const isStored = await hours.store(hour, countedHours(known, by, basis));
        (isStored ? stored : kept).push(hour);
        for (const use of uses) done.add(use.hour);
      } catch (error) {
        // The sessions keep the hour, and the next poll tries again.
        const why = isAdaCarbonError(error) ? error.message : String(error);
        warnings.push(`the hour ${formatInstant(hour)} is not stored yet: ${why}`);
        break;
      }
    }
    if (kept.length > 0) warnings.push(`${kept.length} hours had been measured and stay as they are`);
    return { hours: { stored, kept }, warnings, done };
  }
}

/** What settles hours for a tracker with these options; nothing where they are not wanted. */
export function hourSettler(
  options: TrackOptions,
  sites: readonly string[],
  { waitMs, graceMs, keepMs }: Pick<SettleOptions, "waitMs" | "graceMs" | "keepMs">,
): HourSettler | undefined {
  const { usage, averages, measuredHours = "keep", completeAt = 0.99, fake = false, tenures } = options;
  if (usage === undefined) {
    if (averages === undefined) return undefined;
    throw badInput("averages are made of stored hours; give usage, too");
  }
  const grids = gridsOf(options.intensity);
  const hours = new HourStore({ usage, averages, grids, measuredHours, completeAt, fake });
  const basis = basisOfGrids(grids.sources);
  const by = tenures === undefined ? "labels" : `tenures of ${tenures.id}`;
  return new HourSettler({ sites, sessions: options.store, hours, by, basis, waitMs, graceMs, keepMs });
}

/** Until when hosts were counted, of each site or at each address. UTC milliseconds. */
function lastCounts(
  sessions: readonly WorkspaceSession[],
  keyOf: (session: WorkspaceSession) => string,
): ReadonlyMap<string, number> {
  const last = new Map<string, number>();
  for (const session of sessions) {
    const key = keyOf(session);
    last.set(key, Math.max(last.get(key) ?? 0, session.countedUntil));
  }
  return last;
}

/** An hour of a session that may have gone on in it: what is after the last count is unknown. */
function withRest(sessionHour: SessionHour, { countedUntil }: WorkspaceSession): SessionHour {
  const end = sessionHour.hour + HOUR_MS;
  const { upFrom, busyCpuSeconds, idleCpuSeconds, unknownCpuSeconds } = sessionHour;
  const upMs = sessionHour.upTo - upFrom;
  if (countedUntil >= end || !(upMs > 0)) return sessionHour;
  const cpus = ((busyCpuSeconds + idleCpuSeconds + unknownCpuSeconds) * 1000) / upMs;
  const restCpuSeconds = (cpus * (end - Math.max(countedUntil, sessionHour.hour))) / 1000;
  return { ...sessionHour, upTo: end, unknownCpuSeconds: unknownCpuSeconds + restCpuSeconds };
}

function hoursOf(sessions: readonly WorkspaceSession[]): SessionHour[] {
  return sessions.flatMap(({ hours = [] }) => hours);
}

function hasEnded({ endedAt }: WorkspaceSession): boolean {
  return endedAt !== null;
}

/** Nothing was to be done. */
export const NO_HOURS: Settled = { hours: { stored: [], kept: [] }, warnings: [] };
