import { lowestAtLeast } from "../usage/search.js";
import type { SimulatedCluster } from "./cluster.js";
import { clusterSamples } from "./cluster-samples.js";
import { Labels, type Matcher, type Series, type Storage, type Window } from "./promql/index.js";
import type { MetricName, SampledSeries, TargetSamples } from "./samples.js";
import { SeriesIndex } from "./series-index.js";

interface StoredSeries extends Series {
  readonly metric: MetricName;
}

/**
 * The samples of a cluster, or of several at once, as a Prometheus would hold them at the instant `now()`: what is
 * scraped or arrives later does not exist yet.
 */
export class SimulatedStorage implements Storage {
  readonly #metrics: ReadonlyMap<MetricName, SeriesIndex<StoredSeries>>;

  constructor(
    clusters: SimulatedCluster | readonly SimulatedCluster[],
    now: () => number = () => Number.POSITIVE_INFINITY,
  ) {
    const metrics = new Map<MetricName, StoredSeries[]>();
    for (const cluster of [clusters].flat()) {
      for (const samples of clusterSamples(cluster)) {
        for (const sampled of samples.series) {
          const series =
            sampled.scrapes === undefined && samples.host.lateArrivals.length === 0
              ? new WholeSeries(samples, sampled, now)
              : new PartialSeries(samples, sampled, now);
          const others = metrics.get(sampled.metric);
          if (others === undefined) metrics.set(sampled.metric, [series]);
          else others.push(series);
        }
      }
    }
    this.#metrics = new Map([...metrics].map(([metric, series]) => [metric, new SeriesIndex(series)]));
  }

  /** The series that match. */
  select(matchers: readonly Matcher[]): readonly StoredSeries[] {
    const ofName = matchers.filter(({ name }) => name === "__name__");
    const others = matchers.filter(({ name }) => name !== "__name__");
    return [...this.#metrics]
      .filter(([metric]) => ofName.every((matcher) => matcher.test(metric)))
      .flatMap(([, series]) => series.select(others));
  }

  /** The label sets of all series selected by any of the selectors that have samples in [from, to]. */
  labelSets(selectors: readonly (readonly Matcher[])[], from: number, to: number): Labels[] {
    const series = new Set((selectors.length === 0 ? [[]] : selectors).flatMap((one) => this.select(one)));
    return [...series].filter((one) => one.window(from, to).length > 0).map(({ labels }) => labels);
  }
}

/** A series of a target, as far as it has come. */
abstract class TargetSeries implements StoredSeries {
  readonly labels: Labels;
  readonly metric: MetricName;
  protected readonly samples: TargetSamples;
  protected readonly series: SampledSeries;
  protected readonly now: () => number;

  constructor(samples: TargetSamples, series: SampledSeries, now: () => number) {
    this.labels = Labels.of([["__name__", series.metric], ...Object.entries(series.labels)]);
    this.metric = series.metric;
    this.samples = samples;
    this.series = series;
    this.now = now;
  }

  abstract window(from: number, to: number): Window;

  latest(at: number): { time: number; value(): number } | undefined {
    const scrape = this.latestScrape(at);
    if (scrape === undefined) return undefined;
    return { time: this.samples.timeline.time(scrape), value: () => this.series.value(scrape) };
  }

  protected abstract latestScrape(at: number): number | undefined;
}

/** A series with a sample at each scrape of its target. */
class WholeSeries extends TargetSeries {
  window(from: number, to: number): Window {
    const { timeline, host } = this.samples;
    const first = timeline.countBefore(from);
    const end = this.#countUpTo(to);
    const window = {
      length: Math.max(end - first, 0),
      time: (i: number) => timeline.time(first + i),
      value: (i: number) => this.series.value(first + i),
    };
    // Counters that never fall but at a boot spare `increase` from looking at each sample.
    if (this.metric !== "node_cpu_seconds_total" || host.counterFaults.length > 0) return window;
    return { ...window, drops: timeline.bootsWithin(first, end).map((boot) => boot - first) };
  }

  protected latestScrape(at: number): number | undefined {
    const count = this.#countUpTo(at);
    return count === 0 ? undefined : count - 1;
  }

  /** Times are whole milliseconds, so what comes before the next one is what comes up to this one. */
  #countUpTo(instant: number): number {
    return this.samples.timeline.countBefore(Math.floor(Math.min(instant, this.now())) + 1);
  }
}

/** A series with samples at some scrapes of its target, or whose samples arrive late. */
class PartialSeries extends TargetSeries {
  #arrived: { readonly by: number; readonly scrapes: readonly number[] } = { by: Number.NaN, scrapes: [] };

  window(from: number, to: number): Window {
    const scrapes = this.#arrivedScrapes();
    const { timeline } = this.samples;
    const first = this.#countBefore(scrapes, from);
    const end = this.#countBefore(scrapes, Math.floor(to) + 1);
    const scrape = (i: number): number => scrapes[first + i] ?? -1;
    return {
      length: Math.max(end - first, 0),
      time: (i) => timeline.time(scrape(i)),
      value: (i) => this.series.value(scrape(i)),
    };
  }

  protected latestScrape(at: number): number | undefined {
    const scrapes = this.#arrivedScrapes();
    return scrapes[this.#countBefore(scrapes, Math.floor(at) + 1) - 1];
  }

  /** How many of these scrapes lie before an instant. */
  #countBefore(scrapes: readonly number[], instant: number): number {
    return lowestAtLeast(scrapes, this.samples.timeline.countBefore(instant));
  }

  #arrivedScrapes(): readonly number[] {
    const now = this.now();
    if (this.#arrived.by !== now) {
      const { timeline } = this.samples;
      const all = this.series.scrapes ?? Array.from({ length: timeline.length }, (_, scrape) => scrape);
      this.#arrived = { by: now, scrapes: all.filter((scrape) => this.samples.arrival(scrape) <= now) };
    }
    return this.#arrived.scrapes;
  }
}
