import { DAY_MS, HOUR_MS } from "../usage/hour.js";
import { at } from "../usage/series.js";
import type { PrometheusCallOptions, PrometheusClient } from "./client.js";
import { instanceOf, namesOfFew } from "./hosts.js";
import type { Labels, VectorEntry } from "./matrix.js";
import type { Sightings } from "./presence.js";
import { type HostSelection, sightingQuery } from "./queries.js";
import type { PrometheusReply } from "./reply.js";
import { addSightings } from "./sightings.js";

/** How far beyond the chunk to look for hosts that were only out of sight. */
const SIGHT_MS = DAY_MS;

/** A chunk of hours, and until when there is anything to be seen; UTC milliseconds. */
export interface Surroundings {
  readonly from: number;
  readonly to: number;
  readonly now: number;
}

/** Who was seen in the hour after a chunk: nearly everybody, of whom nothing more needs to be known. */
export function lookAhead(
  client: PrometheusClient,
  selection: HostSelection,
  { to, now }: Surroundings,
  call: PrometheusCallOptions,
): Promise<PrometheusReply<VectorEntry[]>> {
  const until = Math.min(Math.max(to + 1000, now), to + HOUR_MS);
  return client.instant(sightingQuery(selection, Math.floor((until - to) / 1000)), until, call);
}

/**
 * Completes `sightings` with what was seen in the hour after, and in the day before and after of those who were out of
 * sight at that end: a host that is only not scraped for a while is seen on both sides of it.
 */
export async function lookAround(
  client: PrometheusClient,
  selection: HostSelection,
  { from, to, now }: Surroundings,
  sightings: ReadonlyMap<string, Sightings>,
  ahead: readonly VectorEntry[],
  call: PrometheusCallOptions,
): Promise<{ warnings: readonly string[] }> {
  const nameOf = (series: Labels): string => instanceOf(series, selection.labels);
  addSightings(sightings, "after", ahead, nameOf);
  const until = Math.min(now, to + SIGHT_MS);
  const unseen = (is: (seen: Sightings) => boolean): string[] =>
    [...sightings].flatMap(([instance, seen]) => (is(seen) ? [instance] : []));
  const look = async (
    when: "before" | "after",
    instances: readonly string[],
    time: number,
    spanMs: number,
  ): Promise<readonly string[]> => {
    if (instances.length === 0) return [];
    const query = sightingQuery(selection, Math.floor(spanMs / 1000), namesOfFew(instances));
    const { data, warnings } = await client.instant(query, time, call);
    addSightings(sightings, when, data, nameOf);
    return warnings;
  };
  // A boot time in the first hour says more than having been seen before it.
  const unknownBefore = unseen(
    ({ cores, bootFirst }) => !(at(cores, 0) > 0) || Number.isNaN(at(bootFirst, 0)),
  );
  const unknownAfter = until > to + HOUR_MS ? unseen(({ seenAfter }) => !seenAfter) : [];
  const warnings = await Promise.all([
    look("before", unknownBefore, from, SIGHT_MS),
    look("after", unknownAfter, until, until - to),
  ]);
  return { warnings: warnings.flat() };
}
