import { remembered } from "../../usage/remembered.js";
import { labelText } from "../client/hosts.js";
import type { LabelNames } from "../client/queries.js";
import type { StoredSamples } from "../replies/stored-samples.js";

/** What one CPU's counters said at one scrape, CPU-seconds by mode. */
export interface CpuScrape {
  /** UTC milliseconds. */
  readonly time: number;
  readonly modes: ReadonlyMap<string, number>;
}

/** The scrapes of each CPU of a host, ascending, by the name of the CPU. */
export type HostCounters = ReadonlyMap<string, readonly CpuScrape[]>;

/** What a host is known by: its project and its instance label. */
export function hostKey(project: string, instance: string): string {
  return JSON.stringify([project, instance]);
}

/**
 * The counters of each host, by {@link hostKey}. A host that is scraped by two jobs, or whose other labels changed,
 * has the scrapes of all of them: they are the same counters.
 */
export function countersByHost(
  stored: readonly StoredSamples[],
  { project, instance }: LabelNames,
): ReadonlyMap<string, HostCounters> {
  const hosts = new Map<string, Map<string, Map<number, Map<string, number>>>>();
  for (const { labels, times, values } of stored) {
    const key = hostKey(labelText(labels[project]) ?? "", labelText(labels[instance]) ?? "");
    const cpus = remembered(hosts, key, () => new Map());
    const scrapes = remembered(cpus, labels.cpu ?? "", () => new Map());
    times.forEach((time, i) => {
      remembered(scrapes, time, () => new Map()).set(labels.mode ?? "", values[i] ?? Number.NaN);
    });
  }
  return new Map([...hosts].map(([key, cpus]) => [key, inOrder(cpus)]));
}

function inOrder(cpus: ReadonlyMap<string, ReadonlyMap<number, ReadonlyMap<string, number>>>): HostCounters {
  const ordered = [...cpus].map(([cpu, scrapes]): [string, CpuScrape[]] => {
    const all = [...scrapes].map(([time, modes]) => ({ time, modes }));
    return [cpu, all.sort((a, b) => a.time - b.time)];
  });
  return new Map(ordered);
}
