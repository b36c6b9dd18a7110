import type { ModeUse } from "../../usage/modes.js";
import { CPU_TIME_ERROR } from "../../usage/physical.js";
import { LOOK_AHEAD_MS, SLACK_SECONDS, SLACK_SHARE } from "./boots.js";
import type { CounterLayout, Scrape } from "./counters.js";

/** What one CPU did between two scrapes, or from a boot to the scrape after it. CPU-seconds. */
export interface Gain {
  /** UTC milliseconds. */
  readonly from: number;
  readonly to: number;
  /** The row that it was scraped under at its start and at its end. */
  readonly rowFrom: number;
  readonly rowTo: number;
  readonly busyCpuSeconds: number;
  readonly idleCpuSeconds: number;
  /** Of modes that count as neither. */
  readonly ignoredCpuSeconds: number;
  /** Whether no counter says how the time was used: it was divided as in the scrapes around it. */
  readonly isEstimated: boolean;
}

/** Counters of one CPU that did not go on as counters do, and what was done about it. */
export interface Oddity {
  readonly cpu: string;
  readonly modes: readonly string[];
  /** UTC milliseconds. */
  readonly time: number;
  /** The largest fall (negative) or jump of one of them, seconds. */
  readonly seconds: number;
  /** `left out`: that scrape was not used. `filled`: the time left by the other modes was taken. */
  readonly treatment: "left out" | "filled";
}

/** A CPU, or some of its modes, that scrapes no longer have: between these two it was taken away. */
export interface Loss {
  /** The last scrape that had it, and the first that had not; UTC milliseconds. */
  readonly from: number;
  readonly to: number;
  readonly row: number;
  readonly of: "all modes" | "some modes";
}

/** The scrapes of one machine, ascending, and when it booted between one and the next (NaN: it did not). */
interface MachineScrapes {
  readonly layout: CounterLayout;
  readonly scrapes: readonly Scrape[];
  readonly boots: Float64Array;
  /** From when on the counters of the first scrape count, if they began shortly before it; else NaN. UTC milliseconds. */
  readonly bornAt: number;
}

/**
 * Walks through the scrapes of one CPU and says what it gained from one to the next.
 *
 * A counter never falls but at a boot. Where one does, a later scrape that goes on from before shows that the scrape was
 * bad, and it is left out. Where none does, the counter was set: what it gained just then is the wall time that the
 * other modes leave, and if all were set, the wall time divided as in the scrapes around it.
 */
