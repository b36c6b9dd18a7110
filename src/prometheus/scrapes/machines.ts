import { HOUR_MS } from "../../usage/hour.js";
import { CPU_TIME_ERROR, isSameBoot, SAME_BOOT_MS } from "../../usage/physical.js";
import { remembered } from "../../usage/remembered.js";
import { bootsBetweenScrapes, LOOK_AHEAD_MS, SLACK_SECONDS, SLACK_SHARE } from "./boots.js";
import type { CounterLayout, Scrape } from "./counters.js";

/** All scrapes of one target, ascending. */
export interface TargetScrapes {
  /** The number of its row of hosts. */
  readonly row: number;
  readonly scrapes: readonly Scrape[];
}

/** Scrapes of one machine, ascending, united from all its targets. */
export interface Machine {
  readonly rows: readonly number[];
  readonly scrapes: readonly Scrape[];
  readonly boots: Float64Array;
  /** Rows that were scraped at the same times: one machine under two names. */
  readonly doubledRows: readonly number[];
}

/**
 * Tells the machines apart that share an instance label. Two targets are one machine if their counters go on in each
 * other (replicas of a server, one machine under two names, a change of labels); two machines otherwise.
 */
export function machinesOf(targets: readonly TargetScrapes[], layout: CounterLayout): Machine[] {
  const groups: TargetScrapes[][] = [];
  const byStart = [...targets].filter(({ scrapes }) => scrapes.length > 0);
  byStart.sort((a, b) => (a.scrapes[0]?.time ?? 0) - (b.scrapes[0]?.time ?? 0) || a.row - b.row);
  for (const target of byStart) {
    const group = groups.find((members) => isOfMachine(members, target, layout));
    if (group === undefined) groups.push([target]);
    else group.push(target);
  }
  return groups.map((members) => unite(members, layout));
}

/** Whether a target goes on where a machine's latest target ended, or agrees with those scraped at the same time. */
function isOfMachine(
  members: readonly TargetScrapes[],
  target: TargetScrapes,
  layout: CounterLayout,
): boolean {
  const endOf = ({ scrapes }: TargetScrapes): number => scrapes.at(-1)?.time ?? 0;
  const start = target.scrapes[0]?.time ?? 0;
  const together = members.filter((member) => endOf(member) >= start);
  const latest = members.reduce((a, b) => (endOf(b) > endOf(a) ? b : a));
  return (together.length > 0 ? together : [latest]).every((member) => isOneMachine(member, target, layout));
}

/** Counters of one machine at one time differ by no more than this, seconds: kernels count in hundredths. */
const EQUAL_SECONDS = 0.05;
/** Fewer scrapes that agree may be chance. */
const LEAST_COMPARED = 3;
/** Scrapes of one machine may be bad for minutes; of two, hardly any agree. */
const AGREEING_SHARE = 0.75;

/** Scrapes of a machine by which it is compared with others, and how their counters are laid out. */
export interface LaidOutScrapes {
  readonly layout: CounterLayout;
  readonly scrapes: readonly Scrape[];
}

/** What a machine is compared by: its scrapes without those that may be bad. */
export function comparableScrapes(scrapes: readonly Scrape[], layout: CounterLayout): LaidOutScrapes {
  return { layout, scrapes: soundScrapes(scrapes, layout) };
}

/** Whether all counters of two instances agree at nearly every scrape: then they are one machine. */
export function countTheSame(a: LaidOutScrapes, b: LaidOutScrapes): boolean {
  return countsAmidst(a, b) && countsAmidst(b, a);
}

/** Whether what an instance counted lies between what another had counted before and had counted after. */
export function countsAmidst(some: LaidOutScrapes, others: LaidOutScrapes): boolean {
  return agreeing(laidOutAs(others.layout, some), others.scrapes);
}

