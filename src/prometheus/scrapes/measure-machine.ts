import { DAY_MS, formatInstant, HOUR_MS, type Interval } from "../../usage/hour.js";
import type { ModeUse } from "../../usage/modes.js";
import { BinnedUse, type TimeBins } from "./bins.js";
import { countedMs, LOOK_AHEAD_MS, SLACK_SECONDS, SLACK_SHARE, startBefore } from "./boots.js";
import { type CounterLayout, cpuSeconds, type Scrape } from "./counters.js";
import { type Gain, type Oddity, walkCpu } from "./gains.js";
import { type LackingTime, lackingTimes } from "./lacking-time.js";
import { firstAtOrAfter, type Machine, spacingAround, spacingOf } from "./machines.js";

/** Scrapes up to this far apart say how work lay in between; also what Prometheus looks back for a value. */
export const NEAR_SCRAPES_MS = 300_000;
/** A reboot that takes no longer is an ordinary one: in its silence the machine was down. */
export const ORDINARY_REBOOT_MS: number = 15 * 60_000;
/**
 * A silence that ends with a boot may be one of a scraper that lost the machine, as long as it is no longer than this:
 * then nobody knows whether the machine was up. One that is longer, while others were heard, is of one that was off.
 */
export const LOST_MS: number = 6 * HOUR_MS;
/** One scrape may be missed before a boot, as at the beginning and at the end of a machine. */
export const EDGE_SCRAPES = 1.5;
/** So much of an hour may be unseen before the first scrape of all without being said. */
const UNSEEN_START_MS = 90_000;
/** Counters that began within this time before the first scrape are counted from their beginning. */
const BIRTH_MS = DAY_MS;
/** Scrapes this many times as far apart as usual have others missing in between. */
const MISSING_SCRAPES = 2.5;

/** Which parts of a time no host was heard in; UTC milliseconds. */
export type UnheardIn = (from: number, to: number) => readonly Interval[];

/** What happened to a machine, and what was done about it; UTC milliseconds. */
interface Note extends Interval {
  readonly text: string;
}

/** What is known of a machine beside the scrapes that were read. */
export interface Surroundings {
  readonly unheardIn: UnheardIn;
  /** Whether it was scraped before the first of them, too: that one is not its birth. */
  readonly wasScrapedBefore: boolean;
  /** After so long a silence it may have been taken for gone, milliseconds. */
  readonly graceMs: number;
}

/** What one machine used. */
export interface MachineUse {
  readonly use: BinnedUse;
  readonly oddities: readonly Oddity[];
  /** Where CPUs counted less than the time in which they ticked. */
  readonly lacking: readonly LackingTime[];
  /** Bins in which it used more than its CPUs could: 1, else 0. */
  readonly impossible: Uint8Array;
  /** CPUs that ticked, or had counted, of a machine that was scraped only once. */
  readonly cpus: number;
  readonly spacingMs: number;
  readonly notes: readonly Note[];
  /** Until when a scrape may still show that what was said of its counters from `from` on is otherwise. UTC milliseconds. */
  readonly undecided: readonly Interval[];
  /** From when to when it was not scraped and was up, or may have been: what is known of these times has changed. */
  readonly gaps: readonly Interval[];
}

