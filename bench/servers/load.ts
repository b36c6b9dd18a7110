import { createBlocks } from "../../test/servers/prometheus.ts";
import { type SampledSeries, SCRAPE_MS, series } from "./samples.ts";

export interface Load {
  readonly hosts: number;
  readonly days: number;
  /** UTC milliseconds. */
  readonly from: number;
}

const scrapesOf = ({ days }: Load): number => (days * 86_400_000) / SCRAPE_MS + 1;
const CHUNK = 2 ** 20;

/** As blocks for Prometheus, in a folder. */
export async function loadPrometheus(load: Load, folder: string): Promise<void> {
  await createBlocks(openMetrics(load), folder);
}

function* openMetrics(load: Load): Generator<string> {
  const all = [...series(load.hosts, load.from)];
  for (const [name, type] of [
    ["node_cpu_seconds_total", "counter"],
    ["node_boot_time_seconds", "gauge"],
  ] as const) {
    yield `# TYPE ${name.replace(/_total$/, "")} ${type}\n`;
    for (const one of all) if (one.name === name) yield* lines(one, load);
  }
  yield "# EOF\n";
}

function* lines(one: SampledSeries, load: Load): Generator<string> {
  const labels = Object.entries(one.labels).map(([label, value]) => `${label}="${value}"`);
  const head = `${one.name}{${labels.join(",")}}`;
  let text = "";
  for (let scrape = 0; scrape < scrapesOf(load); scrape++) {
    text += `${head} ${one.value(scrape)} ${(load.from + scrape * SCRAPE_MS) / 1000}\n`;
    if (text.length < CHUNK) continue;
    yield text;
    text = "";
  }
  yield text;
}

/** Into a running VictoriaMetrics, series by series. */
export async function loadVictoriaMetrics(load: Load, url: string): Promise<void> {
  const times = Array.from({ length: scrapesOf(load) }, (_, scrape) => load.from + scrape * SCRAPE_MS);
  const timestamps = times.join(",");
  let body = "";
  const send = async (): Promise<void> => {
    const reply = await fetch(`${url}/api/v1/import`, { method: "POST", body });
    if (!reply.ok) throw new Error(`VictoriaMetrics answered ${reply.status}: ${await reply.text()}`);
    body = "";
  };
  for (const one of series(load.hosts, load.from)) {
    const metric = JSON.stringify({ __name__: one.name, ...one.labels });
    const values = times.map((_, scrape) => one.value(scrape)).join(",");
    body += `{"metric":${metric},"values":[${values}],"timestamps":[${timestamps}]}\n`;
    if (body.length > 16 * CHUNK) await send();
  }
  await send();
  // What was written is then seen by queries at once.
  await fetch(`${url}/internal/force_flush`);
}
