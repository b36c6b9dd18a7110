import type { SimulatedCluster } from "./cluster.js";
import { Labels, type Matcher, type Series, type Storage, type Window } from "./promql/index.js";
import { HostSamples, type MetricName, type SampledSeries } from "./samples.js";

/**
 * The samples of a cluster as a Prometheus would hold them at the instant `now()`: later ones do not
 * exist yet.
 */
export class SimulatedStorage implements Storage {
  readonly #metrics = new Map<MetricName, HostSeries[]>();

  constructor(cluster: SimulatedCluster, now: () => number = () => Number.POSITIVE_INFINITY) {
    for (const host of cluster.hosts) {
      const samples = new HostSamples(cluster, host);
      for (const sampled of samples.series) {
        const series = this.#metrics.get(sampled.metric);
        const one = new HostSeries(samples, sampled, now);
        if (series === undefined) this.#metrics.set(sampled.metric, [one]);
        else series.push(one);
      }
    }
  }

  select(matchers: readonly Matcher[]): readonly HostSeries[] {
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

class HostSeries implements Series {
  readonly labels: Labels;
  readonly #samples: HostSamples;
  readonly #series: SampledSeries;
  readonly #now: () => number;

  constructor(samples: HostSamples, series: SampledSeries, now: () => number) {
    this.labels = Labels.of([["__name__", series.metric], ...Object.entries(series.labels)]);
    this.#samples = samples;
    this.#series = series;
    this.#now = now;
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
    if (series.metric !== "node_cpu_seconds_total") return window;
    return { ...window, drops: timeline.bootsWithin(first, end).map((boot) => boot - first) };
  }

  latest(at: number): { time: number; value(): number } | undefined {
    const { timeline } = this.#samples;
    const scrape = timeline.countBefore(Math.floor(Math.min(at, this.#now())) + 1) - 1;
    if (scrape < 0) return undefined;
    return { time: timeline.time(scrape), value: () => this.#series.value(scrape) };
  }
}
