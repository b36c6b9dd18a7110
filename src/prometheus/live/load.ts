/** What a host is doing, as far as its counters tell. */
export interface HostLoad {
  /** CPUs whose counters move. One that is offline has counters that stand still, and uses nothing. */
  readonly cores: number;
  /** Idle CPU time / all CPU time, 0 to 1. */
  readonly idleFraction: number;
}

/** What the counters of all CPUs of a host gained together. */
export interface CpuGain {
  /** CPUs that have counters, whether these move or not. */
  readonly cpus: number;
  /** Seconds from one scrape to the other. */
  readonly spanSeconds: number;
  /** CPU-seconds. */
  readonly busy: number;
  readonly idle: number;
}

/** How much all CPUs together may gain more or less than the time that passed, as a part of it. */
const USUAL_DEVIATION = 0.005;
/** As much is taken for the truth where nothing better can be had. */
export const LARGEST_DEVIATION = 0.1;
/** A scrape reads the counters some time after the moment that it is dated with. */
export const SCRAPE_SECONDS = 0.5;
/** Up to this part of a CPU, several CPUs together may be off and still be known to be so many. */
const PART_OF_CPU = 0.2;

/** How much a CPU may be off in so many seconds. */
export function toleranceSeconds(spanSeconds: number, deviation: number): number {
  return SCRAPE_SECONDS + deviation * spanSeconds;
}

/**
 * The load by what all CPUs gained together. A CPU gains a second a second, by physics. So the sum is that of all
 * CPUs, or that of a whole number of them while the others stand still. Anything else is `undefined`: a counter has
 * fallen, or a CPU came or went, and only the counters one by one tell which.
 */
export function loadOfGain(gain: CpuGain): HostLoad | undefined {
  if (!isGain(gain)) return undefined;
  const { cpus, spanSeconds: span } = gain;
  const total = gain.busy + gain.idle;
  const off = (count: number): number => Math.abs(total - count * span);
  const usual = toleranceSeconds(span, USUAL_DEVIATION);
  if (off(cpus) <= cpus * usual) return loadOf(gain, cpus);
  const ticking = Math.round(total / span);
  if (ticking < 1 || ticking >= cpus) return undefined;
  return off(ticking) <= Math.min(ticking * usual, PART_OF_CPU * span) ? loadOf(gain, ticking) : undefined;
}

/** The load of a host whose counters cannot be looked at one by one, if its sum is not far from what it can be. */
export function roughLoadOfGain(gain: CpuGain): HostLoad | undefined {
  if (!isGain(gain)) return undefined;
  const { cpus, spanSeconds, busy, idle } = gain;
  const off = Math.abs(busy + idle - cpus * spanSeconds);
  return off <= cpus * toleranceSeconds(spanSeconds, LARGEST_DEVIATION) ? loadOf(gain, cpus) : undefined;
}

function loadOf({ busy, idle }: CpuGain, cores: number): HostLoad {
  return { cores, idleFraction: shareOf(idle / (busy + idle)) };
}

/** Whether anything was gained. Nothing is used less than not at all: a small step back is a rounding error. */
function isGain({ busy, idle, cpus, spanSeconds }: CpuGain): boolean {
  if (!(cpus > 0 && spanSeconds > 0 && busy + idle > 0)) return false;
  const rounding = cpus * toleranceSeconds(spanSeconds, 0);
  return busy >= -rounding && idle >= -rounding;
}

/** A share as it can be, 0 to 1: what is a little off was rounded. */
export function shareOf(value: number): number {
  return Math.min(Math.max(value, 0), 1);
}
