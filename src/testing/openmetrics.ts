import type { SimulatedCluster } from "./cluster.js";
import { HostSamples, METRICS } from "./samples.js";

/** Lines are handed on in chunks of about this many characters. */
const CHUNK = 65_536;

/**
 * Everything that was scraped, as OpenMetrics text with timestamps: the input of
 * `promtool tsdb create-blocks-from openmetrics`. Metric by metric, series by series, oldest first.
 */
export function* openMetrics(cluster: SimulatedCluster): Generator<string, void, undefined> {
  let text = "";
  for (const { name, type } of METRICS) {
    text += `# TYPE ${name.replace(/_total$/, "")} ${type}\n`;
    for (const host of cluster.hosts) {
      // All counters of a host come out of one row: fill a table once, rather than a row for each series.
      const { timeline, series } = new HostSamples(cluster, host);
      const wanted = series.filter(({ metric }) => metric === name);
      const rows = Array.from({ length: timeline.length }, (_, scrape) => ({
        time: (timeline.time(scrape) / 1000).toFixed(3),
        values: Float64Array.from(wanted, (one) => one.value(scrape)),
      }));
      for (const [column, { labels }] of wanted.entries()) {
        const head = `${name}{${formatLabels(labels)}}`;
        for (const { time, values } of rows) {
          text += `${head} ${values[column] ?? 0} ${time}\n`;
          if (text.length < CHUNK) continue;
          yield text;
          text = "";
        }
      }
    }
  }
  yield `${text}# EOF\n`;
}

/** In the order given, values escaped by OpenMetrics' rules. */
function formatLabels(labels: Readonly<Record<string, string>>): string {
  const escaped = (value: string): string =>
    value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join(",");
}
