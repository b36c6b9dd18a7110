import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

// node bench/replay/server.ts HOSTS: a Prometheus with so many hosts, as far as the job asks it. Its replies are put
// together from ready-made bytes, so that serving them costs next to nothing; it says its port on the IPC channel.

const HOSTS = Number(process.argv[2] ?? 1000);
const CORES = 8;
/** Different runs of values; series take turns. */
const VARIANTS = 32;
const BOOT = 1_700_000_000;
/** Every host is scraped so many seconds before the full hour, and every minute. */
const SCRAPE_PHASE_SECONDS = 17;

const random = (seed: number): number => {
  const x = Math.imul(seed ^ (seed >>> 15), 0x2c1b3c6d) ^ seed;
  return ((Math.imul(x ^ (x >>> 12), 0x297a2d39) ^ x) >>> 0) / 2 ** 32;
};

function metricOf(host: number): Record<string, string> {
  return {
    cloud_project_name: `Project ${host % 3}`,
    instance: `host-${String(host).padStart(5, "0")}.ada.example:9100`,
    machine_name: `Machine ${host % 8}`,
    user: `aa${100_000 + (host % 200)}`,
  };
}

interface Grid {
  readonly start: number;
  readonly step: number;
  readonly count: number;
}

function valuesOf(grid: Grid, valueAt: (i: number, time: number) => number): Buffer {
  const parts = Array.from({ length: grid.count }, (_, i) => {
    const time = grid.start + i * grid.step;
    return `[${time},"${valueAt(i, time)}"]`;
  });
  return Buffer.from(`"values":[${parts.join(",")}]}`);
}

type Series = readonly [metric: Record<string, string>, values: Buffer];

/** CPU-seconds counted in all, busy or idle, one series a host: eight CPUs that tick. */
function* counted(grid: Grid, use: "busy" | "idle"): Generator<Series> {
  const runs = Array.from({ length: VARIANTS }, (_, v) => {
    const share = 0.03 + random(v * 65_537) / 4;
    return valuesOf(grid, (_, time) => {
      const all = CORES * (time - SCRAPE_PHASE_SECONDS - BOOT);
      // A wave of a day, so that hours differ; it never falls.
      const busy = all * share + 3_000 * (1 + Math.sin((time / 86_400) * 2 * Math.PI + v));
      return use === "busy" ? busy : all - busy;
    });
  });
  for (let host = 0; host < HOSTS; host++) yield [metricOf(host), runs[(host * 7) % VARIANTS] as Buffer];
}

/** What each host is known by, once in three days; the label `fact` says which. */
function* facts(grid: Grid): Generator<Series> {
  const known: readonly (readonly [string, (time: number, host: number) => number])[] = [
    ["scrapedAt", (time) => time - SCRAPE_PHASE_SECONDS],
    ["recentScrapes", () => 10],
    ["targets", () => 1],
    ["cores", () => CORES],
    ["bootMin", (_, host) => BOOT - 60 * host],
    ["bootMax", (_, host) => BOOT - 60 * host],
  ];
  for (let host = 0; host < HOSTS; host++)
    for (const [fact, valueAt] of known)
      yield [{ ...metricOf(host), fact }, valuesOf(grid, (_, time) => valueAt(time, host))];
}

function* scrapes(grid: Grid): Generator<Series> {
  const values = valuesOf(grid, () => 60);
  for (let host = 0; host < HOSTS; host++) yield [metricOf(host), values];
}

function answer(grid: Grid, query: string): Iterable<Series> {
  if (query.includes("scrapedAt")) return facts(grid);
  if (query.startsWith("sum by")) return counted(grid, query.includes('mode="idle"') ? "idle" : "busy");
  if (query.startsWith("max by") && query.includes("count_over_time")) return scrapes(grid);
  // Who is there after a chunk of a day: all hosts are in the chunk themselves.
  if (query.startsWith("count by")) return [];
  // Where an answer takes long, the job asks whether anybody is there.
  if (query === "vector(1)") return [];
  throw new Error(`the replayed server does not know ${query}`);
}

async function matrix(response: ServerResponse, all: Iterable<Series>): Promise<void> {
  response.write('{"status":"success","data":{"resultType":"matrix","result":[');
  let comma = "";
  for (const [metric, values] of all) {
    response.write(`${comma}{"metric":${JSON.stringify(metric)},`);
    comma = ",";
    if (!response.write(values)) await once(response, "drain");
  }
  response.end("]}}");
}

const server = createServer((request, response) => {
  void (async () => {
    let form = "";
    for await (const chunk of request) form += chunk;
    const parameters = new URLSearchParams(form);
    const number = (name: string): number => Number(parameters.get(name));
    response.setHeader("content-type", "application/json");
    if (request.url?.includes("/label/") === true)
      return void response.end('{"status":"success","data":["Project 0","Project 1","Project 2"]}');
    const [start, step] = [number("start"), number("step")];
    const grid = { start, step, count: Math.round((number("end") - start) / step) + 1 };
    const query = parameters.get("query") ?? "";
    await matrix(response, answer(grid, query));
  })();
});
// A client that parses for long is not idle.
server.keepAliveTimeout = 600_000;
server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port));
process.on("disconnect", () => process.exit(0));
