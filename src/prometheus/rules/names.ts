import { AdaCarbonError } from "../../usage/errors.js";

/** Names of the recorded sums by project, machine and user. */
export interface RecordedNames {
  /** CPU-seconds of the hour that count as busy. */
  readonly busy: string;
  /** CPU-seconds of the hour that count as idle. */
  readonly idle: string;
  /** Cores x seconds that the hosts were up in the hour. */
  readonly expected: string;
  /** How much of that was observed, host by host: too much of one does not make up for too little of another. */
  readonly covered: string;
  /** How many hosts these sums are not to be relied on for, because counters fell or say what cannot be. */
  readonly doubted: string;
  /** When any host was last scraped, Unix seconds. It has no owner. */
  readonly heard: string;
}

/**
 * The names that `ada-carbon rules` gives to the recorded sums, most of them CPU-seconds of an hour.
 * `bad-input` if the prefix cannot begin the name of a metric.
 *
 * @example
 * import { recordedNames } from "ada-carbon/prometheus";
 *
 * assert.equal(recordedNames("ada").busy, "ada:cpu_busy_seconds_increase_1h:by_project_machine_user");
 */
export function recordedNames(prefix = "ada"): RecordedNames {
  assertPrefix(prefix);
  const by = "by_project_machine_user";
  return {
    busy: `${prefix}:cpu_busy_seconds_increase_1h:${by}`,
    idle: `${prefix}:cpu_idle_seconds_increase_1h:${by}`,
    expected: `${prefix}:cpu_expected_seconds_1h:${by}`,
    covered: `${prefix}:cpu_covered_seconds_1h:${by}`,
    doubted: `${prefix}:cpu_doubted_hosts_1h:${by}`,
    heard: `${prefix}:last_scrape_time`,
  };
}

/** Names of what is recorded of each host and machine, from which the sums are made. */
export interface StepNames {
  readonly busy: string;
  readonly idle: string;
  readonly ignored: string;
  readonly cores: string;
  readonly doubted: string;
  readonly fallen: string;
  readonly observed: string;
  readonly expected: string;
  readonly firstScrape: string;
  readonly lastScrape: string;
  readonly scrapes: string;
  readonly firstBoot: string;
  readonly lastBoot: string;
  readonly seenBefore: string;
  readonly bootSince: string;
  readonly scrapeSince: string;
  readonly upFrom: string;
  readonly upTo: string;
  readonly up: string;
}

export function stepNames(prefix: string): StepNames {
  assertPrefix(prefix);
  return {
    busy: `${prefix}:cpu_busy_seconds_increase_1h:by_host`,
    idle: `${prefix}:cpu_idle_seconds_increase_1h:by_host`,
    ignored: `${prefix}:cpu_ignored_seconds_increase_1h:by_host`,
    cores: `${prefix}:cpu_cores_1h:by_host`,
    doubted: `${prefix}:cpu_doubted_seconds_1h:by_machine`,
    fallen: `${prefix}:cpu_fallen_seconds_1h:by_machine`,
    observed: `${prefix}:cpu_observed_seconds_increase_1h:by_host`,
    expected: `${prefix}:cpu_expected_seconds_1h:by_host`,
    firstScrape: `${prefix}:first_scrape_time_1h:by_machine`,
    lastScrape: `${prefix}:last_scrape_time_1h:by_machine`,
    scrapes: `${prefix}:scrapes_1h:by_machine`,
    firstBoot: `${prefix}:first_boot_time_1h:by_machine`,
    lastBoot: `${prefix}:last_boot_time_1h:by_machine`,
    seenBefore: `${prefix}:seen_before_1h:by_machine`,
    bootSince: `${prefix}:boot_time_since_1h:by_machine`,
    scrapeSince: `${prefix}:scrape_time_since_1h:by_machine`,
    upFrom: `${prefix}:up_from_time_1h:by_machine`,
    upTo: `${prefix}:up_to_time_1h:by_machine`,
    up: `${prefix}:up_seconds_1h:by_machine`,
  };
}

function assertPrefix(prefix: string): void {
  if (!/^[A-Za-z_][\w:]*$/.test(prefix))
    throw new AdaCarbonError("bad-input", `${JSON.stringify(prefix)} cannot begin the name of a metric`);
}
