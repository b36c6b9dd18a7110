import type { Interval } from "../../usage/hour.js";
import type { HostServer } from "../client/host-server.js";
import type { HostTable } from "../client/hosts.js";
import type { RowPresence } from "../edges/measure-edges.js";
import { LOOK_AHEAD_MS } from "../scrapes/boots.js";
import { lastScrapeAt, machinesOf, spacingOf } from "../scrapes/machines.js";
import { farApart } from "../scrapes/measure-machine.js";
import { oddEnds } from "../scrapes/odd-ends.js";
import { type RawRange, readRawScrapes } from "../scrapes/raw-scrapes.js";
import type { ScrapesOf } from "../scrapes/read-scrapes.js";
import { type GroupHours, unclearStretches } from "./clean-hours.js";
import { type RenamedGroups, withRenamed } from "./renamed-groups.js";
import type { ScrapedGroup } from "./scraped-group.js";
import { type Beyond, markOutOfSight, rangesOf, seenBeyond, seenOf } from "./unclear-ranges.js";

/** What is known of the hosts of a chunk from its edges. */
export interface ChunkHosts {
  readonly hosts: HostTable;
  readonly presences: readonly RowPresence[];
  readonly groups: readonly GroupHours[];
}

interface UnclearScrapes extends Pick<RenamedGroups, "split"> {
  readonly scraped: readonly ScrapedGroup[];
  readonly warnings: readonly string[];
}

/** Reads the raw samples of the hosts and hours to which something happened. */
export async function readUnclear(
  server: HostServer,
  known: ChunkHosts,
  span: Interval,
  now: number,
): Promise<UnclearScrapes> {
  const { hosts, groups } = known;
  const ends = await seenBeyond(server, groups, span, now);
  for (const group of groups) markOutOfSight(group, hosts, ends);
  const unclear = groups.filter((group) => isUnclear(group, ends));
  const ranges = unclear.flatMap((group) => rangesOf(group, known, span, ends));
  const read = await readRawScrapes(server, ranges, hosts);
  const further = unclear.flatMap((group) => furtherRanges(scrapedGroup(group, read.scrapesOf), now));
  const { scrapesOf, warnings } =
    further.length === 0 ? read : await readRawScrapes(server, further, hosts, read.samples);
  const scraped = unclear.map((group) => scrapedGroup(group, scrapesOf));
  const renamed = withRenamed(scraped, scrapesOf, span.from);
  return {
    scraped: renamed.groups,
    split: renamed.split,
    warnings: [...ends.warnings, ...read.warnings, ...warnings],
  };
}

function scrapedGroup(of: GroupHours, scrapesOf: ScrapesOf): ScrapedGroup {
  const own = scrapesOf(of.instances, of.onlyProject);
  return { of, own, machines: machinesOf(own.targets, own.layout) };
}

/**
 * Raw samples before and after those that were read, of machines that had odd counters near the first or the last of
 * them, or that were not seen there while another machine with their name was.
 */
function furtherRanges({ of: { instances }, machines }: ScrapedGroup, now: number): RawRange[] {
  const first = Math.min(...machines.map(({ scrapes: [earliest] }) => earliest?.time ?? Number.NaN));
  const last = Math.max(...machines.map(lastScrapeAt));
  return machines.flatMap((machine) => {
    const { scrapes } = machine;
    const [odd, spacingMs] = [oddEnds(machine), spacingOf(scrapes)];
    const before = odd.before || (scrapes[0]?.time ?? Number.NaN) - first > farApart(spacingMs);
    const after = odd.after || last - lastScrapeAt(machine) > farApart(spacingMs);
    const samples = ((scrapes[0]?.counters.length ?? 0) * LOOK_AHEAD_MS) / (spacingMs || 60_000);
    const until = Math.min(now, last + LOOK_AHEAD_MS);
    return instances.flatMap((instance): RawRange[] => [
      ...(before ? [{ instance, from: first - LOOK_AHEAD_MS, to: first, samples }] : []),
      ...(after && until > last ? [{ instance, from: last, to: until, samples }] : []),
    ]);
  });
}

function isUnclear(group: GroupHours, ends: Beyond): boolean {
  const isSeenBeyond = [ends.before, ends.after].some((seen) => seenOf(group, seen).length > 0);
  // Not seen in the chunk at all: out of sight all the while, or born in it and first seen later, or it ended unheard.
  if (group.last < 0) return isSeenBeyond;
  return unclearStretches(group).length > 0 || (isSeenBeyond && group.isClean.includes(0));
}
