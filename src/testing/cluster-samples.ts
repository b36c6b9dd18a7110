import type { ReplicaDescription, SimulatedCluster } from "./cluster.js";
import type { SimulatedHost, SimulatedTarget } from "./host.js";
import { HostSamples, type SampledSeries, type TargetSamples } from "./samples.js";
import { ScrapeTimeline } from "./timeline.js";

/** All that is stored of a cluster: host by host, target by target, replica by replica. */
export function* clusterSamples(cluster: SimulatedCluster): Generator<TargetSamples, void, undefined> {
  for (const host of cluster.hosts) {
    for (const target of host.targets) {
      for (const replica of cluster.replicas) {
        const scraped = new HostSamples(cluster, host, target, replica);
        if (!host.recordsFailedScrapes) {
          yield scraped;
          continue;
        }
        const { timeline, series } = scraped;
        const answered = series.filter(({ metric }) => metric !== "up");
        yield { host, timeline, series: answered, arrival: (scrape) => scraped.arrival(scrape) };
        yield new UpSamples(cluster, host, target, replica);
      }
    }
  }
}

/**
 * The series `up` of a target that Prometheus goes on trying to scrape while it does not answer: 1 at each scrape that
 * succeeded and 0 at each that failed, from the first boot of the host to its last shutdown.
 */
class UpSamples implements TargetSamples {
  readonly host: SimulatedHost;
  readonly timeline: ScrapeTimeline;
  readonly series: readonly SampledSeries[];
  readonly #answered: HostSamples;

  constructor(
    cluster: SimulatedCluster,
    host: SimulatedHost,
    target: SimulatedTarget,
    replica: ReplicaDescription,
  ) {
    this.host = host;
    this.#answered = new HostSamples(cluster, host, target, replica);
    const tried = { ...host, ...triedAlways(host) };
    this.timeline = new ScrapeTimeline(cluster, tried, { ...target, outages: [] }, replica);
    const all = new HostSamples(cluster, tried, { ...target, outages: [] }, replica);
    this.series = all.series
      .filter(({ metric }) => metric === "up")
      .map((up) => ({ ...up, value: (scrape) => (this.#isAnswered(scrape) ? 1 : 0) }));
  }

  arrival(scrape: number): number {
    return this.#answered.arrivalAt(this.timeline.time(scrape));
  }

  #isAnswered(scrape: number): boolean {
    const time = this.timeline.time(scrape);
    const { timeline } = this.#answered;
    const index = timeline.countBefore(time);
    return index < timeline.length && timeline.time(index) === time;
  }
}

/** A host that answers every scrape from its first boot to its end. */
function triedAlways({ incarnations }: SimulatedHost): Partial<SimulatedHost> {
  const [from, to] = [incarnations[0]?.from ?? 0, incarnations.at(-1)?.to ?? 0];
  return { incarnations: [{ from, to }], outages: [], exporterDelayMs: 0, missedScrapesPerMille: 0 };
}
