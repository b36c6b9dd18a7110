import type { Incarnation, SimulatedCluster, SimulatedHost } from "./cluster.js";
import { BLOCK_MS, CPU_MODES } from "./load.js";
import { ScrapeTimeline } from "./timeline.js";

/** The metrics of the simulation. `up` is set by Prometheus itself, the others by the exporter. */
export const METRICS = [
  { name: "node_cpu_seconds_total", type: "counter" },
  { name: "node_boot_time_seconds", type: "gauge" },
  { name: "node_memory_Active_bytes", type: "gauge" },
  { name: "node_memory_MemTotal_bytes", type: "gauge" },
  { name: "up", type: "gauge" },
] as const;
export type MetricName = (typeof METRICS)[number]["name"];

/** One series: the labels besides the host's, and its value at each scrape of the host's timeline. */
export interface SampledSeries {
  readonly metric: MetricName;
  readonly labels: Readonly<Record<string, string>>;
  value(scrape: number): number;
}

/** How many rows of counters a host keeps: more than an hour of scrapes at the usual minute. */
const ROWS_KEPT = 80;

/** Everything that was scraped of one host. */
export class HostSamples {
  readonly host: SimulatedHost;
  readonly timeline: ScrapeTimeline;
  readonly series: readonly SampledSeries[];
  readonly #rows = new Map<number, Float64Array>();
  readonly #atBoot = new Map<Incarnation, Float64Array>();

  constructor(cluster: SimulatedCluster, host: SimulatedHost) {
    this.host = host;
    this.timeline = new ScrapeTimeline(cluster, host);
    this.series = this.#allSeries();
  }

  #allSeries(): SampledSeries[] {
    const { cores, labels, memoryBytes } = this.host;
    const one = (metric: MetricName, value: (scrape: number) => number): SampledSeries => ({
      metric,
      labels,
      value,
    });
    const cpus = Array.from({ length: cores }, (_, cpu) =>
      CPU_MODES.map((mode, m) => {
        const column = cpu * CPU_MODES.length + m;
        return {
          metric: "node_cpu_seconds_total" as const,
          labels: { ...labels, cpu: String(cpu), mode },
          value: (scrape: number) => (this.#counters(scrape)[column] ?? 0) / 1e6,
        };
      }),
    );
    return [
      ...cpus.flat(),
      one("node_boot_time_seconds", (scrape) => this.timeline.incarnation(scrape).from / 1000),
      one("node_memory_Active_bytes", (scrape) => this.#activeBytes(this.timeline.time(scrape))),
      one("node_memory_MemTotal_bytes", () => memoryBytes),
      one("up", () => 1),
    ];
  }

  /** All CPU counters at one scrape, in microseconds since boot. */
  #counters(scrape: number): Float64Array {
    let row = this.#rows.get(scrape);
    if (row === undefined) {
      row = this.host.cpuTime.at(this.timeline.time(scrape));
      const boot = this.#countersAtBoot(this.timeline.incarnation(scrape));
      for (let column = 0; column < row.length; column++)
        row[column] = (row[column] ?? 0) - (boot[column] ?? 0);
      if (this.#rows.size >= ROWS_KEPT) this.#rows.clear();
      this.#rows.set(scrape, row);
    }
    return row;
  }

  #countersAtBoot(incarnation: Incarnation): Float64Array {
    let row = this.#atBoot.get(incarnation);
    if (row === undefined) {
      row = this.host.cpuTime.at(incarnation.from);
      this.#atBoot.set(incarnation, row);
    }
    return row;
  }

  /** A tenth of the memory at rest, three quarters when the first cpu is fully busy, in pages of 4 KiB. */
  #activeBytes(instant: number): number {
    const [idle = 1000] = this.host.load(0, Math.floor(instant / BLOCK_MS) * BLOCK_MS);
    const perMille = 100 + Math.floor(((1000 - idle) * 65) / 100);
    return Math.floor((this.host.memoryBytes * perMille) / 1000 / 4096) * 4096;
  }
}