/** Whether an instance begins after another one ended, with every counter where those of that must have come to by then. */
export function countsOn(ended: LaidOutScrapes, begun: LaidOutScrapes): boolean {
  const [last, first] = [ended.scrapes.at(-1), laidOutAs(ended.layout, begun)[0]];
  if (last === undefined || first === undefined || !(first.time > last.time)) return false;
  const seconds = ((first.time - last.time) / 1000) * ended.layout.cpus.length;
  return (
    !hasFallenBetween(last, first) &&
    Math.abs(gained(last, first) - seconds) <= CPU_TIME_ERROR * seconds + SLACK_SECONDS
  );
}

/**
 * Scrapes without those beside which counters do not go on as they do: one of the two is bad, and which of them is not
 * looked for. All of them, where that is each.
 */
function soundScrapes(scrapes: readonly Scrape[], layout: CounterLayout): readonly Scrape[] {
  const isOdd = scrapes.map((scrape, i) => {
    const before = scrapes[i - 1];
    if (before === undefined || isOtherBoot(before, scrape)) return false;
    const most = ((scrape.time - before.time) / 1000) * layout.cpus.length * SLACK_SHARE + SLACK_SECONDS;
    return hasFallenBetween(before, scrape) || gained(before, scrape) > most;
  });
  const sound = scrapes.filter(
    ({ counters }, i) => !isOdd[i] && !isOdd[i + 1] && !counters.every((value) => Number.isNaN(value)),
  );
  return sound.length > 0 ? sound : scrapes;
}

/** Whether both say when their machine booted, and it is not the same time. */
function isOtherBoot({ bootTime }: Scrape, after: Scrape): boolean {
  return Math.abs(after.bootTime - bootTime) > SAME_BOOT_MS;
}

function hasFallenBetween({ counters: before }: Scrape, { counters: after }: Scrape): boolean {
  return after.some((value, i) => value < (before[i] as number) - EQUAL_SECONDS);
}

/** Scrapes with their counters in the order of another layout; none, if that has other counters. */
function laidOutAs(layout: CounterLayout, { layout: own, scrapes }: LaidOutScrapes): readonly Scrape[] {
  if (own.length !== layout.length || own.cpus.length !== layout.cpus.length) return [];
  const isSame = (names: readonly string[], others: readonly string[]): boolean =>
    names.every((name, i) => name === others[i]);
  if (isSame(own.cpus, layout.cpus) && isSame(own.modes, layout.modes)) return scrapes;
  return scrapes.map((scrape) => ({ ...scrape, counters: reordered(scrape.counters, own, layout) }));
}

/** Counters laid out as another layout has them. */
function reordered(counters: Float64Array, from: CounterLayout, to: CounterLayout): Float64Array {
  const values = new Float64Array(to.length);
  for (const cpu of to.cpus)
    for (const mode of to.modes)
      values[to.positionOf(cpu, mode)] = counters[from.positionOf(cpu, mode)] as number;
  return values;
}

/**
 * Whether enough scrapes lie between others, and nearly all fit there: most of those between two of the others, and so
 * between most such two. Between two that are far apart, or of two boots, those of other machines may fit as well.
 */
function agreeing(some: readonly Scrape[], others: readonly Scrape[]): boolean {
  const fits = new Map<number, boolean[]>();
  let compared = 0;
  for (const scrape of some) {
    const next = firstAtOrAfter(others, scrape.time);
    const [before, after] = [others[next - 1], others[next]];
    if (before === undefined || after === undefined || isOtherBoot(before, after)) continue;
    compared++;
    remembered(fits, next, () => []).push(fitsBetween(before, scrape, after, EQUAL_SECONDS));
  }
  const isMost = (verdicts: readonly boolean[]): boolean =>
    verdicts.filter((fit) => fit).length >= AGREEING_SHARE * verdicts.length;
  return (
    compared > 0 &&
    compared >= Math.min(LEAST_COMPARED, some.length) &&
    isMost([...fits.values()].map(isMost))
  );
}

/** An address is given to another machine no sooner than this, as far as it is told apart by other labels. */
const SAME_ADDRESS_MS = 2 * HOUR_MS;

