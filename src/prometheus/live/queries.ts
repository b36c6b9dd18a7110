import { ADA_MODES } from "../../usage/modes.js";
import { byLabels, oneOf } from "../client/promql.js";
import {
  BOOT,
  COUNTED_MODES,
  CPU,
  cpusOf,
  type HostSelection,
  hostLabels,
  IDLE,
  machineLabels,
  modesOf,
  select,
  sumOfEach,
  tagged,
} from "../client/queries.js";

// The queries about hosts that are up now. Every fact is a series of its own with a label `fact`; only `seen`
// carries all labels of a host, the others just enough to know it by.

/**
 * What the queries ask for, by their `fact` label. `seen` and `boot` are Unix seconds; `memory` is a share; `busy`
 * and `idle` are the CPU-seconds that all CPUs together gained in `span` seconds, from one scrape to another; `alike` is
 * how many of the CPUs have the same labels.
 */
export const HOST_FACTS = ["seen", "boot", "memory", "cpus", "alike", "span", "busy", "idle"] as const;
export type HostFact = (typeof HOST_FACTS)[number];

/** The fact that is about the source and not about a host: its latest scrape of any host, some time ago. */
export const WATCHING = "watching";

/**
 * Hosts that are up (the time of their last scrape), their boot time and active memory; and when, before
 * `watchingSeconds` ago, any of them was last scraped.
 */
export function activeQuery(hosts: HostSelection, watchingSeconds: number): string {
  const up = select("up", hosts);
  const latest = (metric: string): string =>
    `max ${byLabels(machineLabels(hosts))} (${select(metric, hosts)})`;
  return tagged({
    seen: `max ${byLabels(hostLabels(hosts))} (timestamp(${up}) and (${up} == 1))`,
    boot: latest(BOOT),
    memory: `${latest("node_memory_Active_bytes")} / ${latest("node_memory_MemTotal_bytes")}`,
    [WATCHING]: `max(timestamp(${up} offset ${watchingSeconds}s))`,
  });
}

/**
 * How many CPUs each host has, and what their counters gained between its last scrape and the last one that is at
 * least `seconds` old. It is the difference of the two values: a counter that fell in between and goes on costs what
 * it fell by, where `rate` would take it for one that began anew.
 *
 * @param added What is added up: a `target`, which is half the work, or each `counter`, where CPUs have further labels.
 */
export function loadQuery(hosts: HostSelection, seconds: number, added: "target" | "counter"): string {
  const machine = machineLabels(hosts);
  const by = byLabels(machine);
  const idle = select(CPU, hosts, IDLE);
  const gained = (use: "busy" | "idle"): string => {
    const counters = select(CPU, hosts, modesOf(ADA_MODES, use) ?? IDLE);
    const counted = (when: string): string =>
      added === "target"
        ? `max ${by} (sum without (cpu, mode) (${counters}${when}))`
        : sumOfEach(machine, `${counters}${when}`);
    return `${counted("")} - ${counted(` offset ${seconds}s`)}`;
  };
  const scraped = (when: string): string => `max ${by} (timestamp(${idle}${when}))`;
  return tagged({
    cpus: cpusOf(machine, idle),
    alike: `max ${by} (count without (cpu, mode) (${idle}))`,
    span: `${scraped("")} - ${scraped(` offset ${seconds}s`)}`,
    busy: gained("busy"),
    idle: gained("idle"),
  });
}

/** The counters of a few hosts at every scrape of the last `seconds`, as they were stored. */
export function countersQuery(hosts: HostSelection, instances: readonly string[], seconds: number): string {
  return `${select(CPU, hosts, COUNTED_MODES, oneOf(hosts.labels.instance, instances))}[${seconds}s]`;
}
