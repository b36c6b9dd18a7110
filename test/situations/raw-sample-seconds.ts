import type { Interval } from "ada-carbon";
import {
  CPU_MODES,
  type Incarnation,
  type ReplicaDescription,
  type SimulatedCluster,
  type SimulatedHost,
} from "ada-carbon/testing";
import { isBadScrape } from "../../src/testing/counter-faults.js";
import { isReported } from "../../src/testing/online-time.js";
import { HostSamples } from "../../src/testing/samples.js";
import { lowestAtLeast } from "../../src/usage/search.js";

/** What one counter is known to have been within one incarnation: straight lines between these. */
interface CounterCurve {
  /** UTC ms, ascending. */
  readonly times: number[];
  /** Microseconds since boot. */
  readonly micros: number[];
}

/**
 * The best that anybody can know of a host from its samples: all samples of all counters by all its targets and
 * replicas together, straight lines between the sample before an instant and the one after, resets where the host
 * booted and nowhere else, and counters that count from 0 there.
 *
 * It is told what an observer has to find out: which machine is which, when it booted, and what was wrong with which
 * sample. A sample that was bad for a time is left out; a step that stayed is taken off, which is what the other modes
 * of that cpu leave of the time.
 *
 * It is the yardstick for a measured host-hour; the truth (`clusterTruth`) also knows how work lay between two
 * scrapes, and what was done after the last one.
 */
export class RawSampleSeconds {
  readonly host: SimulatedHost;
  readonly #curves: readonly CounterCurve[];

  /** `arrivedBy`, UTC ms: samples that reached the storage later are not known. Default: all are. */
  constructor(cluster: SimulatedCluster, host: SimulatedHost, arrivedBy: number = Number.POSITIVE_INFINITY) {
    this.host = host;
    const scrapes = scrapesOf(cluster, host, arrivedBy);
    this.#curves = host.incarnations.flatMap((incarnation) => curvesOf(host, incarnation, scrapes));
  }

  /** CPU-seconds in [from, to), over all cpus, one number for each of {@link CPU_MODES}. */
  in({ from, to }: Interval): number[] {
    const seconds = CPU_MODES.map(() => 0);
    this.#curves.forEach((curve, i) => {
      const mode = i % CPU_MODES.length;
      seconds[mode] = (seconds[mode] ?? 0) + (microsAt(curve, to) - microsAt(curve, from)) / 1e6;
    });
    return seconds;
  }
}

interface Scrape {
  readonly time: number;
  readonly samples: HostSamples;
  readonly index: number;
}

/** All scrapes of a host, whoever made them, oldest first. */
function scrapesOf(cluster: SimulatedCluster, host: SimulatedHost, arrivedBy: number): Scrape[] {
  const makers = host.targets.flatMap((target) =>
    cluster.replicas.map((replica: ReplicaDescription) => new HostSamples(cluster, host, target, replica)),
  );
  return makers
    .flatMap((samples) =>
      Array.from({ length: samples.timeline.length }, (_, index) => ({
        time: samples.timeline.time(index),
        samples,
        index,
      })).filter(({ index }) => samples.arrival(index) <= arrivedBy),
    )
    .sort((a, b) => a.time - b.time);
}

/** One for each cpu and mode. All of them are taken from a scrape at once: simulating it is what costs. */
function curvesOf(host: SimulatedHost, incarnation: Incarnation, scrapes: readonly Scrape[]): CounterCurve[] {
  // Counters are 0 at boot.
  const curves = Array.from(
    { length: host.cores * CPU_MODES.length },
    (): CounterCurve => ({ times: [incarnation.from], micros: [0] }),
  );
  for (const { time, samples, index } of scrapes) {
    if (time < incarnation.from || time >= incarnation.to) continue;
    const counters = samples.trueCounters(index);
    for (const [column, { times, micros }] of curves.entries()) {
      const isOnline = isReported(host.offlineCpus, Math.floor(column / CPU_MODES.length), time);
      if (isOnline && isBadScrape(host.counterFaults, samples.faultyScrape(index), column)) continue;
      times.push(time);
      // A cpu that the exporter leaves out does not tick.
      micros.push((isOnline ? counters[column] : micros.at(-1)) ?? 0);
    }
  }
  return curves;
}

/** Before the first point it is that of the first, after the last one that of the last. */
function microsAt({ times, micros }: CounterCurve, instant: number): number {
  const after = lowestAtLeast(times, instant);
  const last = times.length - 1;
  if (after > last) return micros[last] ?? 0;
  const [to, high] = [times[after] ?? 0, micros[after] ?? 0];
  if (after === 0 || to === instant) return high;
  const [from, low] = [times[after - 1] ?? 0, micros[after - 1] ?? 0];
  return low + ((high - low) * (instant - from)) / (to - from);
}
