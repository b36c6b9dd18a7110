import type { Interval } from "../../usage/hour.js";
import type { HostServer } from "../client/host-server.js";
import type { HostTable } from "../client/hosts.js";
import type { RowPresence } from "../edges/measure-edges.js";
import { machinesOf } from "../scrapes/machines.js";
import { readRawScrapes } from "../scrapes/raw-scrapes.js";
import { type GroupHours, unclearStretches } from "./clean-hours.js";
import { withRenamed } from "./renamed-groups.js";
import type { ScrapedGroup } from "./scraped-group.js";
import { type Beyond, markOutOfSight, rangesOf, seenBeyond, seenOf } from "./unclear-ranges.js";

/** What is known of the hosts of a chunk from its edges. */
export interface ChunkHosts {
  readonly hosts: HostTable;
  readonly presences: readonly RowPresence[];
  readonly groups: readonly GroupHours[];
}

/** Reads the raw samples of the hosts and hours to which something happened. */
export async function readUnclear(
  server: HostServer,
  known: ChunkHosts,
  span: Interval,
  now: number,
): Promise<{ readonly scraped: readonly ScrapedGroup[]; readonly warnings: readonly string[] }> {
  const { hosts, groups } = known;
  const ends = await seenBeyond(server, groups, span, now);
  for (const group of groups) markOutOfSight(group, hosts, ends);
  const unclear = groups.filter((group) => isUnclear(group, hosts, ends));
  const ranges = unclear.flatMap((group) => rangesOf(group, known, span, ends));
  const { scrapesOf, warnings } = await readRawScrapes(server, ranges, hosts);
  const scraped = unclear.map((of) => {
    const own = scrapesOf(of.instances, of.onlyProject);
    return { of, own, machines: machinesOf(own.targets, own.layout) };
  });
  return { scraped: withRenamed(scraped, scrapesOf, span.from), warnings: [...ends.warnings, ...warnings] };
}

function isUnclear(group: GroupHours, hosts: HostTable, ends: Beyond): boolean {
  // Not seen in the chunk at all: it was out of sight all the while, or was born in it and first seen later.
  if (group.last < 0) return seenOf(group, hosts, ends.after).length > 0;
  const isSeenBeyond = [ends.before, ends.after].some((seen) => seenOf(group, hosts, seen).length > 0);
  return unclearStretches(group).length > 0 || (isSeenBeyond && group.isClean.includes(0));
}
