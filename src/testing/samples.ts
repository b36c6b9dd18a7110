import { remembered } from "../usage/remembered.js";
import { TRUE_BOOT_TIME } from "./boot-times.js";
import type { ReplicaDescription, SimulatedCluster } from "./cluster.js";
import { type FaultyScrape, isLeftOut, saidSeconds } from "./counter-faults.js";
import type { SimulatedHost, SimulatedTarget } from "./host.js";
import type { Incarnation } from "./host-description.js";
import { labelSetKey } from "./label-spans.js";
import { CPU_MODES, counterAt } from "./load.js";
import { isReported } from "./online-time.js";
import { ScrapeTimeline } from "./timeline.js";

/** The metrics of the simulation. `up` is set by Prometheus itself, the others by the exporter. */
export const METRICS = [
  { name: "node_cpu_seconds_total", type: "counter" },
  { name: "node_boot_time_seconds", type: "gauge" },
  { name: "node_memory_Active_bytes", type: "gauge" },
  { name: "node_memory_MemTotal_bytes", type: "gauge" },
  { name: "up", type: "gauge" },
] as const;
/** A metric that simulated hosts have. */
type MetricName = (typeof METRICS)[number]["name"];

/** One series: all its labels but the name, and its value at the scrapes of the target's timeline. */
export interface SampledSeries {
  readonly metric: MetricName;
  readonly labels: Readonly<Record<string, string>>;
  /** The scrapes at which it has a sample, ascending. Not given: at every one. */
  readonly scrapes?: readonly number[] | undefined;
  /** The value at a scrape. */
  value(scrape: number): number;
}

/** A set of labels that a target had, and the scrapes at which it had it, all if not given. */
interface LabelledScrapes {
  readonly labels: Readonly<Record<string, string>>;
  readonly scrapes: readonly number[] | undefined;
}

/** How many rows of counters a target keeps: more than an hour of scrapes at the usual minute, days of small hosts. */
const FEWEST_ROWS_KEPT = 80;
const COUNTERS_KEPT = 20_000;

/** Some series of one target, with a sample at scrapes of one timeline. */
export interface TargetSamples {
  readonly host: SimulatedHost;
  readonly timeline: ScrapeTimeline;
  readonly series: readonly SampledSeries[];
  /** When a scrape reached the storage, UTC ms. */
  arrival(scrape: number): number;
}

/** Everything that was scraped of one target of a host by one Prometheus. */
export class HostSamples implements TargetSamples {
  readonly host: SimulatedHost;
  readonly timeline: ScrapeTimeline;
  readonly series: readonly SampledSeries[];
  readonly #target: SimulatedTarget;
  readonly #replica: ReplicaDescription;
  readonly #rows = new Map<number, Float64Array>();
  readonly #atBoot = new Map<Incarnation, Float64Array>();

