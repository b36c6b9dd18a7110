import { leastCertain } from "../intensity/joined-intensity.js";
import { SESSION_HOUR_QUANTITIES } from "../stores/assert-session.js";
import type { SessionHour, SessionIntensity, WorkspaceSession } from "../stores/workspace-store.js";
import { HOUR_MS, hourOf, type Interval } from "../usage/hour.js";
import { namesTogether } from "../usage/names-together.js";
import { recordOf } from "../usage/record-of.js";

/** What polls count of energy and carbon, of sessions and of their hours. */
export const COUNTED_ENERGY = ["busyKwh", "idleKwh", "busyGco2eq", "idleGco2eq", "kwhWithoutCarbon"] as const;
export type CountedEnergy = Pick<SessionHour, (typeof COUNTED_ENERGY)[number]>;

/** What a poll adds to a session, and when that was. */
export interface HourlyCount {
  readonly cores: number;
  readonly idleFraction: number;
  readonly counted: Interval;
  /** Energy of the whole time `counted`. */
  readonly energy: CountedEnergy;
  readonly unknown: readonly Interval[];
  /** `id` of the power model. */
  readonly model: string;
  readonly intensity: SessionIntensity | null;
  /** The first hour that may still begin: what is of an earlier one, and is not there, is too late for it. */
  readonly firstHour: number;
}

/**
 * The hours of a session with what a poll counted, split at the hours by time. Energy whose hour is closed goes
 * to the first open one, so that none is lost; unknown time of such an hour is left out.
 */
export function withCount(
  hours: readonly SessionHour[] | undefined,
  count: HourlyCount,
): readonly SessionHour[] {
  const byHour = new Map((hours ?? []).map((sessionHour) => [sessionHour.hour, sessionHour]));
  const entry = (hour: number, from: number, to: number): SessionHour => {
    const before = byHour.get(hour) ?? emptyHour(hour, from, to, count.model);
    const [upFrom, upTo] = [Math.min(before.upFrom, from), Math.max(before.upTo, to)];
    return { ...before, upFrom, upTo, model: namesTogether(before.model, count.model), stored: false };
  };
  for (const stretch of count.unknown) {
    for (const { hour, from, to } of byHours(stretch)) {
      if (!byHour.has(hour) && hour < count.firstHour) continue;
      const now = entry(hour, from, to);
      const unknownCpuSeconds = now.unknownCpuSeconds + ((to - from) / 1000) * count.cores;
      byHour.set(hour, { ...now, unknownCpuSeconds });
    }
  }
  const wholeMs = count.counted.to - count.counted.from;
  for (const { hour, from, to } of byHours(count.counted)) {
    const isOpen = byHour.has(hour) || hour >= count.firstHour;
    const now = isOpen ? entry(hour, from, to) : entry(count.firstHour, count.firstHour, count.firstHour);
    byHour.set(now.hour, plus(now, count, (to - from) / 1000, (to - from) / wholeMs));
  }
  return [...byHour.values()].sort((a, b) => a.hour - b.hour);
}

function plus(sessionHour: SessionHour, count: HourlyCount, seconds: number, share: number): SessionHour {
  const { cores, idleFraction, energy, intensity } = count;
  // Spelled out, since this is done for every host of every poll.
  return {
    ...sessionHour,
    busyCpuSeconds: sessionHour.busyCpuSeconds + cores * seconds * (1 - idleFraction),
    idleCpuSeconds: sessionHour.idleCpuSeconds + cores * seconds * idleFraction,
    busyKwh: sessionHour.busyKwh + energy.busyKwh * share,
    idleKwh: sessionHour.idleKwh + energy.idleKwh * share,
    busyGco2eq: sessionHour.busyGco2eq + energy.busyGco2eq * share,
    idleGco2eq: sessionHour.idleGco2eq + energy.idleGco2eq * share,
    kwhWithoutCarbon: sessionHour.kwhWithoutCarbon + energy.kwhWithoutCarbon * share,
    intensity: leastCertain(sessionHour.intensity, intensity),
  };
}

/** The parts of a stretch of time, one an hour. */
function* byHours({ from, to }: Interval): Generator<Interval & { readonly hour: number }> {
  for (let start = from; start < to; ) {
    const hour = hourOf(start);
    const end = Math.min(to, hour + HOUR_MS);
    yield { hour, from: start, to: end };
    start = end;
  }
}

/** An hour with nothing in it. */
function emptyHour(hour: number, upFrom: number, upTo: number, model: string): SessionHour {
  const nothing = recordOf(SESSION_HOUR_QUANTITIES, () => 0);
  return { hour, ...nothing, intensity: null, upFrom, upTo, model, stored: false };
}

/** The same hours with nothing in them, to be stored again: another session has their time. */
export function emptiedHours(hours: readonly SessionHour[]): SessionHour[] {
  return hours.map(({ hour, upFrom, model }) => emptyHour(hour, upFrom, upFrom, model));
}

/** The session with these hours; without the member where there are none. */
export function withHours(
  session: WorkspaceSession,
  hours: readonly SessionHour[] | undefined,
): WorkspaceSession {
  if (hours !== undefined && hours.length > 0) return { ...session, hours };
  const { hours: _, ...without } = session;
  return without;
}
