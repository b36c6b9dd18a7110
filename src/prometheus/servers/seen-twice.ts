import { type CpuHours, type Host, isGap } from "../../usage/cpu.js";
import { HOUR_MS } from "../../usage/hour.js";
import type { HoursOfSource } from "./aligned-hours.js";

/** What a source answered about some hours. */
export type AnsweredHours = HoursOfSource<CpuHours>;

export function isAnswered(part: HoursOfSource): part is AnsweredHours {
  return !isGap(part.batch);
}

/** A row of hosts of one source. */
export interface MachineRow {
  readonly of: AnsweredHours;
  readonly row: number;
  readonly host: Host;
}

/** An hour of a machine as one source has it, all labels together. */
export interface Sighting {
  readonly of: AnsweredHours;
  readonly busyCpuSeconds: number;
  readonly observedCpuSeconds: number;
  readonly expectedCpuSeconds: number;
  readonly upFrom: number;
  readonly upTo: number;
}

export function cellOf({ of, row }: MachineRow, t: number): number {
  return row * of.batch.hours.length + of.from + t;
}

/** Who saw a machine in hour `t`, given its rows of all sources. */
export function sightingsOf(rows: readonly MachineRow[], hour: number, t: number): Sighting[] {
  return [...Map.groupBy(rows, ({ of }) => of)].flatMap(([of, own]) => {
    const sum = (column: Float64Array): number =>
      own.reduce((total, row) => total + (column[cellOf(row, t)] || 0), 0);
    const edges = (column: Float64Array): number[] =>
      own.map((row) => column[cellOf(row, t)] ?? Number.NaN).filter((edge) => !Number.isNaN(edge));
    const { batch } = of;
    const sighting: Sighting = {
      of,
      busyCpuSeconds: sum(batch.busyCpuSeconds),
      observedCpuSeconds: sum(batch.observedCpuSeconds),
      expectedCpuSeconds: sum(batch.expectedCpuSeconds),
      upFrom: Math.min(...edges(batch.upFrom), hour + HOUR_MS),
      upTo: Math.max(...edges(batch.upTo), hour),
    };
    return sighting.expectedCpuSeconds > 0 || sighting.observedCpuSeconds > 0 ? [sighting] : [];
  });
}

/** Whose sighting counts: the one that observed most, and those of other times of the hour. */
export function countedSources(sightings: readonly Sighting[]): Set<AnsweredHours> {
  const best = [...sightings].sort(
    (a, b) => b.observedCpuSeconds - a.observedCpuSeconds || b.expectedCpuSeconds - a.expectedCpuSeconds,
  );
  const counted: Sighting[] = [];
  for (const sighting of best) {
    if (counted.every(({ upFrom, upTo }) => sighting.upTo <= upFrom || upTo <= sighting.upFrom))
      counted.push(sighting);
  }
  return new Set(counted.map(({ of }) => of));
}

/** A scrape may be missed where a machine goes from one server to another. */
const MISSED_MS = 90_000;

/**
 * The part of an hour in which a machine was up by what a source says, and for which no source that counts has it: it
 * went from one server to another. `undefined` for none.
 *
 * @param sightings Of the hour, and of the hour after it.
 */
export function unseenTime(
  [sightings, next]: readonly [readonly Sighting[], readonly Sighting[]],
  counted: ReadonlySet<AnsweredHours>,
  hour: number,
): { readonly from: number; readonly to: number; readonly cpuSeconds: number } | undefined {
  const end = hour + HOUR_MS;
  const seen = sightings.filter(({ of }) => counted.has(of));
  const [first] = seen;
  if (first === undefined) return undefined;
  const from = Math.min(...seen.map(({ upFrom }) => upFrom));
  const to = Math.max(...seen.map(({ upTo }) => upTo));
  const wasUpBefore = sightings.some(({ upFrom }) => upFrom <= hour);
  const wasUpAfter =
    sightings.some(({ upTo }) => upTo >= end) ||
    next.some(({ of, upFrom }) => upFrom <= end && !counted.has(of));
  const beforeMs = wasUpBefore && from - hour > MISSED_MS ? from - hour : 0;
  const afterMs = wasUpAfter && end - to > MISSED_MS ? end - to : 0;
  if (beforeMs + afterMs === 0) return undefined;
  const cpus = first.expectedCpuSeconds / (first.upTo - first.upFrom);
  return {
    from: beforeMs > 0 ? hour : from,
    to: afterMs > 0 ? end : to,
    cpuSeconds: cpus * (beforeMs + afterMs),
  };
}

/** Two servers read the same counters at other moments. Of an hour that is less than this share of its CPU time. */
const OTHER_MOMENTS = 0.03;
/** Of an hour of which less was observed, what two sources have is not compared. */
const COMPARED = 0.99;

/** Whether sources agree on a machine, over the hours that several of them saw whole; also where there is none. */
export function agree(hours: readonly (readonly Sighting[])[]): boolean {
  const sums = new Map<AnsweredHours, { busy: number; observed: number }>();
  for (const sightings of hours) {
    const whole = sightings.filter(isWhole);
    if (whole.length < 2) continue;
    for (const { of, busyCpuSeconds, observedCpuSeconds } of whole) {
      const { busy, observed } = sums.get(of) ?? { busy: 0, observed: 0 };
      sums.set(of, { busy: busy + busyCpuSeconds, observed: observed + observedCpuSeconds });
    }
  }
  const [first, ...others] = sums.values();
  if (first === undefined) return true;
  const most = OTHER_MOMENTS * first.observed;
  return others.every(
    ({ busy, observed }) =>
      Math.abs(busy - first.busy) <= most && Math.abs(observed - first.observed) <= most,
  );
}

function isWhole({ observedCpuSeconds, expectedCpuSeconds, upFrom, upTo }: Sighting): boolean {
  return upTo - upFrom >= HOUR_MS && observedCpuSeconds >= COMPARED * expectedCpuSeconds;
}
