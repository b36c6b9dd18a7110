import { basesOfRows, isOfTwoBases } from "../intensity/gram-bases.js";
import { HOUR_MS, hourOf } from "../usage/hour.js";
import type { HostProvenance } from "../usage/provenance.js";
import { cpuSecondsAt, type UsageSeries } from "../usage/series.js";
import { KnownSum } from "../usage/sum.js";

/** Below this part of an hour's CPU-seconds busy, a machine is idle in that hour. */
const IDLE_BELOW = 0.05;

/** A machine that was busy for so long is at work in that hour, whatever it does in the rest of it. */
export const BUSY_SECONDS_OF_WORK: number = (IDLE_BELOW * HOUR_MS) / 1000;

/** An hour older than this says nothing of what a machine does now. */
const STALE_AFTER_MS = 3 * HOUR_MS;

/** What a machine did in an hour, or a part of one. */
export interface UsedTime {
  readonly from: number;
  readonly to: number;
  readonly busyCpuSeconds: number;
  readonly idleCpuSeconds: number;
}

/** Since when a machine idles, and when it last did something; each `null` where that is not known. */
export interface IdleSpell {
  readonly idleSince: number | null;
  readonly lastBusyAt: number | null;
}

/**
 * The spell of idleness that goes on. A time that nobody saw ends it, going back: what was not seen is not taken for
 * idle. Of nothing seen for hours it is not known what goes on now.
 *
 * @param times Ascending.
 */
export function idleSpell(times: readonly UsedTime[], now: number): IdleSpell {
  const known = times.filter((time) => isIdle(time) !== null);
  const lastBusyAt = known.findLast((time) => isIdle(time) === false)?.to ?? null;
  let idleSince: number | null = null;
  let reached = now;
  for (const time of known.toReversed()) {
    const mostGap = idleSince === null ? STALE_AFTER_MS : 0;
    if (isIdle(time) !== true || reached - time.to > mostGap) break;
    idleSince = time.from;
    reached = time.from;
  }
  return { idleSince, lastBusyAt };
}

/** What a machine does now. */
export interface MachineState extends IdleSpell {
  /** `false` if it is at work; `null` where that is not known. */
  readonly isIdle: boolean | null;
}

/**
 * The spell of its stored hours, unless it has been at work in an hour that is not among them. Work counts until the
 * next whole hour is over: so a machine whose use is near the limit does not change from minute to minute.
 *
 * @param workedAt When it was last known to have been busy for {@link BUSY_SECONDS_OF_WORK} of an hour.
 */
export function machineState(spell: IdleSpell, workedAt: number | null, now: number): MachineState {
  if (workedAt !== null && now < hourOf(workedAt) + 2 * HOUR_MS)
    return { isIdle: false, idleSince: null, lastBusyAt: workedAt };
  const { idleSince, lastBusyAt } = spell;
  if (idleSince !== null) return { isIdle: true, idleSince, lastBusyAt };
  const isRecent = lastBusyAt !== null && now - lastBusyAt <= STALE_AFTER_MS;
  return { isIdle: isRecent ? false : null, idleSince, lastBusyAt };
}

/** Whether a machine did next to nothing; `null` where it is not known. */
function isIdle({ busyCpuSeconds, idleCpuSeconds }: UsedTime): boolean | null {
  const all = busyCpuSeconds + idleCpuSeconds;
  return all > 0 ? busyCpuSeconds / all < IDLE_BELOW : null;
}

/** The hours of a series as times. */
export function usedTimes(series: UsageSeries): UsedTime[] {
  return series.hours.map((hour, i) => ({
    from: hour,
    to: hour + HOUR_MS,
    ...cpuSecondsAt(series, i),
  }));
}

/** How a machine is used, over the hours in which it was up and seen; `null` where there are none. */
export interface IdleHabit {
  /** Idle part of its CPU-seconds, 0 to 1. */
  readonly idleShare: number | null;
  /** In 24 hours of being up. */
  readonly idleKwhADay: number | null;
  /** `null` also where the grams of the hours count different things. */
  readonly idleGco2eqADay: number | null;
  readonly cores: number | null;
}

export function idleHabit(series: UsageSeries): IdleHabit {
  const sum = (values: Float64Array): number | null =>
    values.reduce((all, value) => all.add(value), new KnownSum()).value;
  const [busy, idle] = [sum(series.busyCpuSeconds), sum(series.idleCpuSeconds)];
  const counted = (values: Float64Array): number => values.reduce((n, v) => n + (Number.isNaN(v) ? 0 : 1), 0);
  const aDay = (values: Float64Array): number | null => {
    const total = sum(values);
    return total === null ? null : (total / counted(values)) * 24;
  };
  return {
    idleShare: busy === null || idle === null || !(busy + idle > 0) ? null : idle / (busy + idle),
    idleKwhADay: aDay(series.idleKwh),
    idleGco2eqADay: isOfTwoBases(basesOfRows(series, 0, series.hours.length))
      ? null
      : aDay(series.idleGco2eq),
    cores: coresOf(series),
  };
}

/** By the last hour that says how much was expected of the host: whole cores, since kernels are not exact. */
function coresOf({ provenance, hours }: UsageSeries): number | null {
  const last = provenance.findLastIndex(({ host }) => (host?.expectedCpuSeconds ?? 0) > 0);
  const host: HostProvenance | undefined = provenance[last]?.host;
  if (host === undefined) return null;
  const { from, to } = host.up ?? { from: hours[last] ?? 0, to: (hours[last] ?? 0) + HOUR_MS };
  const upSeconds = (Math.min(to, (hours[last] ?? 0) + HOUR_MS) - Math.max(from, hours[last] ?? 0)) / 1000;
  return upSeconds > 0 ? Math.max(1, Math.round(host.expectedCpuSeconds / upSeconds)) : null;
}
