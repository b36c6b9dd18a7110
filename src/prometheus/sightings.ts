import { at } from "../usage/series.js";
import type { Labels, Matrix, VectorEntry } from "./matrix.js";
import type { Sightings } from "./presence.js";
import type { PresenceFact } from "./queries.js";

interface FactRule {
  readonly column: "cores" | "scrapes" | "first" | "last" | "bootFirst" | "bootLast";
  /** Seconds to milliseconds, where the fact is a time. */
  readonly scale: number;
  /** One instance may have had several sets of labels in the hour. */
  readonly join: (a: number, b: number) => number;
}

const RULES: Record<PresenceFact, FactRule> = {
  cores: { column: "cores", scale: 1, join: Math.max },
  scrapes: { column: "scrapes", scale: 1, join: (a, b) => a + b },
  first: { column: "first", scale: 1000, join: Math.min },
  last: { column: "last", scale: 1000, join: Math.max },
  boot_first: { column: "bootFirst", scale: 1000, join: Math.min },
  boot_last: { column: "bootLast", scale: 1000, join: Math.max },
};

/** What each instance was seen doing, from the replies to the presence query and the two sighting queries. */
export function readSightings(
  presence: Matrix,
  before: readonly VectorEntry[],
  after: readonly VectorEntry[],
  instanceOf: (series: Labels) => string,
): Map<string, Sightings> {
  const count = presence.grid.count;
  const seenBefore = sightedOnce(before, instanceOf);
  const seenAfter = sightedOnce(after, instanceOf);
  const all = new Map<string, Sightings>();
  presence.series.forEach((series, s) => {
    const rule = isFact(series.fact) ? RULES[series.fact] : undefined;
    if (rule === undefined) return;
    const instance = instanceOf(series);
    let seen = all.get(instance);
    if (seen === undefined) {
      const bootAfter = seenAfter.get(instance)?.get("boot") ?? Number.NaN;
      seen = {
        ...emptyColumns(count),
        seenBefore: seenBefore.has(instance),
        seenAfter: seenAfter.has(instance),
        bootAfter,
      };
      all.set(instance, seen);
    }
    const column = seen[rule.column];
    for (let t = 0; t < count; t++) {
      const value = at(presence.values, s * count + t) * rule.scale;
      if (!Number.isNaN(value))
        column[t] = Number.isNaN(at(column, t)) ? value : rule.join(at(column, t), value);
    }
  });
  return all;
}

function isFact(name: string | undefined): name is PresenceFact {
  return name !== undefined && Object.hasOwn(RULES, name);
}

/** By instance and fact; boot times in milliseconds. */
function sightedOnce(
  entries: readonly VectorEntry[],
  instanceOf: (series: Labels) => string,
): Map<string, Map<string, number>> {
  const sighted = new Map<string, Map<string, number>>();
  for (const { metric, value } of entries) {
    const facts = sighted.get(instanceOf(metric)) ?? new Map<string, number>();
    if (value !== undefined) facts.set(metric.fact ?? "", Number(value[1]) * 1000);
    sighted.set(instanceOf(metric), facts);
  }
  return sighted;
}

function emptyColumns(count: number): Omit<Sightings, "seenBefore" | "seenAfter" | "bootAfter"> {
  const column = (): Float64Array => new Float64Array(count).fill(Number.NaN);
  return {
    cores: column(),
    scrapes: column(),
    first: column(),
    last: column(),
    bootFirst: column(),
    bootLast: column(),
  };
}
