import { HTTP_OPTIONS, HttpClient, type HttpOptions, httpOptionsOf } from "../../transport/http.js";
import { isAdaCarbonError } from "../../usage/errors.js";
import {
  HOST_SOURCE_CALLS,
  type HostCallOptions,
  type HostSource,
  type HostsSeen,
} from "../../usage/host-source.js";
import {
  assertOptions,
  checkedCalls,
  LIST,
  numberFrom,
  OBJECT,
  optional,
  type Rules,
} from "../../usage/options.js";
import type { SiteProjects } from "../../usage/site-projects.js";
import { PrometheusClient } from "../client/client.js";
import type { Matcher } from "../client/promql.js";
import { ADA_LABELS, FACT, type HostSelection, LABEL_NAMES, type LabelNames } from "../client/queries.js";
import { VectorReader } from "../client/vector-reader.js";
import { countersByHost, type HostCounters } from "./counters.js";
import { HostLoads, hasNoSpan } from "./doubts.js";
import { describeManyNamings, describeNameless, describeRough, describeUnmeasured } from "./findings.js";
import { oneOfEach } from "./identity.js";
import { activeQuery, countersQuery, loadQuery } from "./queries.js";
import { ADA_SITES, SiteTable } from "./sites.js";
import { HostFactTable, type TableHost } from "./table.js";
import { TwinFinder } from "./twins.js";

/** Where Prometheus is, and which hosts are followed. */
export interface PrometheusHostOptions extends HttpOptions {
  /** Default: `clf`, `isis` and `diamond`, with the projects CDAaaS, IDAaaS and DDAaaS. */
  readonly sites?: SiteProjects;
  /** Names of the labels that say whose a host is. Default: those of Ada. `up` must carry them as well. */
  readonly labels?: Partial<LabelNames>;
  /** Further conditions on the series, such as `{ label: "job", op: "=", value: "node" }`. */
  readonly matchers?: readonly Matcher[];
  /**
   * Time over which the idle fraction is taken, milliseconds. It should be twice the time between two scrapes.
   * Default 2 minutes. Hosts without two scrapes in it are looked at over five times as long.
   */
  readonly windowMs?: number;
}

const HOST_SOURCE_OPTIONS: Rules<PrometheusHostOptions> = {
  ...HTTP_OPTIONS,
  sites: optional(OBJECT),
  labels: optional(LABEL_NAMES),
  matchers: optional(LIST),
  windowMs: optional(numberFrom(1000)),
};

/** A reply that is late is worth less than the next poll. */
const IMPATIENT = { retries: 2, attemptTimeoutMs: 20_000, totalTimeoutMs: 45_000 };
/** The counters of so many hosts are read one by one at most, and of as many as fit into a query of this length. */
const MOST_HOSTS_READ = 200;
const MOST_CHARACTERS = 8_000;

/**
 * Hosts that are up, from Prometheus or a relative of it: two queries for all hosts of all sites. A third one reads
 * the counters of a few hosts as they were stored: of those whose sum is not that of CPUs that tick, because a
 * counter fell, a CPU stands still, came or went, or the host has just booted; and once of those that could be one
 * machine under two names.
 *
 * A host is up if its last `up` is 1; it was seen at that scrape. Its load is what its counters gained between two
 * scrapes. Where they say what cannot be, it is `null`, and a finding names the host: a host is never idle because
 * of a counter. One machine under two projects is counted once, and a finding names both. Deadlines are shorter
 * than those of other sources (45 s altogether), since the next poll makes up for one that fails.
 *
 * Errors: `bad-input` for a site that is not in the mapping; `unreachable`, `timeout`, `refused`,
 * `server-error`, `bad-reply` and the others of the HTTP client.
 *
 * @example
 * import assert from "node:assert/strict";
 * import { prometheusHostSource } from "ada-carbon/prometheus";
 *
 * const hosts = prometheusHostSource({ url: "https://prometheus.example/", sites: { lab: ["LabA", "LabB"] } });
 * assert.deepEqual(hosts.sites, ["lab"]);
 */
export function prometheusHostSource(options: PrometheusHostOptions): HostSource {
  assertOptions("prometheusHostSource", options, HOST_SOURCE_OPTIONS);
  const server = { ...IMPATIENT, ...httpOptionsOf(options) };
  const http = new HttpClient(server);
  const sites = new SiteTable(options.sites ?? ADA_SITES);
  const labels = { ...ADA_LABELS, ...options.labels };
  const { matchers = [], windowMs = 120_000 } = options;

  const asker: Asker = {
    reader: new VectorReader(http, [FACT, ...Object.values(labels)]),
    client: new PrometheusClient(server),
    twins: new TwinFinder(),
    sites,
    windowMs,
    addedBy: "target",
  };
  let last: HostFactTable | undefined;

  const source: HostSource = {
    where: http.where,
    sites: sites.sites,
    async activeHosts(wanted, call) {
      const selection: HostSelection = { labels, projects: sites.projectsOf(wanted), matchers };
      if (selection.projects.length === 0) return { hosts: [], watching: false, warnings: [], findings: [] };
      const table = new HostFactTable(labels, last);
      const seen = await fetchHosts(asker, table, selection, call);
      last = table;
      return seen;
    },
  };
  return checkedCalls("a HostSource", source, HOST_SOURCE_CALLS);
}