export function walkCpu(
  machine: MachineScrapes,
  cpu: number,
  uses: readonly ModeUse[],
  onGain: (gain: Gain) => void,
  onOddity: (oddity: Oddity) => void,
  onLoss: (loss: Loss) => void,
): void {
  const { layout, scrapes, boots, bornAt } = machine;
  const modes = layout.modes.length;
  const ofCpu = scrapes.map((scrape): Scrape => {
    return { ...scrape, counters: scrape.counters.subarray(cpu * modes, (cpu + 1) * modes) };
  });
  let previous: Scrape | undefined;
  /** The last scrape that said the same as `previous`: a CPU that is offline stands still. */
  let still: Scrape | undefined;
  /** The first and the last scrape after `previous` that did not have this CPU. */
  let absent: Absence | undefined;
  /** When the machine booted last, at a scrape that did not have this CPU; else NaN. */
  let bootedAt = Number.NaN;
  const tellLoss = (): void => {
    if (previous === undefined || absent === undefined) return;
    onLoss({ from: previous.time, to: absent.from.time, row: previous.row, of: "all modes" });
  };
  for (const [i, said] of ofCpu.entries()) {
    let scrape = said;
    if (countModes(scrape) === 0) {
      // A boot is a boot for every CPU, also for one that is not there at once.
      if (!Number.isNaN(boots[i] as number)) {
        tellLoss();
        previous = undefined;
        bootedAt = boots[i] as number;
      }
      if (previous !== undefined) absent = { from: absent?.from ?? scrape, to: scrape };
      continue;
    }
    const away = absent;
    absent = undefined;
    const bootTime = previous === undefined ? (boots[i] as number) : latestBoot(boots, ofCpu, previous, i);
    if (previous === undefined || !Number.isNaN(bootTime)) {
      const startsAt = Number.isNaN(bootTime) ? startOf(ofCpu, i, bornAt, bootedAt) : bootTime;
      bootedAt = Number.NaN;
      if (!Number.isNaN(startsAt)) onGain(sinceStart(scrape, startsAt, uses));
      previous = scrape;
      still = scrape;
      continue;
    }
    const isLacking = isIncomplete(scrape, previous);
    const complete = isLacking ? completeAgain(ofCpu, i, boots, previous) : undefined;
    if (isLacking && complete === undefined)
      onLoss({ from: previous.time, to: scrape.time, row: scrape.row, of: "some modes" });
    if (complete !== undefined) {
      const mended = mendedScrape(previous, scrape, complete, missingModes(scrape));
      if (mended === undefined) {
        absent = away;
        continue;
      }
      ofCpu[i] = mended;
      scrape = mended;
    }
    const stood: Scrape = still ?? previous;
    const sinceStill = differencesOf(stood, scrape);
    if (sinceStill.total === 0 && sinceStill.odd.length === 0) {
      still = scrape;
      continue;
    }
    const from = sinceStill.odd.length === 0 ? stood : previous;
    const gained = from === stood ? sinceStill : differencesOf(previous, scrape);
    if (gained.odd.length === 0) {
      for (const gain of aroundAbsence(gainOf(from, scrape, gained.byMode, uses, false), away, gained.total))
        onGain(gain);
      previous = scrape;
      still = scrape;
      continue;
    }
    const oddity = {
      cpu: layout.cpus[cpu] ?? "",
      modes: gained.odd.map((mode) => layout.modes[mode] ?? ""),
      time: scrape.time,
      seconds: gained.worst,
    };
    const goesOn = goesOnAfterBad(ofCpu, i, boots, stood);
    if (goesOn !== undefined) {
      onOddity({ ...oddity, treatment: "left out" });
      const mended = mendedScrape(stood, scrape, goesOn, gained.odd);
      if (mended === undefined) {
        absent = away;
        continue;
      }
      ofCpu[i] = mended;
      onGain(gainOf(stood, mended, differencesOf(stood, mended).byMode, uses, false));
      previous = mended;
      still = mended;
      continue;
    }
    onOddity({ ...oddity, treatment: "filled" });
    const tickedMs = away === undefined ? scrape.time - stood.time : timeAround(away, stood, scrape) / 2;
    const filled = withoutOdd(gained, ratesAfter(ofCpu, i), tickedMs);
    const gain = gainOf(stood, scrape, filled, uses, gained.total === 0);
    for (const part of aroundAbsence(gain, away, tickedMs / 1000)) onGain(part);
    previous = scrape;
    still = scrape;
  }
  tellLoss();
}

/** Whether a scrape lacks modes that the one before had. */
function isIncomplete(scrape: Scrape, before: Scrape): boolean {
  return countModes(scrape) < countModes(before);
}

/** The next scrape that has all modes again that `before` has. If none does, the exporter no longer has them. */
function completeAgain(
  scrapes: readonly Scrape[],
  i: number,
  boots: Float64Array,
  before: Scrape,
): Scrape | undefined {
  for (let k = i + 1; k < scrapes.length && Number.isNaN(boots[k] as number); k++) {
    const after = scrapes[k];
    if (after === undefined || after.time - before.time > LOOK_AHEAD_MS) return undefined;
    if (!isIncomplete(after, before)) return after;
  }
  return undefined;
}

function missingModes({ counters }: Scrape): number[] {
  return [...counters.keys()].filter((mode) => Number.isNaN(counters[mode] as number));
}

/**
 * A scrape of which some modes are wrong or missing, with what these were by the scrapes before and after it: the others
 * say how work lay. `undefined`, where all together then are not the time that has passed.
 */
function mendedScrape(
  before: Scrape,
  scrape: Scrape,
  after: Scrape,
  modes: readonly number[],
): Scrape | undefined {
  const share = (scrape.time - before.time) / (after.time - before.time);
  const counters = scrape.counters.slice();
  for (const mode of modes) {
    const [from, to] = [before.counters[mode] as number, after.counters[mode] as number];
    counters[mode] = from + (to - from) * share;
  }
  const mended = { ...scrape, counters };
  const most = MENDED_SECONDS + (CPU_TIME_ERROR / 2) * ((scrape.time - before.time) / 1000);
  return offWallTime(before, mended) <= most ? mended : undefined;
}

