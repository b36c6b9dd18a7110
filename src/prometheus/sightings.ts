import type { Labels, Matrix, VectorEntry } from "./matrix.js";
import type { Sightings } from "./presence.js";
import { PRESENCE_FACTS, type PresenceFact } from "./queries.js";

interface FactRule {
  readonly columns: readonly ("cores" | "scrapes" | "bootFirst" | "bootLast")[];
  /** Seconds to milliseconds, where the fact is a time. */
  readonly scale: number;
  /** One instance may have had several sets of labels in the hour. */
  readonly join: (a: number, b: number) => number;
}

const RULES: Record<PresenceFact, FactRule> = {
  cores: { columns: ["cores"], scale: 1, join: Math.max },
  scrapes: { columns: ["scrapes"], scale: 1, join: (a, b) => a + b },
  // Taken for the only one of the hour until a closer look.
  boot: { columns: ["bootFirst", "bootLast"], scale: 1000, join: Math.max },
};

/** What each instance was seen doing in the hours that the replies to the presence queries are about. */
export function readSightings(
  presence: Readonly<Record<PresenceFact, Matrix>>,
  instanceOf: (series: Labels) => string,
): Map<string, Sightings> {
  const count = presence.scrapes.grid.count;
  const all = new Map<string, Sightings>();
  const sightingsOf = (instance: string): Sightings => {
    const known = all.get(instance);
    if (known !== undefined) return known;
    const seen = {
      ...emptyColumns(count),
      seenBefore: false,
      seenAfter: false,
      bootAfter: Number.NaN,
    };
    all.set(instance, seen);
    return seen;
  };
  // Written out: this sees a number for every hour of every host.
  for (const fact of PRESENCE_FACTS) {
    const { series, values } = presence[fact];
    const { columns, scale, join } = RULES[fact];
    series.forEach((labels, s) => {
      const seen = sightingsOf(instanceOf(labels));
      for (const name of columns) {
        const column = seen[name];
        for (let t = 0; t < count; t++) {
          const value = (values[s * count + t] as number) * scale;
          const before = column[t] as number;
          if (!Number.isNaN(value)) column[t] = Number.isNaN(before) ? value : join(before, value);
        }
      }
    });
  }
  return all;
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
