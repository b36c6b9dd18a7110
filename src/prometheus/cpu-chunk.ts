import type { CpuRequest } from "../usage/cpu.js";
import { type FinishedHour, HOUR_MS } from "../usage/hour.js";
import { assembleCpuHours } from "./assemble.js";
import type { PrometheusClient } from "./client.js";
import { instanceOf } from "./hosts.js";
import type { FetchedChunk } from "./hours-in-order.js";
import { lookAhead, lookAround } from "./look-around.js";
import type { StepGrid } from "./matrix.js";
import { scrapeSpacing } from "./presence.js";
import { cpuQuery, type HostSelection, presenceQueries } from "./queries.js";
import { readSightings } from "./sightings.js";
import { lookCloser } from "./turning-hours.js";

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
  const around = { from, to: from + hours.length * HOUR_MS, now };
  const together = new AbortController();
  const call = { signal: AbortSignal.any([signal, together.signal]) };
  const queries = presenceQueries(selection);
  try {
    const [cpu, cores, scrapes, boot, ahead] = await Promise.all([
      Promise.all(inParts(grid, parts).map((part) => client.range(cpuQuery(selection), part, call))),
      client.range(queries.cores, grid, call),
      client.range(queries.scrapes, grid, call),
      client.range(queries.boot, grid, call),
      lookAhead(client, selection, around, call),
    ]);
    const presence = { cores: cores.data, scrapes: scrapes.data, boot: boot.data };
    const sightings = readSightings(presence, (series) => instanceOf(series, selection.labels));
    const farther = await lookAround(client, selection, around, sightings, ahead.data, call);
    const closer = await lookCloser(client, selection, hours, sightings, call);
    const answers = [...cpu, cores, scrapes, boot, ahead, farther, closer];
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