  /** Of the host's first target and the first replica, unless others are named. */
  constructor(
    cluster: SimulatedCluster,
    host: SimulatedHost,
    target: SimulatedTarget | undefined = host.targets[0],
    replica: ReplicaDescription | undefined = cluster.replicas[0],
  ) {
    if (target === undefined) throw new RangeError(`${host.instance} has no target`);
    this.host = host;
    this.#target = target;
    this.#replica = replica ?? {};
    this.timeline = new ScrapeTimeline(cluster, host, target, this.#replica);
    this.series = this.#labelled().flatMap((labelled) => this.#seriesOf(labelled));
  }

  arrival(scrape: number): number {
    return this.arrivalAt(this.timeline.time(scrape));
  }

  /** When a scrape of an instant reached the storage; both UTC ms. */
  arrivalAt(time: number): number {
    const late = this.host.lateArrivals.find(({ from, to }) => time >= from && time < to);
    return late === undefined ? time : Math.max(time + (late.afterSeconds ?? 0) * 1000, late.at ?? 0);
  }

  /** The true CPU counters at one scrape, in microseconds since boot, cpu by cpu and mode by mode. */
  trueCounters(scrape: number): Float64Array {
    const known = this.#rows.get(scrape);
    if (known !== undefined) return known;
    const row = this.host.cpuTime.at(this.timeline.time(scrape));
    const incarnation = this.timeline.incarnation(scrape);
    const boot = remembered(this.#atBoot, incarnation, () => this.host.cpuTime.at(incarnation.from));
    for (let column = 0; column < row.length; column++)
      row[column] = (row[column] ?? 0) - (boot[column] ?? 0);
    if (this.#rows.size >= Math.max(FEWEST_ROWS_KEPT, COUNTERS_KEPT / row.length)) this.#rows.clear();
    this.#rows.set(scrape, row);
    return row;
  }

  /** What faults look at of a scrape. */
  faultyScrape(scrape: number): FaultyScrape {
    return { time: this.timeline.time(scrape), bootedAt: this.timeline.incarnation(scrape).from };
  }

  #labelled(): LabelledScrapes[] {
    const spans = this.#target.labelSpans;
    const own = this.#replica.labels ?? {};
    const [first] = spans;
    if (spans.length === 1 && first !== undefined)
      return [{ labels: { ...first.labels, ...own }, scrapes: undefined }];
    const bySet = Map.groupBy(spans, ({ labels }) => labelSetKey(labels));
    return [...bySet.values()].map((same) => ({
      labels: { ...same[0]?.labels, ...own },
      scrapes: same.flatMap(({ from, to }) => {
        const [start, end] = [this.timeline.countBefore(from), this.timeline.countBefore(to)];
        return Array.from({ length: end - start }, (_, i) => start + i);
      }),
    }));
  }

  #seriesOf({ labels, scrapes }: LabelledScrapes): SampledSeries[] {
    const { memoryBytes, bootTime } = this.host;
    const gauge = (metric: MetricName, value: (scrape: number) => number): SampledSeries => {
      return { metric, labels, scrapes, value };
    };
    const boot = (scrape: number): number | null =>
      bootTime?.(this.timeline.time(scrape), this.timeline.incarnation(scrape).from / 1000) ?? null;
    return [
      ...this.#cpuSeries({ labels, scrapes }),
      {
        ...gauge("node_boot_time_seconds", (scrape) => boot(scrape) ?? Number.NaN),
        scrapes:
          bootTime === TRUE_BOOT_TIME
            ? scrapes
            : this.#all(scrapes).filter((scrape) => boot(scrape) !== null),
      },
      gauge("node_memory_Active_bytes", (scrape) => this.#activeBytes(this.timeline.time(scrape))),
      gauge("node_memory_MemTotal_bytes", () => memoryBytes),
      gauge("up", () => 1),
    ].filter((series) => series.scrapes?.length !== 0);
  }

  #cpuSeries({ labels, scrapes }: LabelledScrapes): SampledSeries[] {
    const { cores, counterFaults, offlineCpus } = this.host;
    const isWhole =
      !offlineCpus.some(({ series }) => series === "absent") &&
      !counterFaults.some(({ saysSeconds }) => saysSeconds === null);
    return Array.from({ length: cores * CPU_MODES.length }, (_, column): SampledSeries => {
      const { cpu, mode } = counterAt(column);
      const micros = (scrape: number): number => this.trueCounters(scrape)[column] ?? 0;
      const hasSample = (scrape: number): boolean =>
        isReported(offlineCpus, cpu, this.timeline.time(scrape)) &&
        !isLeftOut(counterFaults, this.faultyScrape(scrape), column);
      return {
        metric: "node_cpu_seconds_total",
        labels: { ...labels, cpu: String(cpu), mode },
        scrapes: isWhole ? scrapes : this.#all(scrapes).filter(hasSample),
        value:
          counterFaults.length === 0
            ? (scrape) => micros(scrape) / 1e6
            : (scrape) => saidSeconds(counterFaults, this.faultyScrape(scrape), column, micros(scrape)),
      };
    });
  }

  #all(scrapes: readonly number[] | undefined): readonly number[] {
    return scrapes ?? Array.from({ length: this.timeline.length }, (_, scrape) => scrape);
  }

  /** A tenth of the memory at rest, three quarters when the first cpu is fully busy, in pages of 4 KiB. */
  #activeBytes(instant: number): number {
    const { load, loadBlockMs, memoryBytes } = this.host;
    const [idle = 1000] = load(0, Math.floor(instant / loadBlockMs) * loadBlockMs);
    const perMille = 100 + Math.floor(((1000 - idle) * 65) / 100);
    return Math.floor((memoryBytes * perMille) / 1000 / 4096) * 4096;
  }
}
