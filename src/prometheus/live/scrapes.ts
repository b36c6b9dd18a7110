import type { CpuScrape, HostCounters } from "./counters.js";
import { type HostLoad, LARGEST_DEVIATION, SCRAPE_SECONDS, shareOf, toleranceSeconds } from "./load.js";

/** Why a host's counters do not say what it is doing. */
export type Unmeasured =
  /** There are no two scrapes yet. */
  | "too few scrapes"
  /** No counter moved. */
  | "standing still"
  /** Between no two scrapes did any CPU gain what the time between them allows. */
  | "impossible";

interface LookBack {
  /** Scrapes before that are not looked at, UTC milliseconds. */
  readonly since: number;
  /** When the host booted, if that is known: all counters were 0 then. */
  readonly bootedAt: number | null;
}

/** From the boot of a kernel until all of its CPUs count. */
const STARTUP_SECONDS = 5;
/** How much one CPU may gain more or less than the time from one scrape to the next, as a part of it. */
const USUAL_DEVIATION = 0.02;
/** What the arithmetic of a server may round away from a counter that stands still. */
const ROUNDING_SECONDS = 1e-6;

/**
 * The load of a host by the counters of each CPU, from one scrape to the next. What a CPU gained in between counts
 * where no counter fell and their sum is the time that passed. So a scrape that said something impossible leaves the
 * others to say what was used, and so does a CPU. Only where there is no such step at all, those count that are a
 * little off. Since a boot, the counters themselves are what was used.
 */
export function loadOfCounters(counters: HostCounters, { since, bootedAt }: LookBack): HostLoad | Unmeasured {
  const hasBooted = bootedAt !== null && bootedAt >= since;
  const cpus = [...counters.values()].map((all) => {
    if (hasBooted) return sinceBoot(all, bootedAt);
    return all.filter(({ time }) => time >= since);
  });
  const lastTime = Math.max(...cpus.map((scrapes) => scrapes.at(-1)?.time ?? Number.NEGATIVE_INFINITY));
  const sums = { exact: { idle: 0, total: 0 }, rough: { idle: 0, total: 0 } };
  let [cores, stepCount] = [0, 0];
  for (const scrapes of cpus) {
    const steps = stepsOf(scrapes, hasBooted);
    stepCount += steps.length;
    for (const { quality, idle, total } of steps) {
      if (quality === "impossible") continue;
      sums[quality].idle += idle;
      sums[quality].total += total;
    }
    // A CPU that went offline has no later scrapes, or counters that stand still in them.
    if (steps.at(-1)?.moves === true && scrapes.at(-1)?.time === lastTime) cores += 1;
  }
  if (stepCount === 0) return "too few scrapes";
  if (cores === 0) return "standing still";
  const { idle, total } = sums.exact.total > 0 ? sums.exact : sums.rough;
  return total > 0 ? { cores, idleFraction: shareOf(idle / total) } : "impossible";
}

/** The scrapes since a boot, and before them the boot itself. */
function sinceBoot(all: readonly CpuScrape[], bootedAt: number): CpuScrape[] {
  const after = all.filter(({ time }) => time > bootedAt);
  const [first] = after;
  if (first === undefined) return [];
  return [{ time: bootedAt, modes: new Map([...first.modes.keys()].map((mode) => [mode, 0])) }, ...after];
}

/** What one CPU gained from one scrape to the next. */
interface Step {
  /** Whether any counter said something else than before. */
  readonly moves: boolean;
  /** Whether a CPU can have gained that in the time; `rough` if it is a little off. */
  readonly quality: "exact" | "rough" | "impossible";
  /** CPU-seconds. */
  readonly idle: number;
  readonly total: number;
}

function stepsOf(scrapes: readonly CpuScrape[], beginsWithBoot: boolean): Step[] {
  return scrapes.flatMap((after, i) => {
    const before = scrapes[i - 1];
    return before === undefined ? [] : [stepOf(before, after, beginsWithBoot && i === 1)];
  });
}

function stepOf(before: CpuScrape, after: CpuScrape, isFirstSinceBoot: boolean): Step {
  const gains = [...after.modes].map(([mode, value]) => value - (before.modes.get(mode) ?? Number.NaN));
  const total = gains.reduce((sum, gain) => sum + gain, 0);
  // NaN, of a mode that was not there before or said nothing, is not at least anything.
  const neverFell = (by: number): boolean =>
    before.modes.size === after.modes.size && gains.every((gain) => gain >= -by);
  const seconds = (after.time - before.time) / 1000;
  const isNear = (deviation: number): boolean => {
    const tolerance = toleranceSeconds(seconds, deviation);
    return (
      total <= seconds + tolerance && total >= seconds - tolerance - (isFirstSinceBoot ? STARTUP_SECONDS : 0)
    );
  };
  const isExact = neverFell(ROUNDING_SECONDS) && isNear(USUAL_DEVIATION);
  const isRough = neverFell(SCRAPE_SECONDS) && isNear(LARGEST_DEVIATION);
  return {
    moves: gains.some((gain) => Math.abs(gain) > ROUNDING_SECONDS || Number.isNaN(gain)),
    quality: isExact ? "exact" : isRough ? "rough" : "impossible",
    idle: (after.modes.get("idle") ?? 0) - (before.modes.get("idle") ?? 0),
    total,
  };
}