/** The last boot after `previous` and up to the `i`-th scrape; NaN for none. */
function latestBoot(boots: Float64Array, scrapes: readonly Scrape[], previous: Scrape, i: number): number {
  for (let k = i; k > 0 && scrapes[k] !== previous; k--)
    if (!Number.isNaN(boots[k] as number)) return boots[k] as number;
  return Number.NaN;
}

/** From when on the counters of a CPU count that is seen for the first time; NaN where that is not known. */
function startOf(scrapes: readonly Scrape[], i: number, bornAt: number, bootedAt: number): number {
  const scrape = scrapes[i];
  if (scrape === undefined) return Number.NaN;
  const sinceScrape = i === 0 ? bornAt : (scrapes[i - 1]?.time ?? Number.NaN);
  const before = Number.isNaN(bootedAt) ? sinceScrape : bootedAt;
  const counted = scrape.counters.reduce((sum, seconds) => sum + (seconds || 0), 0) * 1000;
  // It counted longer than since then: its past is not of this time.
  if (!(counted <= (scrape.time - before) * SLACK_SHARE + SLACK_SECONDS * 1000)) return Number.NaN;
  // It was plugged in, or booted, in between: as long ago as it has counted.
  return i === 0 ? before : Math.max(before, scrape.time - counted);
}

interface Differences {
  readonly byMode: Float64Array;
  /** Of the modes that went on as counters do. */
  readonly total: number;
  /** Modes that fell, or gained more than the time in between. */
  readonly odd: readonly number[];
  readonly worst: number;
}

/** A mended scrape may be so far from the time that has passed, and by half of what kernels lose. */
const MENDED_SECONDS = 0.5;
/** Less than this is how numbers are rounded, not a fall. */
const ROUNDING_SECONDS = 1e-6;

function differencesOf(before: Scrape, after: Scrape): Differences {
  const modes = after.counters.length;
  const byMode = new Float64Array(modes);
  const most = mostSeconds(after.time - before.time);
  const odd: number[] = [];
  let total = 0;
  let worst = 0;
  for (let mode = 0; mode < modes; mode++) {
    const [a, b] = [before.counters[mode] as number, after.counters[mode] as number];
    // A mode that the scrape before did not have has just been added by a new exporter: its past is not of this time.
    if (Number.isNaN(a) || Number.isNaN(b)) continue;
    const gained = b - a;
    if (gained < -ROUNDING_SECONDS || gained > most) {
      odd.push(mode);
      if (Math.abs(gained) > Math.abs(worst)) worst = gained;
      continue;
    }
    byMode[mode] = Math.max(0, gained);
    total += Math.max(0, gained);
  }
  if (total <= most) return { byMode, total, odd, worst };
  // Modes that are possible alone and not together: there is no telling which of them were set.
  const all = [...byMode.keys()];
  return { byMode: new Float64Array(modes), total: 0, odd: all, worst: odd.length > 0 ? worst : total };
}

function mostSeconds(milliseconds: number): number {
  return (milliseconds / 1000) * SLACK_SHARE + SLACK_SECONDS;
}

/**
 * If the `i`-th scrape was bad, the next one that goes on from `before` as if it had not been, and not from the `i`-th. A
 * counter that was set is soon higher again than before it fell, but then it has gone on from there all the while. A CPU
 * that was offline in between has gained less than the time, but what it would have gained since the bad one cannot be.
 */
function goesOnAfterBad(
  scrapes: readonly Scrape[],
  i: number,
  boots: Float64Array,
  before: Scrape,
): Scrape | undefined {
  const bad = scrapes[i];
  for (let k = i + 1; k < scrapes.length; k++) {
    const after = scrapes[k];
    if (bad === undefined || after === undefined || !Number.isNaN(boots[k] as number)) return undefined;
    if (after.time - bad.time > LOOK_AHEAD_MS) return undefined;
    const [sinceBefore, sinceBad] = [offWallTime(before, after), offWallTime(bad, after)];
    if (sinceBefore <= SLACK_SECONDS + (SLACK_SHARE - 1) * ((after.time - before.time) / 1000))
      return sinceBefore < sinceBad ? after : undefined;
    if (sinceBefore < Number.POSITIVE_INFINITY && sinceBad === Number.POSITIVE_INFINITY) return after;
  }
  return undefined;
}