/** From the scrapes of one machine, united, to what each of its rows used in each bin. */
export function measureMachine(
  machine: Machine,
  layout: CounterLayout,
  uses: readonly ModeUse[],
  bins: TimeBins,
  { unheardIn, wasScrapedBefore, graceMs }: Surroundings,
): MachineUse {
  const { scrapes, boots } = machine;
  const use = new BinnedUse(bins);
  const oddities: Oddity[] = [];
  const lacking: LackingTime[] = [];
  const spacingMs = spacingOf(scrapes);
  const isFar = (from: number, to: number): boolean =>
    to - from > NEAR_SCRAPES_MS && to - from > farApart(spacingAround(scrapes, firstAtOrAfter(scrapes, to)));
  const bornAt = wasScrapedBefore ? Number.NaN : birthOf(scrapes[0], layout);
  const isFirstOfAll = isBeginningOfData(bornAt, scrapes[0], unheardIn);
  const gaps = new Map<number, Interval>();
  const notes: Note[] = [];
  const undecided: Interval[] = [];
  let cpus = 0;
  for (let cpu = 0; cpu < layout.cpus.length; cpu++) {
    let ticksFrom = Number.NaN;
    let ticksTo = Number.NaN;
    const nearGains: Gain[] = [];
    walkCpu(
      { layout, scrapes, boots, bornAt },
      cpu,
      uses,
      (gain) => {
        if (gain.busyCpuSeconds + gain.idleCpuSeconds + gain.ignoredCpuSeconds > 0) {
          if (Number.isNaN(ticksFrom)) ticksFrom = gain.from;
          ticksTo = gain.to;
        }
        const { from, to } = gain;
        const isGap = isFar(from, to);
        use.addGain(gain, isGap);
        if (!isGap) nearGains.push(gain);
        if (isGap || to - from > graceMs) gaps.set(to, { from, to });
      },
      (oddity) => {
        oddities.push(oddity);
        if (oddity.treatment === "filled") undecided.push(lookAhead(oddity.time));
      },
      ({ from, to, row, of }) => {
        undecided.push(lookAhead(to));
        if (of === "some modes" || !isFar(from, to)) return;
        use.addUnknown(row, from, to, 1);
        const name = layout.cpus[cpu] ?? "";
        notes.push(silence(from, to, `, and then CPU ${name} was gone: unknown`));
      },
    );
    if (Number.isNaN(ticksFrom)) continue;
    cpus++;
    lacking.push(...lackingTimes(nearGains, layout.cpus[cpu] ?? "", bins));
    notes.push(
      ...pluggedNotes(layout.cpus[cpu] ?? "", { from: ticksFrom, to: ticksTo }, scrapes, farApart(spacingMs)),
    );
  }
  for (const { from, to } of gaps.values())
    if (isFar(from, to)) notes.push(silence(from, to, ": what its counters gained is spread by time"));
  for (const { row, from, to, share } of lacking) use.addUnknown(row, from, to, share);
  if (isFirstOfAll) forgetBefore(use, scrapes[0]?.time ?? Number.NaN, gaps);
  const [first] = scrapes;
  // Of a machine that was scraped only once nothing shows which CPUs tick: those that have counted.
  if (cpus === 0 && first !== undefined)
    cpus = layout.cpus.filter((_, cpu) => cpuSeconds(first.counters, cpu, layout.modes.length) > 0).length;
  if (first !== undefined && !wasScrapedBefore && Number.isNaN(bornAt))
    addUnknownStart(use, first, perhapsUpSince(first, layout), cpus, spacingMs);
  for (let i = 1; i < scrapes.length; i++) {
    const [before, after, boot] = [scrapes[i - 1], scrapes[i], boots[i] as number];
    if (before === undefined || after === undefined || Number.isNaN(boot)) continue;
    // Without boot times only the scrapes after it tell a boot from a bad scrape.
    if (Number.isNaN(after.bootTime)) undecided.push(lookAhead(after.time));
    const nearMs = farApart(spacingAround(scrapes, i));
    const silentMs = boot - before.time;
    // A machine that is not scraped for a while after it booted may have been out of sight before it, too.
    const isSeenAtOnce = after.time - boot <= nearMs;
    const ordinaryMs = isSeenAtOnce
      ? Math.max(ORDINARY_REBOOT_MS, nearMs)
      : EDGE_SCRAPES * spacingAround(scrapes, i);
    if (silentMs <= Math.min(ordinaryMs, NEAR_SCRAPES_MS)) continue;
    const unheard = unheardIn(before.time, boot);
    // In the silence of a reboot others are heard: else it may be one of the source.
    const isOrdinary = silentMs <= ordinaryMs && !unheard.some(({ from, to }) => to - from > NEAR_SCRAPES_MS);
    if (isOrdinary) {
      notes.push(silence(before.time, boot, ", and then it booted: taken as down"));
      continue;
    }
    for (const { from, to } of silentMs <= LOST_MS ? [{ from: before.time, to: boot }] : unheard) {
      use.addUnknown(before.row, from, to, cpus);
      gaps.set(to, { from, to });
      notes.push(silence(from, to, ", and then it booted: unknown"));
    }
  }
  const impossible = impossibleBins(use, cpus);
  return { use, oddities, lacking, impossible, cpus, spacingMs, notes, undecided, gaps: [...gaps.values()] };
}

/** Later scrapes are looked at for so long to tell what is bad for a while from what is so from then on. */
function lookAhead(from: number): Interval {
  return { from, to: from + LOOK_AHEAD_MS };
}

/** A time without a scrape, and what is made of it. */
function silence(from: number, to: number, outcome: string): Note {
  return { from, to, text: `from ${formatInstant(from)} to ${formatInstant(to)} without a scrape${outcome}` };
}

/** CPUs that do not tick for as long as their machine is scraped were plugged in or taken out. */
function pluggedNotes(cpu: string, ticks: Interval, scrapes: readonly Scrape[], nearMs: number): Note[] {
  const [first, last] = [scrapes[0]?.time ?? ticks.from, scrapes.at(-1)?.time ?? ticks.to];
  const notes: Note[] = [];
  if (ticks.from > first + nearMs)
    notes.push({
      from: ticks.from,
      to: ticks.from + 1,
      text: `CPU ${cpu} ticks from ${formatInstant(ticks.from)} on`,
    });
  if (ticks.to < last - nearMs)
    notes.push({
      from: ticks.to - 1,
      to: ticks.to,
      text: `CPU ${cpu} ticks until ${formatInstant(ticks.to)}`,
    });
  return notes;
}

