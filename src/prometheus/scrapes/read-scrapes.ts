import { remembered } from "../../usage/remembered.js";
import { type HostTable, instanceOf } from "../client/hosts.js";
import type { LabelNames } from "../client/queries.js";
import type { Labels } from "../replies/matrix.js";
import type { StoredSamples } from "../replies/stored-samples.js";
import { CounterLayout, type Scrape } from "./counters.js";
import type { TargetScrapes } from "./machines.js";

/** A machine that says it booted before this does not know what time it is. */
export const EARLIEST_BOOT_MS: number = Date.UTC(2000, 0);
/** Clocks of machines and servers may differ by so much. */
const CLOCK_SKEW_MS = 300_000;

/** All scrapes of one instance, a target at a time. */
export interface InstanceScrapes {
  readonly layout: CounterLayout;
  readonly targets: readonly TargetScrapes[];
  /** The first of each kind of number that cannot be. */
  readonly impossible: readonly ImpossibleSample[];
}

export interface ImpossibleSample {
  readonly what: "counter" | "boot time";
  readonly value: number;
  /** UTC milliseconds. */
  readonly time: number;
}

/** Raw samples as scrapes of one instance, or of several that are one machine; of one project only, if it is given. */
export type ScrapesOf = (instances: readonly string[], project?: string) => InstanceScrapes;

export function scrapesByInstance(
  samples: readonly StoredSamples[],
  labels: LabelNames,
  hosts: HostTable,
): ScrapesOf {
  const instance = (stored: StoredSamples): string => instanceOf(stored.labels, labels);
  const samplesOf = Map.groupBy(samples, instance);
  return (instances, project) => {
    const own = instances
      .flatMap((name) => samplesOf.get(name) ?? [])
      .filter((stored) => project === undefined || (stored.labels[labels.project] ?? "") === project);
    const isCounter = ({ labels: { cpu } }: StoredSamples): boolean => cpu !== undefined;
    const bootTimes = own.filter((stored) => !isCounter(stored));
    return scrapesOf(own.filter(isCounter), bootTimes, hosts, Object.values(labels));
  };
}

/** Puts stored samples of CPU counters and boot times of one instance together into scrapes. */
function scrapesOf(
  counters: readonly StoredSamples[],
  bootTimes: readonly StoredSamples[],
  hosts: HostTable,
  hostLabels: readonly string[],
): InstanceScrapes {
  const layout = new CounterLayout();
  for (const { labels } of counters) layout.add(labels.cpu ?? "", labels.mode ?? "");
  const impossible: ImpossibleSample[] = [];
  const note = (sample: ImpossibleSample): void => {
    if (!impossible.some(({ what }) => what === sample.what)) impossible.push(sample);
  };
  const targetOf = targetKeys(counters, bootTimes, hostLabels);
  const bootsOf = Map.groupBy(bootTimes, ({ labels }) => targetOf(labels));
  const targets = [...Map.groupBy(counters, ({ labels }) => targetOf(labels))].map(([target, series]) => {
    const scrapes = new Map<number, Float64Array>();
    for (const { labels, times, values } of series) {
      const position = layout.positionOf(labels.cpu ?? "", labels.mode ?? "");
      times.forEach((time, i) => {
        const value = values[i] ?? Number.NaN;
        const row = remembered(scrapes, time, () => new Float64Array(layout.length).fill(Number.NaN));
        if (Number.isFinite(value)) row[position] = value;
        else note({ what: "counter", value, time });
      });
    }
    const bootTimeAt = bootTimesByTime(bootsOf.get(target) ?? [], note);
    const row = hosts.add(series[0]?.labels ?? {});
    const sorted = [...scrapes].sort(([a], [b]) => a - b);
    return {
      row,
      scrapes: sorted.map(
        ([time, values]): Scrape => ({
          time,
          row,
          bootTime: bootTimeAt.get(time) ?? Number.NaN,
          counters: values,
        }),
      ),
    };
  });
  return { layout, targets, impossible };
}

/**
 * What tells targets apart: the labels of their hosts, and all others that both counters and boot times have. What only
 * counters have says more of a CPU, such as its core. Where there are no boot times, every label but those of a counter.
 */
function targetKeys(
  counters: readonly StoredSamples[],
  bootTimes: readonly StoredSamples[],
  hostLabels: readonly string[],
): (labels: Labels) => string {
  const ofBoots = new Set(bootTimes.flatMap(({ labels }) => Object.keys(labels)));
  const isTelling = (name: string): boolean =>
    bootTimes.length === 0 || ofBoots.has(name) || hostLabels.includes(name);
  const ofCounters = new Set(counters.flatMap(({ labels }) => Object.keys(labels)));
  const telling = [...ofCounters].filter((name) => !OF_COUNTER.includes(name) && isTelling(name)).sort();
  return (labels) => JSON.stringify(telling.map((name) => labels[name] ?? ""));
}

const OF_COUNTER: readonly string[] = ["cpu", "mode", "__name__"];

function bootTimesByTime(
  series: readonly StoredSamples[],
  note: (sample: ImpossibleSample) => void,
): Map<number, number> {
  const byTime = new Map<number, number>();
  for (const { times, values } of series) {
    times.forEach((time, i) => {
      const bootTime = (values[i] ?? Number.NaN) * 1000;
      if (bootTime >= EARLIEST_BOOT_MS && bootTime <= time + CLOCK_SKEW_MS) byTime.set(time, bootTime);
      else note({ what: "boot time", value: bootTime / 1000, time });
    });
  }
  return byTime;
}