/** How far what a CPU gained is from the time in between, seconds; infinite where counters did not go on as they do. */
function offWallTime(before: Scrape, after: Scrape): number {
  const { odd, total } = differencesOf(before, after);
  return odd.length > 0 ? Number.POSITIVE_INFINITY : Math.abs(total - (after.time - before.time) / 1000);
}

/** How the CPU divides its time among modes after the `i`-th scrape; all zero where that is not known. */
function ratesAfter(scrapes: readonly Scrape[], i: number): Float64Array {
  const [scrape, after] = [scrapes[i], scrapes[i + 1]];
  const before = [scrapes[i - 2], scrapes[i - 1]] as const;
  for (const [from, to] of [[scrape, after] as const, before]) {
    if (from === undefined || to === undefined) continue;
    const { byMode, odd, total } = differencesOf(from, to);
    if (odd.length === 0 && total > 0) return byMode;
  }
  return new Float64Array(scrape?.counters.length ?? 0);
}

/** The wall time that is left by the modes that went on, divided among the others as `rates` say, else equally. */
function withoutOdd(
  { byMode, odd, total }: Differences,
  rates: Float64Array,
  milliseconds: number,
): Float64Array {
  const left = Math.max(0, milliseconds / 1000 - total);
  const weights = odd.map((mode) => rates[mode] ?? 0);
  const sum = weights.reduce((a, b) => a + b, 0);
  const filled = Float64Array.from(byMode);
  odd.forEach((mode, k) => {
    filled[mode] = left * (sum > 0 ? (weights[k] ?? 0) / sum : 1 / odd.length);
  });
  return filled;
}

function gainOf(
  before: Scrape,
  after: Scrape,
  byMode: Float64Array,
  uses: readonly ModeUse[],
  isEstimated: boolean,
): Gain {
  const between = { from: before.time, to: after.time, rowFrom: before.row, rowTo: after.row };
  return { ...between, ...byUse(byMode, uses), isEstimated };
}

function sinceStart(scrape: Scrape, from: number, uses: readonly ModeUse[]): Gain {
  const byMode = scrape.counters.map((value) => (Number.isNaN(value) ? 0 : value));
  const between = { from, to: scrape.time, rowFrom: scrape.row, rowTo: scrape.row };
  return { ...between, ...byUse(byMode, uses), isEstimated: false };
}

/** A time in which a machine was scraped and one of its CPUs was not there. */
interface Absence {
  readonly from: Scrape;
  readonly to: Scrape;
}

/** How long before and after an absence its CPU may have ticked, milliseconds. */
function timeAround(away: Absence, before: Scrape, after: Scrape): number {
  return away.from.time - before.time + after.time - away.to.time;
}

/**
 * A CPU that was away while its machine was scraped ticked before the first of those scrapes and after the last one:
 * half of what it gained is taken for each, unless that is more than it could do in that time.
 */
function aroundAbsence(gain: Gain, away: Absence | undefined, seconds: number): Gain[] {
  if (away === undefined) return [gain];
  const [before, after] = [away.from.time - gain.from, gain.to - away.to.time];
  if (seconds > mostSeconds(before) + mostSeconds(after)) return [gain];
  const half = {
    busyCpuSeconds: gain.busyCpuSeconds / 2,
    idleCpuSeconds: gain.idleCpuSeconds / 2,
    ignoredCpuSeconds: gain.ignoredCpuSeconds / 2,
  };
  return [
    { ...gain, ...half, to: away.from.time, rowTo: gain.rowFrom },
    { ...gain, ...half, from: away.to.time, rowFrom: gain.rowTo },
  ];
}

function byUse(
  byMode: Float64Array,
  uses: readonly ModeUse[],
): Pick<Gain, "busyCpuSeconds" | "idleCpuSeconds" | "ignoredCpuSeconds"> {
  const of = (use: ModeUse): number =>
    byMode.reduce((sum, seconds, mode) => (uses[mode] === use ? sum + seconds : sum), 0);
  return { busyCpuSeconds: of("busy"), idleCpuSeconds: of("idle"), ignoredCpuSeconds: of("ignored") };
}

function countModes({ counters }: Scrape): number {
  let count = 0;
  for (const seconds of counters) if (!Number.isNaN(seconds)) count++;
  return count;
}
