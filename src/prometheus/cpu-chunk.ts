import type { CpuRequest } from "../usage/cpu.js";
import { DAY_MS, type FinishedHour, HOUR_MS } from "../usage/hour.js";
import { assembleCpuHours } from "./assemble.js";
import type { PrometheusClient } from "./client.js";
import { instanceOf } from "./hosts.js";
import type { FetchedChunk } from "./hours-in-order.js";
import type { StepGrid } from "./matrix.js";
import { scrapeSpacing } from "./presence.js";
import { cpuQuery, type HostSelection, presenceQueries, sightingQuery } from "./queries.js";
import { readSightings } from "./sightings.js";
import { lookCloser } from "./turning-hours.js";

/** How far beyond the chunk to look for hosts that were only out of sight. */
const SIGHT_MS = DAY_MS;

/** A query for fewer hours than this is not worth its own overhead. */
const LEAST_PART_HOURS = 12;

/**
 * CPU-seconds of contiguous hours. The counters, which are most of the work, are asked for in `parts`: a server works
 * on one query with one core. `now` is UTC milliseconds: nothing later has been scraped. When one query fails, the
 * others are not waited for.
 */
export async function fetchChunk(
  client: PrometheusClient,
  selection: HostSelection,
  hours: readonly FinishedHour[],
  {
    modes,
    parts,
    now,
  }: { readonly modes: CpuRequest["modes"]; readonly parts: number; readonly now: number },
  signal: AbortSignal,
): Promise<FetchedChunk> {
  const grid = hourEnds(hours);
  const from = grid.from - HOUR_MS;
  const to = from + hours.length * HOUR_MS;
  const until = Math.max(to + 1000, Math.min(now, to + SIGHT_MS));
  const together = new AbortController();
  const call = { signal: AbortSignal.any([signal, together.signal]) };
  const queries = presenceQueries(selection);
  try {
    const [cpu, cores, scrapes, boot, before, after] = await Promise.all([
      Promise.all(inParts(grid, parts).map((part) => client.range(cpuQuery(selection), part, call))),
      client.range(queries.cores, grid, call),
      client.range(queries.scrapes, grid, call),
      client.range(queries.boot, grid, call),
      client.instant(sightingQuery(selection, SIGHT_MS / 1000), from, call),
      client.instant(sightingQuery(selection, Math.floor((until - to) / 1000)), until, call),
    ]);
    const presence = { cores: cores.data, scrapes: scrapes.data, boot: boot.data };
    const sightings = readSightings(presence, before.data, after.data, (series) =>
      instanceOf(series, selection.labels),
    );
    const closer = await lookCloser(client, selection, hours, sightings, call);
    const answers = [...cpu, cores, scrapes, boot, before, after, closer];
    const replies = {
      hours,
      cpu: cpu.map(({ data }) => data),
      presence,
      sightings,
      spacingMs: closer.spacingMs ?? scrapeSpacing(sightings.values()),
      warnings: [...new Set(answers.flatMap(({ warnings }) => warnings))],
    };
    return {
      batch: assembleCpuHours(replies, selection.labels, modes),
      columnBytes: replies.cpu.reduce((sum, { values }) => sum + values.byteLength, 0),
    };
  } finally {
    together.abort();
  }
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
