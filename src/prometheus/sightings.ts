import type { Labels, Matrix, VectorEntry } from "./matrix.js";
import type { Sightings } from "./presence.js";
import { PRESENCE_FACTS, type PresenceFact } from "./queries.js";

interface FactRule {
  readonly column: "cores" | "scrapes" | "bootLast";
  /** Seconds to milliseconds, where the fact is a time. */
  readonly scale: number;
  /** One instance may have had several sets of labels in the hour. */
  readonly join: "sum" | "most";
}

const SCRAPES: FactRule = { column: "scrapes", scale: 1, join: "sum" };
const RULES: Record<PresenceFact, FactRule> = {
  cores: { column: "cores", scale: 1, join: "most" },
  // Taken for the only one of the hour until a closer look.
  boot: { column: "bootLast", scale: 1000, join: "most" },
};

/** What each instance was seen doing in the hours that the replies to the presence queries are about. */
export function readSightings(
  presence: Readonly<Record<PresenceFact, Matrix>>,
  instanceOf: (series: Labels) => string,
): Map<string, Sightings> {
  const { grid, series } = presence.cores;
  const nowhere = columnsOfNowhere(grid.count, 2 * series.length);
  const all = new Map<string, Sightings>();
  const sightingsOf = (instance: string): Sightings => {
    const known = all.get(instance);
    if (known !== undefined) return known;
    const boot = nowhere();
    const seen = {
      cores: nowhere(),
      scrapes: UNKNOWN,
      first: UNKNOWN,
      last: UNKNOWN,
      bootFirst: boot,
      bootLast: boot,
      seenBefore: false,
      seenAfter: false,
      bootAfter: Number.NaN,
    };
    all.set(instance, seen);
    return seen;
  };
  for (const fact of PRESENCE_FACTS)
    note(presence[fact], RULES[fact], (labels) => sightingsOf(instanceOf(labels)));
  return all;
}

/** Adds how often instances were scraped in those hours. */
export function addScrapes(
  sightings: ReadonlyMap<string, Sightings>,
  scrapes: Matrix,
  instanceOf: (series: Labels) => string,
): void {
  note(scrapes, SCRAPES, (labels) => sightings.get(instanceOf(labels)));
}

function note(
  { series, values, grid: { count } }: Matrix,
  { column, scale, join }: FactRule,
  sightingsOf: (series: Labels) => Sightings | undefined,
): void {
  series.forEach((labels, s) => {
    const seen = sightingsOf(labels);
    if (seen !== undefined) noteRow(seen[column], values, s * count, scale, join === "sum");
  });
}

// Written out: this sees a number for every hour of every host.
function noteRow(
  column: Float64Array,
  values: Float64Array,
  start: number,
  scale: number,
  isSum: boolean,
): void {
  for (let t = 0; t < column.length; t++) {
    const value = (values[start + t] as number) * scale;
    const before = column[t] as number;
    if (Number.isNaN(before)) column[t] = value;
    else if (!Number.isNaN(value)) column[t] = isSum ? before + value : Math.max(before, value);
  }
}

/** Adds what the reply to a sighting query says of the time before or after those hours. */
export function addSightings(
  sightings: ReadonlyMap<string, Sightings>,
  when: "before" | "after",
  entries: readonly VectorEntry[],
  instanceOf: (series: Labels) => string,
): void {
  for (const { metric, value } of entries) {
    const seen = sightings.get(instanceOf(metric));
    if (seen === undefined) continue;
    if (when === "before") seen.seenBefore = true;
    else {
      seen.seenAfter = true;
      if (metric.fact === "boot" && value !== undefined) seen.bootAfter = Number(value[1]) * 1000;
    }
  }
}

/** Nothing known of any hour. */
const UNKNOWN = new Float64Array(0);

/** Makes room for what a closer look at some hours says: nearly all instances do without. */
export function makeRoom(seen: Sightings): void {
  const count = seen.cores.length;
  if (seen.scrapes.length === count) return;
  const nowhere = columnsOfNowhere(count, 3);
  seen.scrapes = nowhere();
  seen.first = nowhere();
  seen.last = nowhere();
  seen.bootFirst = seen.bootFirst.slice();
}

/** Makes columns in which nothing is known, so many of them out of one piece. */
function columnsOfNowhere(count: number, atOnce: number): () => Float64Array {
  let block = new Float64Array(0);
  let next = 0;
  return () => {
    if (next + count > block.length) {
      block = new Float64Array(count * Math.max(1, atOnce)).fill(Number.NaN);
      next = 0;
    }
    next += count;
    return block.subarray(next - count, next);
  };
}
