import type { ModePolicy, ModeUse } from "../usage/modes.js";
import { type Matcher, oneOf, quoteRegex, selector } from "./promql.js";

/** The label names a cloud uses; the defaults are those of the source documents. */
export interface LabelNames {
  readonly project: string;
  readonly machine: string;
  readonly user: string;
  readonly instance: string;
}

export const ADA_LABELS: LabelNames = {
  project: "cloud_project_name",
  machine: "machine_name",
  user: "user",
  instance: "instance",
};

/** Which hosts are meant: those of the projects that also satisfy the extra matchers. */
export interface HostSelection {
  readonly labels: LabelNames;
  readonly projects: readonly string[];
  readonly matchers: readonly Matcher[];
}

const CPU = "node_cpu_seconds_total";
const BOOT = "node_boot_time_seconds";
const IDLE: Matcher = { label: "mode", op: "=", value: "idle" };

/** What time can be used for, and the order in which it is asked for: what has most counters first. */
const MODE_USES: readonly ModeUse[] = ["busy", "idle", "ignored"];

/**
 * CPU-seconds of the hour before the evaluation time, one series a host, for each use of time that there is.
 * The increase of each counter first, then the sum: the increase of a sum would hide one host's reset.
 * The outer max makes one of a host that is scraped twice (two jobs, a high-availability pair); asked of every counter
 * instead, it would make a group of each, at every step.
 */
export function cpuQueries(hosts: HostSelection, policy: ModePolicy): { use: ModeUse; query: string }[] {
  const by = groupLabels(hosts.labels);
  return MODE_USES.flatMap((use) => {
    const modes = modesOf(policy, use);
    if (modes === undefined) return [];
    const counters = select(CPU, hosts, modes);
    return [{ use, query: `max by (${by}) (sum without (cpu, mode) (increase(${counters}[1h])))` }];
  });
}

/** The matcher for the modes of one use; `undefined` if there are none. Modes not named are busy. */
export function modesOf(policy: ModePolicy, use: ModeUse): Matcher | undefined {
  const named = Object.entries(policy).flatMap(([mode, of]) => (of === use ? [mode] : []));
  if (use !== "busy") return named.length === 0 ? undefined : oneOf("mode", named);
  const others = Object.entries(policy).flatMap(([mode, of]) => (of === "busy" ? [] : [mode]));
  return { label: "mode", op: "!~", value: others.map(quoteRegex).join("|") };
}

/** Busy and idle CPU-seconds of the seconds before the evaluation time, one series an instance and mode. */
export function sliceQuery(
  hosts: Omit<HostSelection, "projects">,
  instances: readonly string[],
  seconds: number,
): string {
  const by = hosts.labels.instance;
  const series = selector(CPU, [oneOf(hosts.labels.instance, instances), ...hosts.matchers]);
  return `sum by (${by}, mode) (max by (${by}, cpu, mode) (increase(${series}[${seconds}s])))`;
}

/** The facts about a host's hour that say how many CPU-seconds to expect of it. */
export const PRESENCE_FACTS = ["cores", "boot"] as const;
export type PresenceFact = (typeof PRESENCE_FACTS)[number];

/**
 * Cores and latest boot time (Unix seconds) of the hour before the evaluation time, one series a host. Each is a
 * question of its own: joined by `or` they take Prometheus more than twice as long.
 */
export function presenceQueries(hosts: HostSelection): Record<PresenceFact, string> {
  const by = groupLabels(hosts.labels);
  return {
    cores: `max by (${by}) (count without (cpu, mode) (count_over_time(${select(CPU, hosts, IDLE)}[1h])))`,
    boot: `max by (${by}) (max_over_time(${select(BOOT, hosts)}[1h]))`,
  };
}

/** How often some instances, or all, were scraped in the hour before the evaluation time, one series a host. */
export function scrapesQuery(hosts: HostSelection, instances: readonly string[] | undefined): string {
  const idle = select(CPU, hosts, IDLE, ...onlyThese(hosts, instances));
  return `max by (${groupLabels(hosts.labels)}) (count_over_time(${idle}[1h]))`;
}

/** The boot times of some instances at every scrape of the hours before the evaluation time. */
export function bootSamplesQuery(hosts: HostSelection, instances: readonly string[], hours: number): string {
  return `${select(BOOT, hosts, oneOf(hosts.labels.instance, instances))}[${hours}h]`;
}

/**
 * Who was seen in the seconds before the evaluation time (`seen`), and the oldest boot time seen (`boot`): all hosts, or
 * those of some instances.
 */
export function sightingQuery(hosts: HostSelection, seconds: number, instances?: readonly string[]): string {
  const by = hosts.labels.instance;
  const only = onlyThese(hosts, instances);
  const idle = select(CPU, hosts, IDLE, ...only);
  return tagged({
    seen: `max by (${by}) (count_over_time(${idle}[${seconds}s]))`,
    boot: `min by (${by}) (min_over_time(${select(BOOT, hosts, ...only)}[${seconds}s]))`,
  });
}

/** The selector whose series have a project label at all. */
export function projectSelector(labels: LabelNames, matchers: readonly Matcher[]): string {
  return selector(CPU, [{ label: labels.project, op: "!=", value: "" }, ...matchers]);
}

function groupLabels(labels: LabelNames): string {
  return [labels.project, labels.machine, labels.user, labels.instance].join(", ");
}

function onlyThese({ labels }: HostSelection, instances: readonly string[] | undefined): Matcher[] {
  return instances === undefined ? [] : [oneOf(labels.instance, instances)];
}

function select(metric: string, hosts: HostSelection, ...more: Matcher[]): string {
  return selector(metric, [oneOf(hosts.labels.project, hosts.projects), ...more, ...hosts.matchers]);
}

/** Several vectors in one reply, told apart by their `fact` label. */
export function tagged(facts: Readonly<Record<string, string>>): string {
  return Object.entries(facts)
    .map(([fact, query]) => `label_replace(${query}, "fact", "${fact}", "", "")`)
    .join(" or ");
}
