import { type FinishedHour, HOUR_MS } from "../usage/hour.js";
import type { ModePolicy, ModeUse } from "../usage/modes.js";
import { assembleCpuHours } from "./assemble.js";
import type { PrometheusCallOptions, PrometheusClient } from "./client.js";
import { countScrapes } from "./count-scrapes.js";
import { instanceOf } from "./hosts.js";
import type { FetchedChunk } from "./hours-in-order.js";
import { lookAhead, lookAround } from "./look-around.js";
import type { Matrix, StepGrid } from "./matrix.js";
import { type Sightings, scrapeSpacing } from "./presence.js";
import { cpuQueries, type HostSelection, type PresenceFact, presenceQueries } from "./queries.js";
import type { PrometheusReply } from "./reply.js";
import { readSightings } from "./sightings.js";
import { lookCloser } from "./turning-hours.js";

/** A query for fewer hours than this is not worth its own overhead. */
const LEAST_PART_HOURS = 12;

/** What to ask for and how. */
export interface ChunkRequest {
  readonly hours: readonly FinishedHour[];
  readonly modes: ModePolicy;
  /** In how many requests the busy counters, which are most of the work: a server works on each with one core. */
  readonly parts: number;
  /** UTC milliseconds: nothing later has been scraped. */
  readonly now: number;
}

/**
 * CPU-seconds of contiguous hours. Presence is asked for first: what has to be asked once it is known then overlaps
 * with the counters. When one query fails, the others are not waited for.
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
  try {
    const [{ facts, sightings, spacingMs, warnings }, used] = await Promise.all([
      fetchPresence(client, selection, request, call),
      fetchUsed(client, selection, request, call),
    ]);
    const cpu = used.map(({ use, replies }) => ({ use, parts: replies.map(({ data }) => data) }));
    const usedWarnings = used.flatMap(({ replies }) => replies.flatMap((reply) => reply.warnings));
    const replies = {
      hours,
      cpu,
      presence: facts,
      sightings,
      spacingMs,
      warnings: [...new Set([...usedWarnings, ...warnings])],
    };
    const matrices = [...cpu.flatMap(({ parts }) => parts), ...Object.values(facts)];
    return {
      batch: assembleCpuHours(replies, selection.labels),
      columnBytes: matrices.reduce((sum, { values }) => sum + values.byteLength, 0),
    };
  } finally {
    together.abort();
  }
}

interface Presence {
  readonly facts: Readonly<Record<PresenceFact, Matrix>>;
  readonly sightings: ReadonlyMap<string, Sightings>;
  /** The usual time between two scrapes. */
  readonly spacingMs: number;
  readonly warnings: readonly string[];
}

/** When each host was there. */
async function fetchPresence(
  client: PrometheusClient,
  selection: HostSelection,
  { hours, now }: ChunkRequest,
  call: PrometheusCallOptions,
): Promise<Presence> {
  const grid = hourEnds(hours);
  const from = grid.from - HOUR_MS;
  const around = { from, to: from + hours.length * HOUR_MS, now };
  const queries = presenceQueries(selection);
  const [cores, boot, ahead] = await Promise.all([
    client.range(queries.cores, grid, call),
    client.range(queries.boot, grid, call),
    lookAhead(client, selection, around, call),
  ]);
  const facts = { cores: cores.data, boot: boot.data };
  const sightings = readSightings(facts, (series) => instanceOf(series, selection.labels));
  const farther = await lookAround(client, selection, around, sightings, ahead.data, call);
  const closer = await lookCloser(client, selection, hours, sightings, call);
  const counted = await countScrapes(client, selection, grid, sightings, call);
  return {
    facts,
    sightings,
    spacingMs: closer.spacingMs ?? scrapeSpacing(sightings.values()),
    warnings: [cores, boot, ahead, farther, closer, counted].flatMap(({ warnings }) => warnings),
  };
}

/** How each host used its time. */
function fetchUsed(
  client: PrometheusClient,
  selection: HostSelection,
  { hours, modes, parts }: ChunkRequest,
  call: PrometheusCallOptions,
): Promise<{ use: ModeUse; replies: PrometheusReply<Matrix>[] }[]> {
  const grid = hourEnds(hours);
  return Promise.all(
    cpuQueries(selection, modes).map(async ({ use, query }) => {
      // Most modes are busy ones.
      const grids = use === "busy" ? inParts(grid, parts) : [grid];
      return { use, replies: await Promise.all(grids.map((part) => client.range(query, part, call))) };
    }),
  );
}

/** Parts of a grid, as equal as can be, one after the other. */
function inParts(grid: StepGrid, parts: number): StepGrid[] {
  const count = Math.ceil(
    grid.count / Math.max(1, Math.min(parts, Math.floor(grid.count / LEAST_PART_HOURS))),
  );
  return Array.from({ length: Math.ceil(grid.count / count) }, (_, i) => ({
    ...grid,
    from: grid.from + i * count * grid.stepMs,
    count: Math.min(count, grid.count - i * count),
  }));
}

/** The ends of contiguous hours: the increase of an hour is evaluated there. */
export function hourEnds(hours: readonly FinishedHour[]): StepGrid {
  return { from: (hours[0] ?? Number.NaN) + HOUR_MS, stepMs: HOUR_MS, count: hours.length };
}
