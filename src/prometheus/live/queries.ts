import { byLabels, type Matcher, oneOf } from "../client/promql.js";
import { BOOT, CPU, type HostSelection, IDLE, type LabelNames, select, tagged } from "../client/queries.js";

// The queries about hosts that are up now. Every fact is a series of its own with a label `fact`; only `seen`
// carries all labels of a host, the others just enough to know it by.

/**
 * What the queries ask for, by their `fact` label. `seen` and `boot` are Unix seconds; `memory` is a share; `busy`
 * and `idle` are the CPU-seconds that all CPUs together gained in `span` seconds, from one scrape to another.
 */
export const HOST_FACTS = ["seen", "boot", "memory", "cpus", "span", "busy", "idle"] as const;
export type HostFact = (typeof HOST_FACTS)[number];

/** The fact that is about the source and not about a host: its latest scrape of any host, some time ago. */
export const WATCHING = "watching";

const BUSY: Matcher = { label: "mode", op: "!=", value: "idle" };

/**
 * Hosts that are up (the time of their last scrape), their boot time and active memory; and when, before
 * `watchingSeconds` ago, any of them was last scraped.
 */
export function activeQuery(hosts: HostSelection, watchingSeconds: number): string {
  const { project, machine, user, instance } = hosts.labels;
  const up = select("up", hosts);
  const latest = (metric: string): string => `max ${byHost(hosts.labels)} (${select(metric, hosts)})`;
  return tagged({
    seen: `max ${byLabels([project, machine, user, instance])} (timestamp(${up}) and (${up} == 1))`,
    boot: latest(BOOT),
    memory: `${latest("node_memory_Active_bytes")} / ${latest("node_memory_MemTotal_bytes")}`,
    [WATCHING]: `max(timestamp(${up} offset ${watchingSeconds}s))`,
  });
}

/**
 * How many CPUs each host has, and what their counters gained between its last scrape and the last one that is at
 * least `seconds` old. It is the difference of the two values: a counter that fell in between and goes on costs what
 * it fell by, where `rate` would take it for one that began anew.
 */
export function loadQuery(hosts: HostSelection, seconds: number): string {
  const idle = select(CPU, hosts, IDLE);
  const gained = (mode: Matcher): string => {
    const counters = select(CPU, hosts, mode);
    const counted = (when: string): string =>
      `max ${byHost(hosts.labels)} (sum without (cpu, mode) (${counters}${when}))`;
    return `${counted("")} - ${counted(` offset ${seconds}s`)}`;
  };
  const scraped = (when: string): string => `max ${byHost(hosts.labels)} (timestamp(${idle}${when}))`;
  return tagged({
    cpus: `count ${byHost(hosts.labels)} (group ${byHost(hosts.labels, "cpu")} (${idle}))`,
    span: `${scraped("")} - ${scraped(` offset ${seconds}s`)}`,
    busy: gained(BUSY),
    idle: gained(IDLE),
  });
}

/** The counters of a few hosts at every scrape of the last `seconds`, as they were stored. */
export function countersQuery(hosts: HostSelection, instances: readonly string[], seconds: number): string {
  return `${select(CPU, hosts, oneOf(hosts.labels.instance, instances))}[${seconds}s]`;
}

/** Two clouds, or two networks of one, may use the same addresses: an instance is told apart by its project. */
function byHost({ project, instance }: LabelNames, ...more: readonly string[]): string {
  return byLabels([project, instance, ...more]);
}
