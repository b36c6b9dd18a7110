import type { CpuRequest } from "../usage/cpu.js";
import { DAY_MS, type FinishedHour, HOUR_MS } from "../usage/hour.js";
import { assembleCpuHours } from "./assemble.js";
import type { PrometheusClient } from "./client.js";
import type { FetchedChunk } from "./hours-in-order.js";
import type { StepGrid } from "./matrix.js";
import { cpuQuery, type HostSelection, presenceQuery, sightingQuery } from "./queries.js";

/** How far beyond the chunk to look for hosts that were only out of sight. */
const SIGHT_MS = DAY_MS;

/**
 * CPU-seconds of contiguous hours in four queries. `now` is UTC milliseconds: nothing later has been scraped.
 * When one of them fails, the others are not waited for.
 */
export async function fetchChunk(
  client: PrometheusClient,
  selection: HostSelection,
  hours: readonly FinishedHour[],
  modes: CpuRequest["modes"],
  now: number,
  signal: AbortSignal,
): Promise<FetchedChunk> {
  const grid = hourEnds(hours);
  const from = grid.from - HOUR_MS;
  const to = from + hours.length * HOUR_MS;
  const until = Math.max(to + 1000, Math.min(now, to + SIGHT_MS));
  const together = new AbortController();
  const call = { signal: AbortSignal.any([signal, together.signal]) };
  try {
    const [cpu, presence, before, after] = await Promise.all([
      client.range(cpuQuery(selection), grid, call),
      client.range(presenceQuery(selection), grid, call),
      client.instant(sightingQuery(selection, SIGHT_MS / 1000), from, call),
      client.instant(sightingQuery(selection, Math.floor((until - to) / 1000)), until, call),
    ]);
    const replies = {
      hours,
      cpu: cpu.data,
      presence: presence.data,
      before: before.data,
      after: after.data,
      warnings: [...new Set([cpu, presence, before, after].flatMap(({ warnings }) => warnings))],
    };
    return {
      batch: assembleCpuHours(replies, selection.labels, modes),
      columnBytes: cpu.data.values.byteLength,
    };
  } finally {
    together.abort();
  }
}

/** The ends of contiguous hours: the increase of an hour is evaluated there. */
export function hourEnds(hours: readonly FinishedHour[]): StepGrid {
  return { from: (hours[0] ?? Number.NaN) + HOUR_MS, stepMs: HOUR_MS, count: hours.length };
}