function isOneMachine(earlier: TargetScrapes, later: TargetScrapes, layout: CounterLayout): boolean {
  const [first, last] = [earlier.scrapes[0], earlier.scrapes.at(-1)];
  const [start, end] = [later.scrapes[0], later.scrapes.at(-1)];
  if (first === undefined || last === undefined || start === undefined || end === undefined) return true;
  if (start.time > last.time) {
    if (isSameBoot(last.bootTime, start.bootTime)) return goOnAfter(earlier.scrapes, later.scrapes);
    // It booted. After a short silence it is the same machine, also with other labels; later its address may be another's.
    const bootTime = Number.isNaN(start.bootTime) ? start.time : start.bootTime;
    return earlier.row === later.row || bootTime - last.time <= SAME_ADDRESS_MS;
  }
  // Both were scraped for a while at the same time: what one says must lie between what the other says.
  const [some, others] = [later, earlier].map(({ scrapes }) => soundScrapes(scrapes, layout));
  return some !== undefined && others !== undefined && goesOnIn(some, others) && goesOnIn(others, some);
}

/**
 * Whether counters go on from the end of some scrapes to the beginning of others. The last or the first one may be bad:
 * then the others within {@link LOOK_AHEAD_MS} of it tell.
 */
function goOnAfter(earlier: readonly Scrape[], later: readonly Scrape[]): boolean {
  const [last, first] = [earlier.at(-1), later[0]];
  if (last === undefined || first === undefined) return false;
  return (
    goesOnFrom(last, first) ||
    later.some((after) => after.time - first.time <= LOOK_AHEAD_MS && goesOnFrom(last, after)) ||
    earlier.some((before) => last.time - before.time <= LOOK_AHEAD_MS && goesOnFrom(before, first))
  );
}

/** Whether the counters of a scrape, or most of them where some were set, are no less than those of one before it. */
function goesOnFrom(before: Scrape, after: Scrape): boolean {
  if (gained(before, after) >= -SLACK_SECONDS) return true;
  const gains = after.counters.map((value, i) => value - (before.counters[i] as number));
  const fallen = gains.filter((seconds) => seconds < -SLACK_SECONDS).length;
  return 2 * fallen < gains.filter((seconds) => !Number.isNaN(seconds)).length;
}

/** Compared scrapes: enough to be sure, few enough to be quick. */
const COMPARED = 20;

/** Whether most counters of `some` lie between those of the scrapes of `others` around them, where there are any. */
function goesOnIn(some: readonly Scrape[], others: readonly Scrape[]): boolean {
  const stride = Math.max(1, Math.floor(some.length / COMPARED));
  let compared = 0;
  let fitting = 0;
  for (let i = 0, k = 0; i < some.length; i += stride) {
    const scrape = some[i] as Scrape;
    while (k + 1 < others.length && (others[k + 1] as Scrape).time <= scrape.time) k++;
    const [before, after] = [others[k] as Scrape, others[k + 1] ?? (others[k] as Scrape)];
    if (before.time > scrape.time || after.time < scrape.time) continue;
    compared++;
    if (fitsBetween(before, scrape, after, SLACK_SECONDS)) fitting++;
  }
  return compared === 0 || fitting * 2 > compared;
}

function fitsBetween(before: Scrape, scrape: Scrape, after: Scrape, slackSeconds: number): boolean {
  const boots = [before.bootTime, after.bootTime, scrape.bootTime];
  const known = boots.filter((boot) => !Number.isNaN(boot));
  if (
    known.length === 3 &&
    !isSameBoot(boots[0] as number, boots[2] as number) &&
    !isSameBoot(boots[1] as number, boots[2] as number)
  )
    return false;
  let there = 0;
  for (let i = 0; i < scrape.counters.length; i++) {
    const [a, b, c] = [
      before.counters[i] as number,
      scrape.counters[i] as number,
      after.counters[i] as number,
    ];
    if (Number.isNaN(a) || Number.isNaN(b) || Number.isNaN(c)) continue;
    there++;
    if (a <= c && (b < a - slackSeconds || b > c + slackSeconds)) return false;
  }
  return there > 0;
}

