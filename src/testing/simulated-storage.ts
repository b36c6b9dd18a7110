import type { SimulatedCluster } from "./cluster.js";
import { clusterSamples } from "./cluster-samples.js";
import { Labels, type Matcher, type Series, type Storage, type Window } from "./promql/index.js";
import type { MetricName, SampledSeries, TargetSamples } from "./samples.js";
import { lowestAtLeast } from "./search.js";

interface StoredSeries extends Series {
  readonly metric: MetricName;
}

/**
 * The samples of a cluster, or of several at once, as a Prometheus would hold them at the instant `now()`: what is
 * scraped or arrives later does not exist yet.
 */
export class SimulatedStorage implements Storage {
  readonly #metrics = new Map<MetricName, StoredSeries[]>();

  constructor(
    clusters: SimulatedCluster | readonly SimulatedCluster[],
    now: () => number = () => Number.POSITIVE_INFINITY,
  ) {
    for (const cluster of [clusters].flat()) {
      for (const samples of clusterSamples(cluster)) {
        for (const sampled of samples.series) {
          const series =
            sampled.scrapes === undefined && samples.host.lateArrivals.length === 0
              ? new WholeSeries(samples, sampled, now)
              : new PartialSeries(samples, sampled, now);
          const others = this.#metrics.get(sampled.metric);
          if (others === undefined) this.#metrics.set(sampled.metric, [series]);
          else others.push(series);
        }
      }
    }
  }

  /** The series that match. */
  select(matchers: readonly Matcher[]): readonly StoredSeries[] {
    const ofName = matchers.filter(({ name }) => name === "__name__");
    const others = matchers.filter(({ name }) => name !== "__name__");
    return [...this.#metrics]
      .filter(([metric]) => ofName.every((matcher) => matcher.test(metric)))
      .flatMap(([, series]) => series)
      .filter(({ labels }) => others.every((matcher) => matcher.test(labels.get(matcher.name))));
  }

  /** The label sets of all series selected by any of the selectors that have samples in [from, to]. */
  labelSets(selectors: readonly (readonly Matcher[])[], from: number, to: number): Labels[] {
    const series = new Set((selectors.length === 0 ? [[]] : selectors).flatMap((one) => this.select(one)));
    return [...series].filter((one) => one.window(from, to).length > 0).map(({ labels }) => labels);
  }
}

function labelsOf({ metric, labels }: SampledSeries): Labels {
  return Labels.of([["__name__", metric], ...Object.entries(labels)]);
}

/** A series with a sample at each scrape of its target. */
class WholeSeries implements StoredSeries {
  readonly labels: Labels;
  readonly metric: MetricName;
  readonly #samples: TargetSamples;
  readonly #series: SampledSeries;
  readonly #now: () => number;
  /** Counters that never fall but at a boot spare `increase` from looking at each sample. */
  readonly #fallsOnlyAtBoots: boolean;

  constructor(samples: TargetSamples, series: SampledSeries, now: () => number) {
    this.labels = labelsOf(series);
    this.metric = series.metric;
    this.#samples = samples;
    this.#series = series;
    this.#now = now;
    this.#fallsOnlyAtBoots =
      series.metric === "node_cpu_seconds_total" && samples.host.counterFaults.length === 0;
  }

  window(from: number, to: number): Window {
    const { timeline } = this.#samples;
    const series = this.#series;
    const first = timeline.countBefore(from);
    // Times are whole milliseconds, so what comes before the next one is what comes up to this one.
    const end = timeline.countBefore(Math.floor(Math.min(to, this.#now())) + 1);
    const window = {
      length: Math.max(end - first, 0),
      time: (i: number) => timeline.time(first + i),
      value: (i: number) => series.value(first + i),
    };
    if (!this.#fallsOnlyAtBoots) return window;
    return { ...window, drops: timeline.bootsWithin(first, end).map((boot) => boot - first) };
  }

  latest(at: number): { time: number; value(): number } | undefined {
    const { timeline } = this.#samples;
    const scrape = timeline.countBefore(Math.floor(Math.min(at, this.#now())) + 1) - 1;
    if (scrape < 0) return undefined;
    return { time: timeline.time(scrape), value: () => this.#series.value(scrape) };
  }
}

/** A series with samples at some scrapes of its target, or whose samples arrive late. */
class PartialSeries implements StoredSeries {
  readonly labels: Labels;
  readonly metric: MetricName;
  readonly #samples: TargetSamples;
  readonly #series: SampledSeries;
  readonly #now: () => number;
  #arrived: { readonly by: number; readonly scrapes: readonly number[] } = { by: Number.NaN, scrapes: [] };

  constructor(samples: TargetSamples, series: SampledSeries, now: () => number) {
    this.labels = labelsOf(series);
    this.metric = series.metric;
    this.#samples = samples;
    this.#series = series;
    this.#now = now;
  }

  window(from: number, to: number): Window {
    const scrapes = this.#arrivedScrapes();
    const { timeline } = this.#samples;
    const first = this.#countBefore(scrapes, from);
    const end = this.#countBefore(scrapes, Math.floor(to) + 1);
    const scrape = (i: number): number => scrapes[first + i] ?? -1;
    return {
      length: Math.max(end - first, 0),
      time: (i) => timeline.time(scrape(i)),
      value: (i) => this.#series.value(scrape(i)),
    };
  }

  latest(at: number): { time: number; value(): number } | undefined {
    const scrapes = this.#arrivedScrapes();
    const scrape = scrapes[this.#countBefore(scrapes, Math.floor(at) + 1) - 1];
    if (scrape === undefined) return undefined;
    return { time: this.#samples.timeline.time(scrape), value: () => this.#series.value(scrape) };
  }

  /** How many of these scrapes lie before an instant. */
  #countBefore(scrapes: readonly number[], instant: number): number {
    const before = this.#samples.timeline.countBefore(instant);
    return lowestAtLeast(scrapes, before);
  }

  #arrivedScrapes(): readonly number[] {
    const now = this.#now();
    if (this.#arrived.by !== now) {
      const { timeline } = this.#samples;
      const all = this.#series.scrapes ?? Array.from({ length: timeline.length }, (_, scrape) => scrape);
      this.#arrived = { by: now, scrapes: all.filter((scrape) => this.#samples.arrival(scrape) <= now) };
    }
    return this.#arrived.scrapes;
  }
}
