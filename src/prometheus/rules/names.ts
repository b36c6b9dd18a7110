import { badInput } from "../../usage/errors.js";
import { assertArgument, TEXT } from "../../usage/options.js";

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
 * import assert from "node:assert/strict";
 * import { recordedNames } from "ada-carbon/prometheus";
 *
 * assert.equal(recordedNames("ada").busy, "ada:cpu_busy_seconds_increase_1h:by_project_machine_user");
 */
export function recordedNames(prefix = "ada"): RecordedNames {
  assertArgument("recordedNames", "prefix", prefix, TEXT);
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

/** What is recorded of each host and machine, from which the sums are made: its name behind the prefix. */
const STEPS = {
  busy: "cpu_busy_seconds_increase_1h:by_host",
  idle: "cpu_idle_seconds_increase_1h:by_host",
  ignored: "cpu_ignored_seconds_increase_1h:by_host",
  cores: "cpu_cores_1h:by_host",
  doubted: "cpu_doubted_seconds_1h:by_machine",
  fallen: "cpu_fallen_seconds_1h:by_machine",
  observed: "cpu_observed_seconds_increase_1h:by_host",
  expected: "cpu_expected_seconds_1h:by_host",
  firstScrape: "first_scrape_time_1h:by_machine",
  lastScrape: "last_scrape_time_1h:by_machine",
  scrapes: "scrapes_1h:by_machine",
  firstBoot: "first_boot_time_1h:by_machine",
  lastBoot: "last_boot_time_1h:by_machine",
  seenBefore: "seen_before_1h:by_machine",
  bootSince: "boot_time_since_1h:by_machine",
  scrapeSince: "scrape_time_since_1h:by_machine",
  upFrom: "up_from_time_1h:by_machine",
  upTo: "up_to_time_1h:by_machine",
  up: "up_seconds_1h:by_machine",
} as const;

export type StepNames = Readonly<Record<keyof typeof STEPS, string>>;

export function stepNames(prefix: string): StepNames {
  assertPrefix(prefix);
  const names = Object.entries(STEPS).map(([step, name]) => [step, `${prefix}:${name}`]);
  return Object.fromEntries(names) as StepNames;
}

function assertPrefix(prefix: string): void {
  if (!/^[A-Za-z_][\w:]*$/.test(prefix))
    throw badInput(`${JSON.stringify(prefix)} cannot begin the name of a metric`);
}
