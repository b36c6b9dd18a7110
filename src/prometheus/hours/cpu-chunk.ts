import type { CpuHours, Finding } from "../../usage/cpu.js";
import { type FinishedHour, HOUR_MS } from "../../usage/hour.js";
import type { FetchedChunk } from "../chunks/hours-in-order.js";
import type { PrometheusClient } from "../client/client.js";
import type { HostServer } from "../client/host-server.js";
import { HostTable, namesOfFew } from "../client/hosts.js";
import { type CountedScrape, type HostSelection, lastScrapeQuery } from "../client/queries.js";
import { hourEdges } from "../client/step-grid.js";
import { type CountedReply, fetchCounted, fetchPresence } from "../edges/edge-replies.js";
import {
  type EdgeUse,
  type RowEdges,
  unitedEdges,
  useBetweenEdges,
  usualClockError,
} from "../edges/edge-use.js";
import { EdgeMeasurement, rowPresences } from "../edges/measure-edges.js";
import type { ChunkRequest } from "./chunk-request.js";
import { type GroupHours, groupHours } from "./clean-hours.js";
import { describeDoubles, describeOddReplies } from "./findings.js";
import { HourColumns } from "./hour-columns.js";
import { machineGroups } from "./machine-groups.js";
import { type SilentHost, silentHosts } from "./sightings.js";
import { measureUnclear } from "./unclear-hours.js";

/**
 * CPU-seconds of contiguous hours: the difference of the counters at the edges of each hour, added up by the server.
 * Hours in which something happened to a host (a boot, a gap, other labels, a counter that fell) are measured by that
 * host's raw samples. When one query fails, the others are not waited for.
 */
export async function fetchChunk(
  client: PrometheusClient,
  selection: HostSelection,
  request: ChunkRequest,
  signal: AbortSignal,
): Promise<FetchedChunk> {
  const { hours } = request;
  const together = new AbortController();
  const call = { signal: AbortSignal.any([signal, together.signal]) };
  const server = { client, selection, call };
  try {
    const once = { ...request, laterByMs: 0, scrape: "only" } as const;
    const [presence, ifOnce] = await Promise.all([
      fetchPresence(server, hours),
      fetchCounted(server, hours, once),
    ]);
    const hosts = new HostTable(selection.labels);
    const scraped = rowPresences(presence, hours, hosts);
    const isReplicated = scraped.some(({ hasSeveralTargets }) => hasSeveralTargets);
    const [before, after] = await Promise.all([
      isReplicated ? fetchCounted(server, hours, { ...once, scrape: "later" }) : Promise.resolve(ifOnce),
      fetchAfter(server, { ...request, scrape: isReplicated ? "earlier" : "only" }, scraped),
    ]);
    const measurement = new EdgeMeasurement(hosts, hours, before.counted, after.counted);
    // The table may have grown by rows of which nothing says when they were scraped.
    const presences = rowPresences(presence, hours, hosts);
    const irregular = await readIrregularTimes(server, request, measurement, hosts, presences);

    const edges = measurement.edgesOf(presences);
    const clockError = usualClockError(
      edges.flatMap((row) => row ?? []),
      hours.length,
    );
    const grid = hourEdges(hours);
    const uses = edges.map((row) => row && useBetweenEdges(row, grid, clockError));
    const known = {
      presences,
      uses,
      edges,
      countedAtEdge: (row: number, edge: number) => measurement.countedAt(row, edge),
    };
    const {
      groups,
      isSameMachine,
      warnings: groupWarnings,
    } = await machineGroups(server, hosts, hours, known);
    const clean = groupHours(groups, hours.length, { ...known, isSameMachine });
    const silent = await silentHosts(server, hosts, request);
    const all = [...clean, ...silent.hosts.map((host) => neverSeen(host, hours.length))];
    const seen = new Set(hosts.rowsOf.keys());
    const unclear = await measureUnclear(server, request, { hosts, presences, groups: all });

    const cells = new HourColumns(hosts.hosts.length, hours);
    fillCleanHours(cells, clean, hours, known, clockError);
    unclear.fill(cells);
    const findings: Finding[] = [
      ...describeOddReplies(before.counted),
      ...describeDoubles(clean, hosts),
      ...unclear.findings,
    ];
    const warnings = [presence, before, after, unclear, silent].flatMap((reply) => reply.warnings);
    warnings.push(...irregular, ...groupWarnings);
    const { columns } = cells;
    const batch: CpuHours = {
      hours,
      hosts: namedHosts(hosts, [
        ...unclear.shared,
        ...silent.hosts.map(({ instance }) => instance).filter((instance) => seen.has(instance)),
        ...clean.filter(({ isShared }) => isShared).flatMap(({ instances }) => instances),
      ]),
      ...columns,
      notes: cells.notes,
      answered: hours.map((_, t) => cells.isKnown(hosts.hosts.length, t)),
      heardBeyond: hours.map((_, t) => unclear.isHeardBeyond(t)),
      scrapes: sumOfScrapes(
        presences.map(({ scrapes }) => scrapes),
        hours.length,
      ),
      reopened: unclear.reopened,
      warnings: [...new Set(warnings)],
      findings,
    };
    const matrices = [presence.scrapes, ...presence.facts, ...matricesOf(before.counted)];
    const later = [...after.counted.values()].flatMap(matricesOf);
    return {
      batch,
      columnBytes: [...matrices, ...later].reduce((sum, { values }) => sum + values.byteLength, 0),
    };
  } finally {
    together.abort();
  }
}

