import { assertOptions, CALLBACK, optional } from "../usage/options.js";
import type { SimulatedCluster } from "./cluster.js";
import { clusterSamples } from "./cluster-samples.js";
import { formatValue } from "./promql/index.js";
import { METRICS, type SampledSeries, type TargetSamples } from "./samples.js";

/** Lines are handed on in chunks of about this many characters. */
const CHUNK = 65_536;

/** Which samples of a cluster are written. */
export interface ExpositionOptions {
  /** Of each cluster, those that reached the storage in (after, by], UTC ms. Default: all. */
  readonly arrived?: (cluster: SimulatedCluster) => { readonly after: number; readonly by: number };
}

/**
 * Everything that was scraped of a cluster, or of several together, as OpenMetrics text with timestamps: the input of
 * `promtool tsdb create-blocks-from openmetrics`. Metric by metric, series by series, oldest first.
 */
export function* openMetrics(
  clusters: SimulatedCluster | readonly SimulatedCluster[],
  options: ExpositionOptions = {},
): Generator<string, void, undefined> {
  yield* exposition(clusters, options, (time) => (time / 1000).toFixed(3));
  yield "# EOF\n";
}

/** The same as Prometheus's older text, with timestamps in milliseconds: what VictoriaMetrics imports. */
export function* prometheusText(
  clusters: SimulatedCluster | readonly SimulatedCluster[],
  options: ExpositionOptions = {},
): Generator<string, void, undefined> {
  yield* exposition(clusters, options, String);
}

function* exposition(
  clusters: SimulatedCluster | readonly SimulatedCluster[],
  options: ExpositionOptions,
  formatTime: (time: number) => string,
): Generator<string, void, undefined> {
  assertOptions("openMetrics", options, { arrived: optional(CALLBACK) });
  const { arrived } = options;
  let text = "";
  for (const { name, type } of METRICS) {
    text += `# TYPE ${name.replace(/_total$/, "")} ${type}\n`;
    for (const cluster of [clusters].flat()) {
      const { after, by } = arrived?.(cluster) ?? ALWAYS;
      for (const samples of clusterSamples(cluster)) {
        const isWritten = (scrape: number): boolean => {
          const arrival = samples.arrival(scrape);
          return arrival > after && arrival <= by;
        };
        const wanted = samples.series.filter(({ metric }) => metric === name);
        for (const lines of seriesLines(samples, wanted, isWritten, formatTime)) {
          text += lines;
          if (text.length < CHUNK) continue;
          yield text;
          text = "";
        }
      }
    }
  }
  yield text;
}

const ALWAYS = { after: Number.NEGATIVE_INFINITY, by: Number.POSITIVE_INFINITY };

/** All counters of a host come out of one row: a table is filled once, rather than a row for each series. */
function* seriesLines(
  samples: TargetSamples,
  wanted: readonly SampledSeries[],
  isWritten: (scrape: number) => boolean,
  formatTime: (time: number) => string,
): Generator<string> {
  const { timeline } = samples;
  const has = wanted.map(({ scrapes }) => scrapes && new Set(scrapes));
  const rows = Array.from({ length: timeline.length }, (_, scrape) => scrape)
    .filter(isWritten)
    .map((scrape) => ({
      scrape,
      time: formatTime(timeline.time(scrape)),
      values: Float64Array.from(wanted, (series, column) =>
        has[column]?.has(scrape) === false ? 0 : series.value(scrape),
      ),
    }));
  for (const [column, { metric, labels }] of wanted.entries()) {
    const head = `${metric}{${formatLabels(labels)}}`;
    let lines = "";
    for (const { scrape, time, values } of rows) {
      if (has[column]?.has(scrape) === false) continue;
      lines += `${head} ${formatValue(values[column] ?? 0)} ${time}\n`;
      if (lines.length < CHUNK) continue;
      yield lines;
      lines = "";
    }
    yield lines;
  }
}

/** In the order given, values escaped by OpenMetrics' rules. */
function formatLabels(labels: Readonly<Record<string, string>>): string {
  const escaped = (value: string): string =>
    value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join(",");
}
