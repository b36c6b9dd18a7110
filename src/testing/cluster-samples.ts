import type { SimulatedCluster } from "./cluster.js";
import { HostSamples, type TargetSamples } from "./samples.js";
import { UpSamples } from "./up-samples.js";

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
