import { setTimeout as sleep } from "node:timers/promises";
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

/** promtool reads all it is given once for each block of two hours, so it is given one block at a time. */
const BLOCK_SCRAPES = 7_200_000 / SCRAPE_MS;
/** promtools at a time. */
const TOGETHER = 2;

/** As blocks for Prometheus, in folders whose names begin with `folder`; says which. */
export async function loadPrometheus(load: Load, folder: string): Promise<string[]> {
  const all = [...series(load.hosts, load.from)];
  const starts = Array.from(
    { length: Math.ceil(scrapesOf(load) / BLOCK_SCRAPES) },
    (_, i) => i * BLOCK_SCRAPES,
  );
  const folders = Array.from({ length: TOGETHER }, (_, i) => `${folder}-${i}`);
  await Promise.all(
    folders.map(async (place) => {
      for (let start = starts.shift(); start !== undefined; start = starts.shift()) {
        const end = Math.min(start + BLOCK_SCRAPES, scrapesOf(load));
        await createBlocks(openMetrics(all, { start, end, from: load.from }), place);
      }
    }),
  );
  return folders;
}

interface Span {
  readonly start: number;
  readonly end: number;
  /** UTC milliseconds of the scrape 0. */
  readonly from: number;
}

function* openMetrics(all: readonly SampledSeries[], span: Span): Generator<string> {
  for (const [name, type] of [
    ["node_cpu_seconds_total", "counter"],
    ["node_boot_time_seconds", "gauge"],
  ] as const) {
    yield `# TYPE ${name.replace(/_total$/, "")} ${type}\n`;
    for (const one of all) if (one.name === name) yield lines(one, span);
  }
  yield "# EOF\n";
}

function lines(one: SampledSeries, { start, end, from }: Span): string {
  const labels = Object.entries(one.labels).map(([label, value]) => `${label}="${value}"`);
  const head = `${one.name}{${labels.join(",")}}`;
  let text = "";
  for (let scrape = start; scrape < end; scrape++)
    text += `${head} ${one.value(scrape)} ${(from + scrape * SCRAPE_MS) / 1000}\n`;
  return text;
}

/** Prometheus makes larger blocks of small ones a minute after it started; resolves when it has. */
export async function compacted(url: string): Promise<void> {
  let before = Number.NaN;
  // It looks every minute.
  for (let quietSeconds = 0; quietSeconds < 75; quietSeconds += 5) {
    await sleep(5_000);
    const metrics = await (await fetch(`${url}/metrics`)).text();
    const compactions = Number(/^prometheus_tsdb_compactions_total (\S+)/m.exec(metrics)?.[1]);
    if (compactions !== before) quietSeconds = 0;
    before = compactions;
  }
}

/** VictoriaMetrics does not take lines of a megabyte. */
const LINE_SCRAPES = 10_080;

/** Into a running VictoriaMetrics, series by series. */
export async function loadVictoriaMetrics(load: Load, url: string): Promise<void> {
  const lines = Array.from({ length: Math.ceil(scrapesOf(load) / LINE_SCRAPES) }, (_, line) => {
    const first = line * LINE_SCRAPES;
    const scrapes = Array.from(
      { length: Math.min(LINE_SCRAPES, scrapesOf(load) - first) },
      (_, i) => first + i,
    );
    return { scrapes, timestamps: scrapes.map((scrape) => load.from + scrape * SCRAPE_MS).join(",") };
  });
  let body = "";
  let sent = Promise.resolve();
  // While one body is taken, the next one is made.
  const send = async (): Promise<void> => {
    await sent;
    const taken = body;
    body = "";
    sent = fetch(`${url}/api/v1/import`, { method: "POST", body: taken }).then(async (reply) => {
      if (!reply.ok) throw new Error(`VictoriaMetrics answered ${reply.status}: ${await reply.text()}`);
    });
  };
  for (const one of series(load.hosts, load.from)) {
    const metric = JSON.stringify({ __name__: one.name, ...one.labels });
    for (const { scrapes, timestamps } of lines) {
      const values = scrapes.map((scrape) => one.value(scrape)).join(",");
      body += `{"metric":${metric},"values":[${values}],"timestamps":[${timestamps}]}\n`;
    }
    if (body.length > 16 * CHUNK) await send();
  }
  await send();
  await sent;
  // What was written is then seen by queries at once.
  await fetch(`${url}/internal/force_flush`);
}
