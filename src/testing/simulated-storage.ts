import { lowestAtLeast } from "../usage/search.js";
import type { SimulatedCluster } from "./cluster.js";
import { clusterSamples } from "./cluster-samples.js";
import { Labels, type Matcher, type Series, type Storage, type Window } from "./promql/index.js";
import type { SampledSeries, TargetSamples } from "./samples.js";

/**
 * The samples of a cluster, or of several at once, as a Prometheus would hold them at the instant `now()`: what is
 * scraped or arrives later does not exist yet.
 */
export class SimulatedStorage implements Storage {
  readonly #series: readonly Series[];

  constructor(
    clusters: SimulatedCluster | readonly SimulatedCluster[],
    now: () => number = () => Number.POSITIVE_INFINITY,
  ) {
    const samples = [clusters].flat().flatMap((cluster) => [...clusterSamples(cluster)]);
    this.#series = samples.flatMap((target) =>
      target.series.map((series) => new TargetSeries(target, series, now)),
    );
  }

  /** The series that match. */
  select(matchers: readonly Matcher[]): readonly Series[] {
    return this.#series.filter(({ labels }) => matchers.every(({ name, test }) => test(labels.get(name))));
  }

  /** The label sets of all series selected by any of the selectors that have samples in [from, to]. */
  labelSets(selectors: readonly (readonly Matcher[])[], from: number, to: number): Labels[] {
    const series = new Set(
      (selectors.length === 0 ? [[]] : selectors).flatMap((selected) => this.select(selected)),
    );
    return [...series].filter((selected) => selected.window(from, to).length > 0).map(({ labels }) => labels);
  }
}

/** A series of a target, as far as it has come. */
class TargetSeries implements Series {
  readonly labels: Labels;
  readonly #samples: TargetSamples;
  readonly #series: SampledSeries;
  readonly #now: () => number;
  /** Whether it has a sample at each scrape of its target, and in time. Others are listed. */
  readonly #isWhole: boolean;
  #arrived: { readonly by: number; readonly scrapes: readonly number[] } = { by: Number.NaN, scrapes: [] };

  constructor(samples: TargetSamples, series: SampledSeries, now: () => number) {
    this.labels = Labels.of([["__name__", series.metric], ...Object.entries(series.labels)]);
    this.#samples = samples;
    this.#series = series;
    this.#now = now;
    this.#isWhole = series.scrapes === undefined && samples.host.lateArrivals.length === 0;
  }

  window(from: number, to: number): Window {
    const { timeline, host } = this.#samples;
    const scrapes = this.#arrivedScrapes();
    const first = this.#countBefore(from, scrapes);
    const end = this.#countUpTo(to, scrapes);
    const scrape = (i: number): number => (scrapes === undefined ? first + i : (scrapes[first + i] ?? -1));
    const window = {
      length: Math.max(end - first, 0),
      time: (i: number) => timeline.time(scrape(i)),
      value: (i: number) => this.#series.value(scrape(i)),
    };
    // Counters that never fall but at a boot spare `increase` from looking at each sample.
    if (
      scrapes !== undefined ||
      this.#series.metric !== "node_cpu_seconds_total" ||
      host.counterFaults.length > 0
    )
      return window;
    return { ...window, drops: timeline.bootsWithin(first, end).map((boot) => boot - first) };
  }

  latest(at: number): { time: number; value(): number } | undefined {
    const scrapes = this.#arrivedScrapes();
    const last = this.#countUpTo(at, scrapes) - 1;
    const scrape = scrapes === undefined ? last : (scrapes[last] ?? -1);
    if (scrape < 0) return undefined;
    return { time: this.#samples.timeline.time(scrape), value: () => this.#series.value(scrape) };
  }

  /** How many of its scrapes lie before an instant. */
  #countBefore(instant: number, scrapes: readonly number[] | undefined): number {
    const count = this.#samples.timeline.countBefore(instant);
    return scrapes === undefined ? count : lowestAtLeast(scrapes, count);
  }

  /** Times are whole milliseconds, so what comes before the next one is what comes up to this one. */
  #countUpTo(instant: number, scrapes: readonly number[] | undefined): number {
    return this.#countBefore(Math.floor(Math.min(instant, this.#now())) + 1, scrapes);
  }

  /** Those that the storage has by now; `undefined` where these are all up to now. */
  #arrivedScrapes(): readonly number[] | undefined {
    if (this.#isWhole) return undefined;
    const now = this.#now();
    if (this.#arrived.by !== now) {
      const { timeline } = this.#samples;
      const all = this.#series.scrapes ?? Array.from({ length: timeline.length }, (_, scrape) => scrape);
      this.#arrived = { by: now, scrapes: all.filter((scrape) => this.#samples.arrival(scrape) <= now) };
    }
    return this.#arrived.scrapes;
  }
}
