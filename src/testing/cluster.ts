import { AdaCarbonError } from "../usage/errors.js";
import { HOUR_MS, hourOf, type Interval } from "../usage/hour.js";
import { CpuTime } from "./counters.js";
import { drawHost, type HostDefaults } from "./draw-host.js";
import { type Load, seededLoad } from "./load.js";
import { mix } from "./random.js";

/** One run of a host, from boot to shutdown: `[from, to)` in UTC ms; `to` is Infinity while it runs on. */
export type Incarnation = Interval;

/** A time in which nothing was scraped, although the hosts ran. */
export interface Outage extends Interval {
  /** The instances it befell; all of them by default. */
  readonly instances?: readonly string[];
}

/** What a caller may fix of a host. Whatever is left out is drawn from the seed. */
export interface HostDescription {
  /** Such as `host-172-16-100-116.nubes.stfc.ac.uk:9100`. Two hosts may share one, one after the other. */
  readonly instance?: string;
  readonly job?: string;
  readonly project?: string;
  readonly machine?: string;
  /** `null` for a host without the label `user`. */
  readonly user?: string | null;
  /** Further labels; they win over the ones above. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly cores?: number;
  /** In order and apart from one another. The CPU counters start at 0 at each `from`. */
  readonly incarnations?: readonly Incarnation[];
  /** When in the scrape interval the host is scraped, milliseconds after the UTC grid. */
  readonly phaseMs?: number;
  /** What its cpus do; must be pure. */
  readonly load?: Load;
}

/** What to simulate. Equal options give an equal cluster, sample by sample. */
export interface ClusterOptions {
  /** The time of interest, UTC milliseconds. */
  readonly interval: Interval;
  /** Whole number; 1 by default. */
  readonly seed?: number;
  /** How many hosts, or what is known of each; 24 by default. */
  readonly hosts?: number | readonly HostDescription[];
  /** `cloud_project_name`s; IDAaaS, CDAaaS and DDAaaS by default. */
  readonly projects?: readonly [string, ...string[]];
  readonly machines?: readonly [string, ...string[]];
  readonly users?: readonly [string, ...string[]];
  /** Seconds between scrapes; 60 by default. */
  readonly scrapeSeconds?: number;
  /**
   * `usual`, the default: a quarter of the drawn hosts reboots, appears or vanishes in the interval.
   * `none`: all of them were there before and stay.
   */
  readonly events?: "usual" | "none";
  readonly outages?: readonly Outage[];
}

/** One simulated virtual machine with an exporter. */
export interface SimulatedHost {
  readonly instance: string;
  readonly project: string;
  readonly machine: string;
  readonly user: string | null;
  /** The labels of all its series: instance, job, cloud_project_name, machine_name, user and any others. */
  readonly labels: Readonly<Record<string, string>>;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly incarnations: readonly Incarnation[];
  readonly phaseMs: number;
  readonly load: Load;
  /** What each cpu did, whether the host was up or not; counters are differences of it. */
  readonly cpuTime: CpuTime;
}

export interface SimulatedCluster {
  readonly interval: Interval;
  /** When Prometheus was scraping: from an hour before the interval to its end, both inclusive, UTC ms. */
  readonly scraped: Interval;
  readonly scrapeMs: number;
  readonly hosts: readonly SimulatedHost[];
  readonly outages: readonly Outage[];
}

const DEFAULTS: HostDefaults = {
  projects: ["IDAaaS", "CDAaaS", "DDAaaS"],
  machines: [
    "Artemis (Matlab)",
    "Excitations",
    "Muon",
    "Tomography GPU",
    "Powder Diffraction",
    "WISH single crystal",
  ],
  users: ["amara", "bjorn", "chidi", "dorota", "emre", "faiza", "goran", "hye-jin"],
};

const GIB = 2 ** 30;

/**
 * A made-up research cloud: hosts with owners, reboots and a daily rhythm, and what Prometheus scraped
 * of them. Its exact truth is {@link clusterTruth}.
 *
 * @example
 * import { clusterTruth, simulateCluster } from "ada-carbon/testing";
 *
 * const from = Date.parse("2025-09-10T00:00:00Z");
 * const cluster = simulateCluster({ interval: { from, to: from + 6 * 3_600_000 }, hosts: 4 });
 * const [host] = clusterTruth(cluster).hosts;
 * assert.equal(host?.busyCpuSeconds.length, 6);
 */
export function simulateCluster(options: ClusterOptions): SimulatedCluster {
  const { interval, seed = 1, hosts = 24, scrapeSeconds = 60, events = "usual", outages = [] } = options;
  if (!(interval.to > interval.from)) throw bad("interval.to must be after interval.from");
  if (!(scrapeSeconds > 0)) throw bad(`scrapeSeconds is ${scrapeSeconds}; it must be positive`);

  const defaults = {
    projects: options.projects ?? DEFAULTS.projects,
    machines: options.machines ?? DEFAULTS.machines,
    users: options.users ?? DEFAULTS.users,
  };
  const scraped = { from: interval.from - HOUR_MS, to: interval.to };
  const scrapeMs = Math.round(scrapeSeconds * 1000);
  const descriptions = typeof hosts === "number" ? Array.from({ length: hosts }, () => ({})) : hosts;
  const drawn = descriptions.map((description: HostDescription, i) => {
    const hostSeed = mix(mix(seed, 7), i);
    const all = { ...drawHost(hostSeed, i, interval, scrapeMs, events, defaults), ...present(description) };
    return createHost(all, description.load ?? seededLoad(hostSeed), hourOf(scraped.from));
  });
  assertDistinct(drawn);
  return { interval, scraped, scrapeMs, hosts: drawn, outages };
}

/** A description without the properties that are there but undefined, which must not hide a drawn one. */
function present(description: HostDescription): HostDescription {
  return Object.fromEntries(Object.entries(description).filter(([, value]) => value !== undefined));
}

function createHost(
  known: Required<Omit<HostDescription, "labels" | "load">> & HostDescription,
  load: Load,
  origin: number,
): SimulatedHost {
  const { instance, job, project, machine, user, cores, incarnations, phaseMs } = known;
  if (!(Number.isInteger(cores) && cores > 0)) throw bad(`${instance} has ${cores} cores`);
  incarnations.forEach(({ from, to }, i) => {
    const before = incarnations[i - 1]?.to ?? Number.NEGATIVE_INFINITY;
    if (!(Number.isInteger(from) && from < to && from >= before))
      throw bad(`incarnation ${i} of ${instance} is empty, overlaps the one before, or is not in whole ms`);
  });
  const labels = {
    instance,
    job,
    cloud_project_name: project,
    machine_name: machine,
    ...(user === null ? {} : { user }),
    ...known.labels,
  };
  const cpuTime = new CpuTime(load, cores, origin);
  return {
    instance: labels.instance,
    project: labels.cloud_project_name,
    machine: labels.machine_name,
    user: labels.user ?? null,
    labels,
    cores,
    memoryBytes: cores * 4 * GIB,
    incarnations,
    phaseMs,
    load,
    cpuTime,
  };
}

/** Two hosts with the same labels would be the same series in Prometheus. */
function assertDistinct(hosts: readonly SimulatedHost[]): void {
  const seen = new Set<string>();
  for (const { labels } of hosts) {
    const key = JSON.stringify(Object.entries(labels).sort());
    if (seen.has(key)) throw bad(`two hosts have the labels ${key}`);
    seen.add(key);
  }
}

function bad(message: string): AdaCarbonError {
  return new AdaCarbonError("bad-input", message);
}
