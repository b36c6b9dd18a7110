import { type Matcher, oneOf, selector } from "./promql.js";
import type { HostSelection } from "./queries.js";

// The queries about hosts that are up now. Every fact is a series of its own with a label `fact`; only `seen`
// carries all labels of a host, the others just enough to know it by.

/** What the queries ask for, by their `fact` label. Times are Unix seconds, rates CPU-seconds a second. */
export const HOST_FACTS = ["seen", "boot", "memory", "cores", "idle", "total"] as const;
export type HostFact = (typeof HOST_FACTS)[number];

/** The fact that is about the source and not about a host: its latest scrape of any host, some time ago. */
export const WATCHING = "watching";

/** The label that says which fact a series is. */
export const FACT = "fact";

/**
 * Hosts that are up (the time of their last scrape), their boot time and active memory; and when, before
 * `watchingSeconds` ago, any of them was last scraped.
 */
export function activeQuery(hosts: HostSelection, watchingSeconds: number): string {
  const { project, machine, user } = hosts.labels;
  const by = keyLabels(hosts);
  const up = select("up", hosts);
  const latest = (metric: string): string => `max by (${by}) (${select(metric, hosts)})`;
  return facts({
    seen: `max by (${project}, ${machine}, ${user}, ${hosts.labels.instance}) (timestamp(${up}) and (${up} == 1))`,
    boot: latest("node_boot_time_seconds"),
    memory: `${latest("node_memory_Active_bytes")} / ${latest("node_memory_MemTotal_bytes")}`,
    [WATCHING]: `max(timestamp(${up} offset ${watchingSeconds}s))`,
  });
}

/** How many cores each host has, and how fast its idle and all its CPU time grew over the last `seconds`. */
export function loadQuery(hosts: HostSelection, seconds: number): string {
  const by = keyLabels(hosts);
  const idle = select("node_cpu_seconds_total", hosts, IDLE);
  return facts({
    cores: `count by (${by}) (group by (${by}, cpu) (${idle}))`,
    ...ratesOf(hosts, seconds),
  });
}

/** The rates alone, over a longer time, of hosts that had none: of these instances, or of all if not given. */
export function widerLoadQuery(
  hosts: HostSelection,
  seconds: number,
  instances: readonly string[] | undefined,
): string {
  const only = instances === undefined ? [] : [oneOf(hosts.labels.instance, instances)];
  return facts(ratesOf({ ...hosts, matchers: [...hosts.matchers, ...only] }, seconds));
}

const IDLE: Matcher = { label: "mode", op: "=", value: "idle" };

/**
 * The rate of each counter first, then the sum. The inner max makes one of a host that is scraped twice. Idle
 * and total are apart, because counters that go backwards show in a total that no host can reach.
 */
function ratesOf(hosts: HostSelection, seconds: number): Record<"idle" | "total", string> {
  const by = keyLabels(hosts);
  const rate = (...more: Matcher[]): string => {
    const counters = select("node_cpu_seconds_total", hosts, ...more);
    return `sum by (${by}) (max by (${by}, cpu, mode) (rate(${counters}[${seconds}s])))`;
  };
  return { idle: rate(IDLE), total: rate() };
}

/** Two clouds, or two networks of one, may use the same addresses: an instance is told apart by its project. */
function keyLabels({ labels }: HostSelection): string {
  return `${labels.project}, ${labels.instance}`;
}

function select(metric: string, hosts: HostSelection, ...more: Matcher[]): string {
  return selector(metric, [oneOf(hosts.labels.project, hosts.projects), ...more, ...hosts.matchers]);
}

function facts(queries: Readonly<Record<string, string>>): string {
  const named = Object.entries(queries).map(
    ([fact, query]) => `label_replace(${query}, "${FACT}", "${fact}", "", "")`,
  );
  return named.join(" or ");
}
