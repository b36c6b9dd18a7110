import { BUSY_SECONDS_OF_WORK } from "../reports/idle-spell.js";
import type { ActiveOptions, WorkspaceSession, WorkspaceStore } from "../stores/workspace-store.js";
import { HOUR_MS, hourOf, type Interval } from "../usage/hour.js";

/** What a workspace took lately. */
export interface RecentPower {
  readonly busyWatts: number;
  readonly idleWatts: number;
  /** Idle part of its time, 0 to 1. */
  readonly idleFraction: number;
  /** The time that this is the mean of. */
  readonly over: Interval;
}

/** What is kept of a workspace's measurements. */
interface Measurements {
  readonly last: WorkspaceSession;
  readonly before: WorkspaceSession | undefined;
  readonly firstOfHour: WorkspaceSession;
  readonly workedAt: number | null;
}

/** Measurements further apart say nothing of now. */
const MOST_APART_MS = 15 * 60_000;
/** A site that was asked about is looked at so often, for an hour after it was asked for last. */
const LOOK_EVERY_MS = 30_000;
const LOOK_FOR_MS = HOUR_MS;

/**
 * The watts of workspaces, from their sums at two measurements: what was added between them, by the time between them. It
 * sees every list of active workspaces that anybody reads, and what the tracker of the same process measures; keeps the
 * last two measurements of each that is still there, and the first of the hour; and looks by itself while somebody is
 * interested.
 */
export class RecentUse {
  readonly #sites = new Map<string, Map<string, Measurements>>();
  readonly #wantedAt = new Map<string, number>();
  readonly #signal: AbortSignal | undefined;

  constructor(signal: AbortSignal | undefined) {
    this.#signal = signal;
  }

  /** The store, watched. */
  watching(store: WorkspaceStore): WorkspaceStore {
    const active = async (site: string, options?: ActiveOptions): Promise<WorkspaceSession[]> => {
      const sessions = await store.active(site, options);
      this.note(site, sessions, options?.users === undefined);
      return sessions;
    };
    return {
      active,
      save: (sessions, options) => store.save(sessions, options),
      end: (ids, at, options) => store.end(ids, at, options),
      sessions: (site, interval, options) => store.sessions(site, interval, options),
      totals: (site, interval, options) => store.totals(site, interval, options),
      removeEnded: (...call) => store.removeEnded(...call),
      forgetUser: (...call) => store.forgetUser(...call),
      forgottenAmong: (...call) => store.forgottenAmong(...call),
      close: () => store.close(),
    };
  }

  /** @param isAll Whether workspaces that are not among them are gone. */
  note(site: string, sessions: readonly WorkspaceSession[], isAll = true): void {
    const known = this.#sites.get(site);
    const next = isAll ? new Map<string, Measurements>() : (known ?? new Map<string, Measurements>());
    for (const session of sessions) {
      const kept = known?.get(session.id);
      // A list that was read before the last measurement may arrive after it.
      const isNew = kept === undefined || session.countedUntil > kept.last.countedUntil;
      next.set(session.id, isNew ? measuredAgain(kept, session) : kept);
    }
    this.#sites.set(site, next);
  }

  /** Looks at the site for a while, so that whoever asks next is told. What fails is the next asker's to see. */
  keepLooking(site: string, store: WorkspaceStore): void {
    const isLooking = this.#wantedAt.has(site);
    this.#wantedAt.set(site, performance.now());
    if (isLooking || this.#signal?.aborted === true) return;
    const stop = (): void => {
      clearInterval(timer);
      this.#wantedAt.delete(site);
    };
    const look = (): void => {
      const idleFor = performance.now() - (this.#wantedAt.get(site) ?? 0);
      if (idleFor > LOOK_FOR_MS) stop();
      else store.active(site, { signal: this.#signal }).catch(() => undefined);
    };
    const timer = setInterval(look, LOOK_EVERY_MS);
    // In Node a timer would keep the process alive.
    const handle: unknown = timer;
    if (typeof handle === "object" && handle !== null && "unref" in handle) timer.unref();
    this.#signal?.addEventListener("abort", stop, { once: true });
  }

  /** `null` where there are no two measurements, or the last is too old to be of now. */
  of(session: WorkspaceSession, now: number): RecentPower | null {
    if (now - session.countedUntil > MOST_APART_MS) return null;
    const { last, before } = this.#sites.get(session.site)?.get(session.id) ?? {};
    return (last && before && between(before, last)) ?? ofHour(session);
  }

  /** When a workspace was last seen at work in an hour that is none of an idle machine; `null` if it was not. */
  workedAt({ site, id }: WorkspaceSession): number | null {
    return this.#sites.get(site)?.get(id)?.workedAt ?? null;
  }
}

function measuredAgain(kept: Measurements | undefined, last: WorkspaceSession): Measurements {
  const isOfHour = hourOf(kept?.firstOfHour.countedUntil ?? 0) === hourOf(last.countedUntil);
  const firstOfHour = isOfHour && kept !== undefined ? kept.firstOfHour : last;
  const isAtWork = last.runtimeSeconds - firstOfHour.runtimeSeconds >= BUSY_SECONDS_OF_WORK;
  const workedAt = isAtWork ? last.countedUntil : (kept?.workedAt ?? null);
  return { last, before: kept?.last, firstOfHour, workedAt };
}

function between(before: WorkspaceSession, last: WorkspaceSession): RecentPower | undefined {
  const over = { from: before.countedUntil, to: last.countedUntil };
  const seconds = (over.to - over.from) / 1000 - (last.unknownSeconds - before.unknownSeconds);
  if (!(seconds > 0) || over.to - over.from > MOST_APART_MS) return undefined;
  const watts = (name: "busyKwh" | "idleKwh"): number =>
    Math.max(0, ((last[name] - before[name]) * 3_600_000) / seconds);
  const busySeconds = last.runtimeSeconds - before.runtimeSeconds;
  return {
    busyWatts: watts("busyKwh"),
    idleWatts: watts("idleKwh"),
    idleFraction: Math.min(1, Math.max(0, 1 - busySeconds / seconds)),
    over,
  };
}

/** A session that has just been seen for the first time may say what it took in the hour that goes on. */
function ofHour({ hours = [], countedUntil }: WorkspaceSession): RecentPower | null {
  const hour = hours.findLast(
    (sessionHour) => sessionHour.hour <= countedUntil && countedUntil <= sessionHour.hour + HOUR_MS,
  );
  const cores = hour === undefined ? null : coresOf(hour);
  if (hour === undefined || cores === null) return null;
  const counted = hour.busyCpuSeconds + hour.idleCpuSeconds;
  if (!(counted > 0)) return null;
  const countedHours = counted / cores / 3600;
  return {
    busyWatts: (hour.busyKwh * 1000) / countedHours,
    idleWatts: (hour.idleKwh * 1000) / countedHours,
    idleFraction: hour.idleCpuSeconds / counted,
    over: { from: hour.upFrom, to: countedUntil },
  };
}

/** Cores by a session's own hours; `null` where it has none. */
export function coresOfSession({ hours = [] }: WorkspaceSession): number | null {
  const last = hours.at(-1);
  return last === undefined ? null : coresOf(last);
}

function coresOf(hour: NonNullable<WorkspaceSession["hours"]>[number]): number | null {
  const seconds = (hour.upTo - hour.upFrom) / 1000;
  const all = hour.busyCpuSeconds + hour.idleCpuSeconds + hour.unknownCpuSeconds;
  return seconds > 0 && all > 0 ? Math.max(1, Math.round(all / seconds)) : null;
}
