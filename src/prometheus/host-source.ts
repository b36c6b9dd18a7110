import { HttpClient, type HttpOptions } from "../transport/http.js";
import { AdaCarbonError } from "../usage/errors.js";
import type { HostCallOptions, HostSource, HostsSeen } from "../usage/host-source.js";
import { activeQuery, FACT, loadQuery, widerLoadQuery } from "./host-queries.js";
import { VectorReader } from "./host-replies.js";
import { ADA_SITES, type SiteProjects, SiteTable } from "./host-sites.js";
import { HostFactTable } from "./host-table.js";
import type { Matcher } from "./promql.js";
import { ADA_LABELS, type HostSelection, type LabelNames } from "./queries.js";

export interface PrometheusHostOptions extends HttpOptions {
  /** Default: `clf`, `isis` and `diamond`, with the projects CDAaaS, IDAaaS and DDAaaS. */
  readonly sites?: SiteProjects;
  /** Names of the labels that say whose a host is. Default: those of Ada. `up` must carry them as well. */
  readonly labels?: Partial<LabelNames>;
  /** Further conditions on the series, such as `{ label: "job", op: "=", value: "node" }`. */
  readonly matchers?: readonly Matcher[];
  /**
   * Time over which the idle fraction is taken, milliseconds. It must hold two scrapes, so it should be twice
   * the time between them. Default 2 minutes. Hosts without a value are looked at over five times as long.
   */
  readonly windowMs?: number;
}

/** A reply that is late is worth less than the next poll. */
const IMPATIENT = { retries: 2, attemptTimeoutMs: 20_000, totalTimeoutMs: 45_000 };
/** More instances than that make a query longer than looking at all of them. */
const INSTANCES_PER_QUERY = 200;

/**
 * Hosts that are up, from Prometheus or a relative of it: two queries for all hosts of all sites, and a third
 * one when some of them have no rate over the window, such as those that have just booted.
 *
 * A host is up if its last `up` is 1; it was seen at that scrape. Deadlines are shorter than those of other
 * sources (45 s altogether), since the next poll makes up for one that fails.
 *
 * Errors: `bad-input` for a site that is not in the mapping; `unreachable`, `timeout`, `refused`,
 * `server-error`, `bad-reply` and the others of the HTTP client.
 *
 * @example
 * import { prometheusHostSource } from "ada-carbon/prometheus";
 *
 * const hosts = prometheusHostSource({ url: "https://prometheus.example/", sites: { lab: ["LabA", "LabB"] } });
 * assert.deepEqual(hosts.sites, ["lab"]);
 */
export function prometheusHostSource(options: PrometheusHostOptions): HostSource {
  const http = new HttpClient({ ...IMPATIENT, ...options });
  const sites = new SiteTable(options.sites ?? ADA_SITES);
  const labels = { ...ADA_LABELS, ...options.labels };
  const { matchers = [], windowMs = 120_000 } = options;
  if (!(windowMs >= 1000 && Number.isFinite(windowMs))) {
    throw new AdaCarbonError("bad-input", `windowMs is ${windowMs}; it must be at least 1000 milliseconds`);
  }

  const reader = new VectorReader(http, [FACT, ...Object.values(labels)]);
  let last: HostFactTable | undefined;

  return {
    where: http.where,
    sites: sites.sites,
    async activeHosts(wanted, call): Promise<HostsSeen> {
      const selection: HostSelection = { labels, projects: sites.projectsOf(wanted), matchers };
      if (selection.projects.length === 0) return { hosts: [], watching: false, warnings: [], findings: [] };
      const table = new HostFactTable(labels, last);
      const seen = await fetchHosts({ reader, table, selection, sites, windowMs }, call);
      last = table;
      return seen;
    },
  };
}

interface Asked {
  readonly reader: VectorReader;
  readonly table: HostFactTable;
  readonly selection: HostSelection;
  readonly sites: SiteTable;
  readonly windowMs: number;
}

async function fetchHosts(
  { reader, table, selection, sites, windowMs }: Asked,
  call: HostCallOptions,
): Promise<HostsSeen> {
  const { now, signal, watchingAt = now } = call;
  // Prometheus knows no offset of 0.
  const watchingSeconds = Math.max(1, wholeSeconds(now - watchingAt));
  // The scrape at which the time to look back over began came up to half a window before it.
  const seconds = wholeSeconds(Math.max(windowMs, (call.idleOverMs ?? 0) + windowMs / 2));
  const ask = (query: string): Promise<readonly string[]> => reader.ask({ query, time: now, signal }, table);

  const warnings = await Promise.all([
    ask(activeQuery(selection, watchingSeconds)),
    ask(loadQuery(selection, seconds)),
  ]);
  const without = table.withoutRate();
  if (without.size > 0) {
    const only = without.size <= INSTANCES_PER_QUERY ? [...without] : undefined;
    const wider = widerLoadQuery(selection, Math.max(seconds, wholeSeconds(5 * windowMs)), only);
    table.only = without;
    warnings.push(await ask(wider));
  }
  return {
    hosts: table.samples(sites, now),
    watching: table.watchedUntil * 1000 >= now - watchingSeconds * 1000 - windowMs,
    warnings: [...new Set(warnings.flat())],
    findings: describeNameless(table.nameless),
  };
}

function wholeSeconds(ms: number): number {
  return Math.max(0, Math.ceil(ms / 1000));
}

function describeNameless(count: number): string[] {
  return count === 0 ? [] : [`${count} series are up and have no label instance; they are left out`];
}