function unite(targets: readonly TargetScrapes[], layout: CounterLayout): Machine {
  const [only, ...more] = targets;
  const rows = [...new Set(targets.map(({ row }) => row))];
  if (only !== undefined && more.length === 0)
    return { rows, scrapes: only.scrapes, boots: bootsBetweenScrapes(only.scrapes, layout), doubledRows: [] };
  const doubled = doubledRows(targets);
  const counted = Math.min(...rows.filter((row) => !doubled.includes(row)));
  const scrapes = targets
    .flatMap(({ row, scrapes: own }) =>
      doubled.includes(row) ? own.map((scrape) => ({ ...scrape, row: counted })) : own,
    )
    .sort((a, b) => a.time - b.time || a.row - b.row)
    .filter(({ time }, i, all) => all[i - 1]?.time !== time);
  return { rows, scrapes, boots: bootsBetweenScrapes(scrapes, layout), doubledRows: doubled };
}

/** Rows that were scraped while another one was: the machine is counted under the first of them. */
function doubledRows(targets: readonly TargetScrapes[]): number[] {
  const rows = [...Map.groupBy(targets, ({ row }) => row)].sort(([a], [b]) => a - b);
  const spacings = new Map(targets.map((target) => [target, spacingOf(target.scrapes)]));
  return rows.flatMap(([row, own], i) => {
    const earlier = rows.slice(0, i).flatMap(([, others]) => others);
    const times = own.flatMap(({ scrapes }) => scrapes.map(({ time }) => time));
    const amidst = times.filter((time) =>
      earlier.some((other) => isAmidst(other.scrapes, time, spacings.get(other) ?? Number.NaN)),
    );
    return amidst.length * 2 > times.length ? [row] : [];
  });
}

/** Whether there are scrapes shortly before and shortly after a time, as there are while a target is scraped. */
function isAmidst(scrapes: readonly Scrape[], time: number, spacingMs: number): boolean {
  const next = firstAtOrAfter(scrapes, time);
  const [before, after] = [scrapes[next - 1], scrapes[next]];
  if (after?.time === time) return true;
  return before !== undefined && after !== undefined && after.time - before.time <= 1.5 * spacingMs;
}

export function lastScrapeAt({ scrapes }: Machine): number {
  return scrapes.at(-1)?.time ?? Number.NaN;
}

/** The index of the first scrape at or after a time. */
export function firstAtOrAfter(scrapes: readonly Scrape[], time: number): number {
  let [low, high] = [0, scrapes.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((scrapes[middle] as Scrape).time < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The usual time between two scrapes, milliseconds; NaN where there are no two. */
export function spacingOf(scrapes: readonly Scrape[]): number {
  return medianOf(spacingsOf(scrapes));
}

function spacingsOf(scrapes: readonly Scrape[]): number[] {
  return scrapes.slice(1).map(({ time }, i) => time - (scrapes[i] as Scrape).time);
}

function medianOf(numbers: number[]): number {
  return numbers.sort((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN;
}

/** So many scrapes before and after one say how far apart they are there. */
const SCRAPES_AROUND = 5;

/**
 * The usual time between two scrapes around one of them: how often a machine is scraped may change. The time before
 * that scrape itself is none of them, if there are any others.
 */
export function spacingAround(scrapes: readonly Scrape[], i: number): number {
  const [before, after] = [
    scrapes.slice(Math.max(0, i - SCRAPES_AROUND), i),
    scrapes.slice(i, i + SCRAPES_AROUND),
  ];
  const spacings = [...spacingsOf(before), ...spacingsOf(after)];
  return medianOf(spacings.length > 0 ? spacings : spacingsOf(scrapes));
}

/** What the counters that both scrapes have gained from one to the other, CPU-seconds. */
function gained({ counters: before }: Scrape, { counters: after }: Scrape): number {
  return after.reduce((sum, value, i) => sum + (value - (before[i] as number) || 0), 0);
}