/** How far apart scrapes must be to say nothing of how work lay in between. */
export function farApart(spacingMs: number): number {
  return Number.isNaN(spacingMs) ? NEAR_SCRAPES_MS : Math.max(NEAR_SCRAPES_MS, MISSING_SCRAPES * spacingMs);
}

/** From when on the counters of the first scrape count; NaN where they are of a time that is not known. */
export function birthOf(first: Scrape | undefined, layout: CounterLayout): number {
  if (first === undefined || !(first.time - upSince(first, layout) <= BIRTH_MS)) return Number.NaN;
  if (Number.isNaN(first.bootTime)) return upSince(first, layout);
  const start = startBefore(first, layout);
  const upMs = first.time - first.bootTime;
  // Counters that hold far more or far less than the time since then did not begin with this boot.
  const offMs = (SLACK_SHARE - 1) * upMs + SLACK_SECONDS * 1000;
  const holdsAll = upMs - countedMs(first, layout) <= 2 * offMs;
  return first.bootTime - start <= offMs && holdsAll ? Math.min(start, first.time) : Number.NaN;
}

/** Since when a machine is up for certain: since its boot, or for as long as its CPUs have counted if it does not say. */
function upSince(first: Scrape, layout: CounterLayout): number {
  return Number.isNaN(first.bootTime) ? first.time - countedMs(first, layout) : first.bootTime;
}

/** How wrong the clock of a machine may be. */
const WRONG_CLOCK_MS = HOUR_MS;

/**
 * Since when a machine may be up: earlier than it says, if its counters hold a little more time than that. If they hold
 * far more, they are not its own: a container shows those of its host.
 */
function perhapsUpSince(first: Scrape, layout: CounterLayout): number {
  const since = upSince(first, layout);
  const countedSince = first.time - countedMs(first, layout);
  return since - countedSince <= WRONG_CLOCK_MS ? Math.min(since, countedSince) : since;
}

/** Machines that are scraped for the first time within this time of each other began to be watched together. */
const BEGINNING_MS = 2 * NEAR_SCRAPES_MS;

/** The time before a machine's first scrape in which others are heard, if it is not the beginning of all data. */
export function beforeBirth(bornAt: number, first: Scrape): Interval {
  return { from: bornAt - BIRTH_MS, to: first.time };
}

/** Whether nobody was heard for long before a machine's first scrape: then all that is known begins there. */
function isBeginningOfData(bornAt: number, first: Scrape | undefined, unheardIn: UnheardIn): boolean {
  if (first === undefined || !(first.time - bornAt > BEGINNING_MS)) return false;
  const { from, to } = beforeBirth(bornAt, first);
  const unheardMs = unheardIn(from, to).reduce((sum, unheard) => sum + unheard.to - unheard.from, 0);
  return unheardMs >= to - from - BEGINNING_MS;
}

/** Hours before the one in which data begin are of nobody: other machines' use of them is not known. */
function forgetBefore(use: BinnedUse, time: number, gaps: Map<number, Interval>): void {
  const { from, stepMs, count } = use.bins;
  const end = Math.min(count, Math.max(0, Math.floor((time - from) / stepMs)));
  for (const [, row] of use.rows) {
    for (const column of [row.busy, row.idle, row.upFrom, row.upTo]) column.fill(Number.NaN, 0, end);
    for (const column of [row.observed, row.spread, row.expected]) column.fill(0, 0, end);
  }
  gaps.delete(time);
}

/** A machine that was up long before its first scrape was up in that hour before it, too. */
function addUnknownStart(
  use: BinnedUse,
  first: Scrape,
  upSince: number,
  cpus: number,
  spacingMs: number,
): void {
  const { from, stepMs } = use.bins;
  const start = Math.max(from + Math.floor((first.time - from) / stepMs) * stepMs, upSince);
  // One scrape may be missed at the beginning as at the end, unless it is one of few.
  if (first.time - start <= farApartAtEdge(spacingMs)) return;
  use.addUnknown(first.row, start, first.time, cpus);
}

function farApartAtEdge(spacingMs: number): number {
  return Number.isNaN(spacingMs) ? 0 : Math.min(EDGE_SCRAPES * spacingMs, UNSEEN_START_MS);
}

/** The physical bound: no machine uses more than its CPUs times the time. */
function impossibleBins(use: BinnedUse, cpus: number): Uint8Array {
  const { count, stepMs } = use.bins;
  const total = new Float64Array(count);
  for (const [, { observed, spread }] of use.rows)
    for (let bin = 0; bin < count; bin++)
      total[bin] = (total[bin] as number) + (observed[bin] as number) + (spread[bin] as number);
  const most = ((cpus * stepMs) / 1000) * SLACK_SHARE;
  return Uint8Array.from(total, (seconds) => Number(seconds > most));
}