/** Hours in which nothing happened. Of rows that are one machine the first is filled, by what both say. */
function fillCleanHours(
  cells: HourColumns,
  groups: readonly GroupHours[],
  hours: readonly FinishedHour[],
  { uses, edges }: { uses: readonly (EdgeUse | undefined)[]; edges: readonly (RowEdges | undefined)[] },
  clockError: number,
): void {
  for (const { rows, isClean, doubles } of groups) {
    for (const row of rows) {
      const own = uses[row];
      if (own === undefined || doubles.some(({ double }) => double === row)) continue;
      const others = doubles
        .filter(({ counted }) => counted === row)
        .flatMap(({ double }) => edges[double] ?? []);
      const united = edges[row] && others.reduce(unitedEdges, edges[row]);
      const use =
        united === edges[row] || united === undefined
          ? own
          : useBetweenEdges(united, hourEdges(hours), clockError);
      hours.forEach((hour, t) => {
        if (isClean[t] !== 1) return;
        const told = Number.isNaN(use.total[t] as number) ? own : use;
        if (!Number.isNaN(told.total[t] as number)) cells.setWholeHour(row, t, told, hour, hour + HOUR_MS);
      });
    }
  }
}

/** A host that is not seen in any hour of the chunk, but before and after it. */
function neverSeen({ instance, project }: SilentHost, hours: number): GroupHours {
  return {
    instances: [instance],
    rows: [],
    onlyProject: project,
    spans: [],
    isClean: new Uint8Array(hours),
    first: hours,
    last: -1,
    doubles: [],
    isShared: false,
  };
}

function matricesOf(replies: readonly CountedReply[]) {
  return replies.flatMap(({ parts }) => parts);
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
  presences: Parameters<EdgeMeasurement["unscheduled"]>[0],
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

function sumOfScrapes(rows: readonly Float64Array[], hours: number): Float64Array {
  const sums = new Float64Array(hours);
  for (const row of rows)
    for (let t = 0; t < hours; t++)
      if ((row[t] as number) > 0) sums[t] = (sums[t] as number) + (row[t] as number);
  return sums;
}

/** Hosts by their names: two machines with one instance label at once are told apart by their projects. */
function namedHosts(table: HostTable, shared: readonly string[]): CpuHours["hosts"] {
  const ambiguous = new Set(shared);
  return table.hosts.map((host) => {
    if (!ambiguous.has(host.instance)) return host;
    return { ...host, instance: `${host.instance} (${host.project})`, address: host.instance };
  });
}
