import { type GivenPeriod, periodOf } from "../timeseries/rollup/given-period.js";
import { badInput } from "../usage/errors.js";
import { given } from "../usage/given.js";
import { HOUR_MS, hourOf, type Interval } from "../usage/hour.js";
import {
  AMOUNT,
  ANYTHING,
  assertOptions,
  LIST,
  numberFrom,
  oneOf,
  optional,
  POSITIVE,
  type Rules,
  TEXTS,
} from "../usage/options.js";
import { drawHost, type HostDefaults } from "./draw-host.js";
import { createHost, type SimulatedHost, type SimulatedTarget } from "./host.js";
import type { HostDescription, LateArrival } from "./host-description.js";
import { labelSetKey } from "./label-spans.js";
import { seededLoad } from "./load.js";
import { mix } from "./random.js";

/** A time in which nothing was scraped, although the hosts ran. */
export interface Outage extends Interval {
  /** The instances it befell; all of them by default. */
  readonly instances?: readonly string[];
}

/**
 * One of several Prometheus that scrape the whole cluster, as a high-availability pair does. Its samples are told from
 * those of the others by labels, unless there is only one.
 */
export interface ReplicaDescription {
  /** Such as `{ replica: "a" }`. */
  readonly labels?: Readonly<Record<string, string>>;
  /** How much later than the phase of a host it scrapes. Default 0. */
  readonly phaseMs?: number;
  /** Times in which it did not scrape. */
  readonly outages?: readonly Interval[];
}

/** What to simulate. Equal options give an equal cluster, sample by sample. */
export interface ClusterOptions {
  /** The time of interest. */
  readonly interval: GivenPeriod;
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
  /** Scrapes of all hosts that the storage gets late. A host's own go before. */
  readonly lateArrivals?: readonly LateArrival[];
  /** Who scrapes. Default: one Prometheus, without labels of its own. */
  readonly replicas?: readonly [ReplicaDescription, ...ReplicaDescription[]];
}

const CLUSTER_OPTIONS: Rules<ClusterOptions> = {
  interval: ANYTHING,
  seed: optional(numberFrom(0)),
  hosts: optional({
    allowed: "a number of hosts, or a list of them",
    holds: (value) => AMOUNT.holds(value) || LIST.holds(value),
  }),
  projects: optional(TEXTS),
  machines: optional(TEXTS),
  users: optional(TEXTS),
  scrapeSeconds: optional(POSITIVE),
  events: optional(oneOf(["usual", "none"])),
  outages: optional(LIST),
  lateArrivals: optional(LIST),
  replicas: optional(LIST),
};

/** A made-up cloud: its hosts, and what happens to them. */
export interface SimulatedCluster {
  readonly interval: Interval;
  /** When Prometheus was scraping: from an hour before the interval to ten minutes after it, both inclusive, UTC ms. */
  readonly scraped: Interval;
  readonly scrapeMs: number;
  readonly hosts: readonly SimulatedHost[];
  readonly outages: readonly Outage[];
  readonly replicas: readonly ReplicaDescription[];
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

/**
 * A made-up research cloud: hosts with owners, reboots and a daily rhythm, and what Prometheus scraped
 * of them. Its exact truth is {@link clusterTruth}.
 *
 * @example
 * import assert from "node:assert/strict";
 * import { clusterTruth, simulateCluster } from "ada-carbon/testing";
 *
 * const from = Date.parse("2025-09-10T00:00:00Z");
 * const cluster = simulateCluster({ interval: { from, to: from + 6 * 3_600_000 }, hosts: 4 });
 * const [host] = clusterTruth(cluster).hosts;
 * assert.equal(host?.busyCpuSeconds.length, 6);
 */
export function simulateCluster(options: ClusterOptions): SimulatedCluster {
  assertOptions("simulateCluster", options, CLUSTER_OPTIONS);
  const interval = periodOf(options.interval);
  const { seed = 1, hosts = 24, scrapeSeconds = 60, events = "usual", outages = [] } = options;
  const { replicas = [{}], lateArrivals = [] } = options;
  if (!(interval.to > interval.from)) throw badInput("interval.to must be after interval.from");

  const defaults = {
    projects: options.projects ?? DEFAULTS.projects,
    machines: options.machines ?? DEFAULTS.machines,
    users: options.users ?? DEFAULTS.users,
  };
  // An hour is final only when hosts were scraped after it: so is the last one.
  const scraped = { from: interval.from - HOUR_MS, to: interval.to + 10 * 60_000 };
  const scrapeMs = Math.round(scrapeSeconds * 1000);
  const descriptions = typeof hosts === "number" ? Array.from({ length: hosts }, () => ({})) : hosts;
  const drawn = descriptions.map((description: HostDescription, i): SimulatedHost => {
    const hostSeed = mix(mix(seed, 7), i);
    const all = { ...drawHost(hostSeed, i, interval, scrapeMs, events, defaults), ...given(description) };
    const known = { ...all, lateArrivals: [...(all.lateArrivals ?? []), ...lateArrivals] };
    const load = description.load ?? seededLoad(hostSeed);
    return createHost(known, load, hourOf(scraped.from), scrapeMs, mix(hostSeed, 8));
  });
  assertDistinct(drawn);
  return { interval, scraped, scrapeMs, hosts: drawn, outages, replicas };
}

/** Two hosts with the same labels would be the same series in Prometheus. One host may have labels again. */
function assertDistinct(hosts: readonly SimulatedHost[]): void {
  const targetsOf = new Map<string, SimulatedTarget>();
  for (const target of hosts.flatMap(({ targets }) => targets)) {
    for (const { labels } of target.labelSpans) {
      const key = labelSetKey(labels);
      if ((targetsOf.get(key) ?? target) !== target) throw badInput(`two hosts have the labels ${key}`);
      targetsOf.set(key, target);
    }
  }
}