/** What stays from poll to poll. */
interface Asker {
  readonly reader: VectorReader;
  readonly client: PrometheusClient;
  readonly twins: TwinFinder;
  readonly sites: SiteTable;
  readonly windowMs: number;
  /** How counters were added up in the last poll. */
  addedBy: "target" | "counter";
}

async function fetchHosts(
  asker: Asker,
  table: HostFactTable,
  selection: HostSelection,
  call: HostCallOptions,
): Promise<HostsSeen> {
  const { reader, twins, sites, windowMs } = asker;
  const { now, signal, watchingAt = now } = call;
  // Prometheus knows no offset of 0.
  const watchingSeconds = Math.max(1, wholeSeconds(now - watchingAt));
  // The scrape at which the time to look back over began came up to half a window before it.
  const seconds = wholeSeconds(Math.max(windowMs, (call.idleOverMs ?? 0) + windowMs / 2));
  const ask = (query: string): Promise<readonly string[]> => reader.ask({ query, time: now, signal }, table);

  const warnings = await Promise.all([
    ask(activeQuery(selection, watchingSeconds)),
    ask(loadQuery(selection, seconds, asker.addedBy)),
  ]);
  if (!table.hasLabelledCpus) asker.addedBy = "target";
  else if (asker.addedBy === "target") {
    asker.addedBy = "counter";
    warnings.push(await ask(loadQuery(selection, seconds, "counter")));
  }
  const namings = table.settleNamings();
  const hosts = table.hosts();
  const loads = new HostLoads(hosts);
  const unlike = twins.compare(hosts, now);
  // The scrapes between which a host gained something are read, and one before them, also where they are far apart.
  const isScrapedSeldom = (host: TableHost): boolean =>
    hasNoSpan(host) || host.spanSeconds * 1000 > seconds * 1000 + windowMs / 2;
  const sinceOf = (host: TableHost): number =>
    now - (isScrapedSeldom(host) ? Math.max(seconds * 1000, 5 * windowMs) : seconds * 1000 + windowMs);
  const since = Math.min(...loads.doubtful.map(sinceOf), now - seconds * 1000);
  const toRead = { hosts: [...unlike, ...inTurn(loads.doubtful, now)], since };
  const counters = await readCounters(asker, selection, toRead, call);
  loads.measure(counters.data, sinceOf);

  const { kept, findings } = oneOfEach(hosts, twins.twins(counters.data), windowMs);
  return {
    hosts: kept.flatMap((host) => {
      const site = sites.siteOf(host.project);
      return site === undefined ? [] : [table.sample(host, { site, load: loads.of(host), now })];
    }),
    watching: table.watchedUntil * 1000 >= now - watchingSeconds * 1000 - windowMs,
    warnings: [...new Set(warnings.flat())],
    findings: [
      ...counters.problems,
      ...describeNameless(table.nameless),
      ...describeUnmeasured(loads.unmeasured),
      ...describeRough(loads.rough),
      ...namings.map(({ host, namings: several }) => describeManyNamings(host, several)),
      ...findings,
    ],
  };
}

interface ToRead {
  readonly hosts: readonly Pick<TableHost, "instance">[];
  /** UTC milliseconds. */
  readonly since: number;
}

interface ReadCounters {
  readonly data: ReadonlyMap<string, HostCounters>;
  /** What is missing from them. Who is up is known all the same. */
  readonly problems: readonly string[];
}

/** The counters of hosts, as many of them as can be read: the first ones. */
async function readCounters(
  { client }: Asker,
  selection: HostSelection,
  { hosts, since }: ToRead,
  { now, signal }: HostCallOptions,
): Promise<ReadCounters> {
  const instances = someNames(hosts);
  if (instances.length === 0) return { data: new Map(), problems: [] };
  const query = countersQuery(selection, instances, wholeSeconds(now - since));
  try {
    const { data, warnings } = await client.samples(query, now, { signal });
    return { data: countersByHost(data, selection.labels), problems: warnings };
  } catch (error) {
    if (!isAdaCarbonError(error) || signal?.aborted === true) throw error;
    return {
      data: new Map(),
      problems: [`the counters of ${instances.length} hosts could not be read: ${error.message}`],
    };
  }
}

/** The names of the first hosts, as many as a query can hold. */
function someNames(hosts: readonly Pick<TableHost, "instance">[]): string[] {
  const names = new Set<string>();
  let characters = 0;
  for (const { instance } of hosts) {
    if (names.has(instance)) continue;
    characters += instance.length + 1;
    if (names.size === MOST_HOSTS_READ || characters > MOST_CHARACTERS) break;
    names.add(instance);
  }
  return [...names];
}

/** The same hosts, beginning with another one every minute: where they are too many, each is read now and then. */
function inTurn(hosts: readonly TableHost[], now: number): TableHost[] {
  const start = (Math.floor(now / 60_000) * MOST_HOSTS_READ) % Math.max(1, hosts.length);
  return [...hosts.slice(start), ...hosts.slice(0, start)];
}

function wholeSeconds(ms: number): number {
  return Math.max(0, Math.ceil(ms / 1000));
}
