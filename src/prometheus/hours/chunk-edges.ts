import type { FinishedHour } from "../../usage/hour.js";
import type { ModePolicy } from "../../usage/modes.js";
import type { HostServer } from "../client/host-server.js";
import { HostTable, namesOfFew } from "../client/hosts.js";
import { type CountedScrape, lastScrapeQuery } from "../client/queries.js";
import { hourEdges } from "../client/step-grid.js";
import { type CountedReply, fetchCounted, fetchPresence } from "../edges/edge-replies.js";
import { type EdgeUse, type RowEdges, useBetweenEdges, usualClockError } from "../edges/edge-use.js";
import { EdgeMeasurement, type RowPresence, rowPresences } from "../edges/measure-edges.js";

/** What to ask for and how. */
export interface ChunkRequest {
  readonly hours: readonly FinishedHour[];
  readonly modes: ModePolicy;
  /** How many requests ask for the busy counters, which are most of the work: a server works on each with one core. */
  readonly busyRequests: number;
  /** UTC milliseconds: nothing later has been scraped. */
  readonly now: number;
  /** How much later others must be heard for a silent host to be gone, milliseconds. */
  readonly graceMs: number;
}

/** What is known of the hosts of a chunk, row by row, from the edges of its hours. */
export interface ChunkEdges {
  readonly hosts: HostTable;
  readonly presences: readonly RowPresence[];
  readonly edges: readonly (RowEdges | undefined)[];
  readonly uses: readonly (EdgeUse | undefined)[];
  /** How far from whole CPUs the clocks of these hosts usually are, as a share. */
  readonly clockError: number;
  /** Whether a row had any counter before an edge. */
  readonly hasCounted: (row: number, edge: number) => boolean;
  /** What had been counted at the last scrape before each edge, as it was answered. */
  readonly counted: readonly CountedReply[];
  /** What the answers take in memory. */
  readonly columnBytes: number;
  readonly warnings: readonly string[];
}

/** Asks what was counted at the edges of the hours: once more where hosts are scraped twice. */
export async function readEdges(server: HostServer, request: ChunkRequest): Promise<ChunkEdges> {
  const { hours } = request;
  const once = { ...request, laterByMs: 0, scrape: "only" } as const;
  const [presence, ifOnce] = await Promise.all([
    fetchPresence(server, hours),
    fetchCounted(server, hours, once),
  ]);
  const hosts = new HostTable(server.selection.labels);
  const scraped = rowPresences(presence, hours, hosts);
  const isReplicated = scraped.some(({ hasSeveralTargets }) => hasSeveralTargets);
  const [before, after] = await Promise.all([
    isReplicated ? fetchCounted(server, hours, { ...once, scrape: "later" }) : ifOnce,
    fetchAfter(server, { ...request, scrape: isReplicated ? "earlier" : "only" }, scraped),
  ]);
  const measurement = new EdgeMeasurement(hosts, hours, before.counted, after.counted);
  // The table may have grown by rows of which nothing says when they were scraped.
  const hasGrown = hosts.hosts.length > scraped.length;
  const presences = hasGrown ? rowPresences(presence, hours, hosts) : scraped;
  const irregular = await readIrregularTimes(server, request, measurement, hosts, presences);

  const edges = measurement.edgesOf(presences);
  const knownEdges = edges.filter((row) => row !== undefined);
  const clockError = usualClockError(knownEdges, hours.length);
  const grid = hourEdges(hours);
  const counted = [...before.counted, ...[...after.counted.values()].flat()];
  const answers = [presence.scrapes, ...presence.facts, ...counted.flatMap(({ matrices }) => matrices)];
  return {
    hosts,
    presences,
    edges,
    uses: edges.map((row) => row && useBetweenEdges(row, grid, clockError)),
    clockError,
    hasCounted: (row, edge) => measurement.hasCounted(row, edge),
    counted: before.counted,
    columnBytes: answers.reduce((sum, { values }) => sum + values.byteLength, 0),
    warnings: [...presence.warnings, ...before.warnings, ...after.warnings, ...irregular],
  };
}

/** At most so many times between scrapes are told apart; hosts with others are measured by their raw samples. */
const MOST_SPACINGS = 3;
/** Servers look back five minutes for a value: with scrapes farther apart there may be none at an edge. */
const LOOKBACK_MS = 300_000;

/** What had been counted at the scrape after each edge, by the usual time between two scrapes. */
async function fetchAfter(
  server: HostServer,
  request: ChunkRequest & { readonly scrape: CountedScrape },
  presences: readonly { readonly spacingMs: number }[],
): Promise<{ counted: Map<number, readonly CountedReply[]>; warnings: readonly string[] }> {
  const hostsBySpacing = new Map<number, number>();
  for (const { spacingMs } of presences)
    hostsBySpacing.set(spacingMs, (hostsBySpacing.get(spacingMs) ?? 0) + 1);
  const spacings = [...hostsBySpacing]
    .filter(([spacingMs]) => spacingMs <= LOOKBACK_MS)
    .sort(([, a], [, b]) => b - a)
    .slice(0, MOST_SPACINGS)
    .map(([spacingMs]) => spacingMs);
  const replies = await Promise.all(
    spacings.map(async (laterByMs) => {
      const reply = await fetchCounted(server, request.hours, { ...request, laterByMs });
      return { laterByMs, reply };
    }),
  );
  return {
    counted: new Map(replies.map(({ laterByMs, reply }) => [laterByMs, reply.counted])),
    warnings: replies.flatMap(({ reply }) => reply.warnings),
  };
}

/** Hosts that are not scraped at the same second of every hour are asked at every edge. */
async function readIrregularTimes(
  { client, selection, call }: HostServer,
  { hours }: ChunkRequest,
  measurement: EdgeMeasurement,
  hosts: HostTable,
  presences: readonly RowPresence[],
): Promise<readonly string[]> {
  const instances = measurement.unscheduled(presences);
  if (instances.length === 0) return [];
  const grid = hourEdges(hours);
  const { data, warnings } = await client.range(
    lastScrapeQuery(selection, namesOfFew(instances)),
    grid,
    call,
  );
  data.series.forEach((labels, s) => {
    const seconds = data.values.subarray(s * grid.count, (s + 1) * grid.count);
    measurement.scrapedAt.set(
      hosts.add(labels),
      seconds.map((time) => Math.round(time * 1000)),
    );
  });
  return warnings;
}
