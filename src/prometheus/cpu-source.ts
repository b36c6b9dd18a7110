import { HTTP_OPTIONS, type HttpOptions, httpOptionsOf } from "../transport/http.js";
import { assertCpuRequest, CPU_SOURCE_CALLS, type CpuCallOptions, type CpuSource } from "../usage/cpu.js";
import type { FinishedHour, Interval } from "../usage/hour.js";
import type { ModePolicy } from "../usage/modes.js";
import {
  AMOUNT,
  assertOptions,
  CALLBACK,
  checkedCalls,
  FLAG,
  LIST,
  OBJECT,
  optional,
  POSITIVE,
  type Rules,
  TEXT,
} from "../usage/options.js";
import { type FetchedChunk, hoursInOrder } from "./chunks/hours-in-order.js";
import { firstSize, MOST_POINTS } from "./chunks/plan-chunks.js";
import { PrometheusClient } from "./client/client.js";
import type { Matcher } from "./client/promql.js";
import {
  ADA_LABELS,
  type HostSelection,
  LABEL_NAMES,
  type LabelNames,
  projectSelector,
} from "./client/queries.js";
import { fetchScrapes } from "./client/scrape-counts.js";
import { EVERY_REPLICA } from "./client/whole-answers.js";
import { fetchChunk } from "./hours/cpu-chunk.js";
import { fetchHostScrapes } from "./hours/host-scrapes.js";
import { type RecordingRules, recordedBy, recordedDuring, recordedProjects } from "./rules/recorded.js";
import { fetchRecorded } from "./rules/recorded-chunk.js";
import { fetchSlices } from "./scrapes/cpu-slices.js";

/** Where Prometheus is, how it is asked, and what its labels are called. */
export interface PrometheusCpuOptions extends HttpOptions {
  /** Names of the labels that say whose a host is. Default: those of Ada. */
  readonly labels?: Partial<LabelNames>;
  /** Further conditions on the series, such as `{ label: "job", op: "=", value: "node" }`. */
  readonly matchers?: readonly Matcher[];
  /** Most requests at a time. Default 4. The server works on each with a core of its own. */
  readonly concurrency?: number;
  /**
   * Most hours asked for at once. Default 11,001, as many as Prometheus answers with. It starts with two days at
   * most and asks for more or less by how large and how quick the answers are.
   */
  readonly hoursPerRequest?: number;
  /**
   * What the answers about one chunk should take in memory once decoded. Everything made of a chunk is about
   * four times that, and there are two of them. Default 24 MiB: a month of 1,000 hosts.
   */
  readonly targetColumnBytes?: number;
  /**
   * Reads sums that Prometheus has recorded instead of counters: a series an owner instead of one a host and
   * mode. `true` or a prefix means the rules printed by `ada-carbon rules`. `matchers` are then conditions on the
   * recorded series. Rows are then owners, not hosts.
   */
  readonly recordingRules?: RecordingRules;
  /**
   * A host that is silent is gone once others have been heard for this much longer; until then it may only be late.
   * Milliseconds, default 30 minutes.
   */
  readonly graceMs?: number;
  /** UTC milliseconds; default `Date.now`. */
  readonly clock?: () => number;
}

const CPU_SOURCE_OPTIONS: Rules<PrometheusCpuOptions> = {
  ...HTTP_OPTIONS,
  labels: optional(LABEL_NAMES),
  matchers: optional(LIST),
  hoursPerRequest: optional(POSITIVE),
  targetColumnBytes: optional(POSITIVE),
  recordingRules: optional({
    allowed: "true, false, a prefix or the names of recorded series",
    holds: (value) => FLAG.holds(value) || TEXT.holds(value) || OBJECT.holds(value),
  }),
  graceMs: optional(AMOUNT),
  clock: optional(CALLBACK),
};

/**
 * CPU-seconds from Prometheus or a relative of it: a few queries for all hosts of all projects and as
 * many hours as the server allows. A chunk that is too much for the server is asked for in halves, down to one
 * hour; what then still fails is a gap, and the other hours go on. A server that is down is asked 20 times and for a
 * minute at most, and what is left is one gap. While one chunk is worked on, the next one is under way.
 *
 * @example
 * import assert from "node:assert/strict";
 * import { prometheusCpuSource } from "ada-carbon/prometheus";
 *
 * const cpu = prometheusCpuSource({ url: "https://prometheus.example/", bearerToken: "secret" });
 * assert.equal(typeof cpu.cpuHours, "function");
 */
export function prometheusCpuSource(options: PrometheusCpuOptions): CpuSource {
  assertOptions("prometheusCpuSource", options, CPU_SOURCE_OPTIONS);
  const { recordingRules = false, clock = Date.now, concurrency = 4, graceMs = 1_800_000 } = options;
  // Recorded sums are of all hosts: of two replicas that recorded them one is enough.
  const parameters = recordingRules === false ? EVERY_REPLICA : {};
  const client = new PrometheusClient({ ...httpOptionsOf(options), concurrency }, parameters);
  const series: Series = { labels: { ...ADA_LABELS, ...options.labels }, matchers: options.matchers ?? [] };
  const fetchHours = (fetch: FetchHours): CpuSource["cpuHours"] => {
    const { hoursPerRequest = MOST_POINTS, targetColumnBytes = 24 * 2 ** 20 } = options;
    return (request, call) => {
      assertCpuRequest(request, call);
      return hoursInOrder({
        hours: request.hours,
        fetch: (hours, signal) =>
          fetch({ ...series, projects: request.projects }, hours, request.modes, signal),
        firstSize: firstSize(hoursPerRequest),
        targetBytes: targetColumnBytes,
        clock,
        signal: call?.signal,
      });
    };
  };
  const projects = async (match: string, during: Interval | undefined, { signal }: CpuCallOptions = {}) => {
    const { data } = await client.labelValues(series.labels.project, match, during, { signal });
    return data.filter((name) => name !== "");
  };
  if (recordingRules === false) {
    const hosts: CpuSource = {
      where: client.where,
      projects: (interval, call) => projects(projectSelector(series.labels, series.matchers), interval, call),
      cpuHours: fetchHours((hosts, hours, modes, signal) =>
        fetchChunk(client, hosts, { hours, modes, busyRequests: concurrency, now: clock(), graceMs }, signal),
      ),
      scrapes: ({ interval, projects }, { signal } = {}) =>
        fetchScrapes(client, { ...series, projects }, interval, { signal }),
      cpuSlices: (request, { signal } = {}) => fetchSlices(client, series, request, { signal }),
      hostScrapes: (request, { signal } = {}) =>
        fetchHostScrapes(
          { client, selection: { ...series, projects: request.projects }, call: { signal } },
          request,
          clock(),
        ),
    };
    return checkedCalls("a CpuSource", hosts, CPU_SOURCE_CALLS);
  }
  const recorded = recordedBy(recordingRules);
  const owners: CpuSource = {
    where: client.where,
    rows: "owners",
    projects: (interval, call) =>
      projects(recordedProjects(recorded, series), recordedDuring(recorded, interval), call),
    cpuHours: fetchHours((hosts, hours, modes, signal) =>
      fetchRecorded(client, recorded, hosts, hours, modes, signal),
    ),
  };
  return checkedCalls("a CpuSource", owners, CPU_SOURCE_CALLS);
}

type Series = Omit<HostSelection, "projects">;

type FetchHours = (
  hosts: HostSelection,
  hours: readonly FinishedHour[],
  modes: ModePolicy,
  signal: AbortSignal,
) => Promise<FetchedChunk>;
