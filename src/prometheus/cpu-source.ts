import type { HttpOptions } from "../transport/http.js";
import type {
  CpuCallOptions,
  CpuHours,
  CpuRequest,
  CpuSlices,
  CpuSource,
  SliceRequest,
} from "../usage/cpu.js";
import { isAdaCarbonError } from "../usage/errors.js";
import { DAY_MS, type FinishedHour, HOUR_MS, type Interval } from "../usage/hour.js";
import { at } from "../usage/series.js";
import { assembleCpuHours } from "./assemble.js";
import { PrometheusClient } from "./client.js";
import type { StepGrid } from "./matrix.js";
import type { Matcher } from "./promql.js";
import {
  ADA_LABELS,
  cpuQuery,
  type HostSelection,
  type LabelNames,
  presenceQuery,
  projectSelector,
  sightingQuery,
  sliceQuery,
} from "./queries.js";

export interface PrometheusCpuOptions extends HttpOptions {
  /** Names of the labels that say whose a host is. Default: those of Ada. */
  readonly labels?: Partial<LabelNames>;
  /** Further conditions on the series, such as `{ label: "job", op: "=", value: "node" }`. */
  readonly matchers?: readonly Matcher[];
  /** Most hours asked for at once; fewer where the server refuses. Default 168, a week. */
  readonly hoursPerRequest?: number;
  /** UTC milliseconds; default `Date.now`. */
  readonly clock?: () => number;
}

/**
 * CPU-seconds from Prometheus or a relative of it: four queries for all hosts of all projects and as many
 * hours as the server allows. A chunk that the server cannot serve is asked for in halves, down to one
 * hour; what then still fails is a gap, and the other hours go on.
 *
 * @example
 * import { prometheusCpuSource } from "ada-carbon/prometheus";
 *
 * const cpu = prometheusCpuSource({ url: "https://prometheus.example/", bearerToken: "secret" });
 * assert.equal(typeof cpu.cpuHours, "function");
 */
export function prometheusCpuSource(options: PrometheusCpuOptions): CpuSource {
  const client = new PrometheusClient(options);
  const labels = { ...ADA_LABELS, ...options.labels };
  const { matchers = [], hoursPerRequest = 168, clock = Date.now } = options;

  return {
    where: client.where,

    async projects(interval, call = {}) {
      const { data } = await client.labelValues(
        labels.project,
        projectSelector(labels, matchers),
        interval,
        call,
      );
      return data.filter((name) => name !== "");
    },

    cpuSlices: (request, call = {}) => fetchSlices(client, { labels, matchers }, request, call),

    async *cpuHours(request, call = {}) {
      const selection: HostSelection = { labels, projects: request.projects, matchers };
      let most = hoursPerRequest;
      const waiting = contiguousRuns(request.hours);
      for (let run = waiting.shift(); run !== undefined; run = waiting.shift()) {
        const hours = run.slice(0, most);
        if (run.length > most) waiting.unshift(run.slice(most));
        try {
          yield await fetchChunk(client, selection, hours, request, clock(), call);
        } catch (error) {
          call.signal?.throwIfAborted();
          if (!isAdaCarbonError(error) || error.code === "unauthorised" || error.code === "not-found")
            throw error;
          if (hours.length > 1 && mayFitInHalves(error.code)) {
            most = Math.ceil(hours.length / 2);
            waiting.unshift(hours);
          } else if (error.code === "unreachable") {
            // The rest would only wait through the same retries.
            yield { hours: [...hours, ...waiting.splice(0).flat()], error };
          } else {
            yield { hours, error };
          }
        }
      }
    },
  };
}

/** Two scrapes a minute apart need as much to measure an increase, and a bit to spare. */
const SLICE_MS = 5 * 60_000;

async function fetchSlices(
  client: PrometheusClient,
  selection: Omit<HostSelection, "projects">,
  request: SliceRequest,
  call: CpuCallOptions,
): Promise<CpuSlices> {
  const { from, to } = request.interval;
  const count = Math.round((to - from) / SLICE_MS);
  const grid: StepGrid = { from: from + SLICE_MS, stepMs: SLICE_MS, count };
  const query = sliceQuery(selection, request.instances, SLICE_MS / 1000);
  const { data } = await client.range(query, grid, call);
  const row = new Map(request.instances.map((instance, i) => [instance, i]));
  const column = (): Float64Array => new Float64Array(request.instances.length * count).fill(Number.NaN);
  const slices = { busy: column(), idle: column() };
  data.series.forEach((series, s) => {
    const use = request.modes[series.mode ?? ""] ?? "busy";
    const i = row.get(series[selection.labels.instance] ?? "");
    if (i === undefined || use === "ignored") return;
    for (let t = 0; t < count; t++) {
      const value = at(data.values, s * count + t);
      const cell = i * count + t;
      if (value >= 0) slices[use][cell] = (at(slices[use], cell) || 0) + value;
    }
  });
  return {
    instances: request.instances,
    from,
    stepMs: SLICE_MS,
    count,
    busyCpuSeconds: slices.busy,
    idleCpuSeconds: slices.idle,
  };
}

function mayFitInHalves(code: string): boolean {
  return code === "refused" || code === "too-large" || code === "timeout" || code === "server-error";
}

/** How far beyond the chunk to look for hosts that were only out of sight. */
const SIGHT_MS = DAY_MS;

async function fetchChunk(
  client: PrometheusClient,
  selection: HostSelection,
  hours: readonly FinishedHour[],
  request: CpuRequest,
  now: number,
  call: CpuCallOptions,
): Promise<CpuHours> {
  const chunk = spanOf(hours);
  // The increase of an hour is evaluated at its end.
  const grid: StepGrid = { from: chunk.from + HOUR_MS, stepMs: HOUR_MS, count: hours.length };
  const until = Math.max(chunk.to + 1000, Math.min(now, chunk.to + SIGHT_MS));
  const [cpu, presence, before, after] = await Promise.all([
    client.range(cpuQuery(selection), grid, call),
    client.range(presenceQuery(selection), grid, call),
    client.instant(sightingQuery(selection, SIGHT_MS / 1000), chunk.from, call),
    client.instant(sightingQuery(selection, Math.floor((until - chunk.to) / 1000)), until, call),
  ]);
  const replies = {
    hours,
    cpu: cpu.data,
    presence: presence.data,
    before: before.data,
    after: after.data,
    warnings: [...new Set([cpu, presence, before, after].flatMap(({ warnings }) => warnings))],
  };
  return assembleCpuHours(replies, selection.labels, request.modes);
}

function spanOf(hours: readonly FinishedHour[]): Interval {
  const from = hours[0] ?? Number.NaN;
  return { from, to: from + hours.length * HOUR_MS };
}

/** Ascending hours as runs without holes. */
function contiguousRuns(hours: readonly FinishedHour[]): FinishedHour[][] {
  const runs: FinishedHour[][] = [];
  for (const hour of hours) {
    const run = runs.at(-1);
    if (run !== undefined && run.at(-1) === hour - HOUR_MS) run.push(hour);
    else runs.push([hour]);
  }
  return runs;
}
