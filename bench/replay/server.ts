import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

// node bench/replay/server.ts HOSTS: a Prometheus with so many hosts, as far as the job asks it. Its replies are put
// together from ready-made bytes, so that serving them costs next to nothing; it says its port on the IPC channel.

const HOSTS = Number(process.argv[2] ?? 1000);
const CORES = 8;
const MODES = ["idle", "iowait", "irq", "nice", "softirq", "steal", "system", "user"];
/** Different runs of values; series take turns. */
const VARIANTS = 32;
const BOOT = 1_700_000_000;

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

/** CPU-seconds of one use of time, one series a host; or of every mode, which is what they are sums of. */
function* cpu(grid: Grid, use: "busy" | "idle" | "each mode"): Generator<Series> {
  const first = grid.start / 3600;
  const runs = (most: number, least: number): Buffer[] =>
    Array.from({ length: VARIANTS }, (_, v) =>
      valuesOf(grid, (i) => least + (most - least) * (random((v * 65_537 + first + i) | 0) + 2 ** -40)),
    );
  // Together within 1% of what eight cores can do: every hour is complete.
  const idle = runs(27_990, 27_930);
  const busy = use === "each mode" ? runs(131, 111) : runs(917, 777);
  for (let host = 0; host < HOSTS; host++) {
    const of = (variants: readonly Buffer[], s: number): Buffer => variants[(s * 7) % VARIANTS] as Buffer;
    const metric = metricOf(host);
    if (use !== "each mode") yield [metric, of(use === "idle" ? idle : busy, host)];
    else
      for (const [m, mode] of MODES.entries())
        yield [{ ...metric, mode }, of(mode === "idle" ? idle : busy, host * MODES.length + m)];
  }
}

/** The answers to the presence queries, by what is in them. */
const PRESENCE: readonly (readonly [part: string, value: number])[] = [
  ["count without", CORES],
  ["(max_over_time", BOOT],
];

function* presence(grid: Grid, query: string): Generator<Series> {
  const [, value] = PRESENCE.find(([part]) => query.includes(part)) ?? [];
  if (value === undefined) throw new Error(`the replayed server does not know ${query}`);
  const values = valuesOf(grid, () => value);
  for (let host = 0; host < HOSTS; host++) yield [metricOf(host), values];
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

function sightings(time: number): string {
  const result = Array.from({ length: HOSTS }, (_, host) => {
    const { instance } = metricOf(host);
    return [
      { metric: { instance, fact: "seen" }, value: [time, "5760"] },
      { metric: { instance, fact: "boot" }, value: [time, String(BOOT)] },
    ];
  });
  return JSON.stringify({ status: "success", data: { resultType: "vector", result: result.flat() } });
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
    if (request.url?.endsWith("/query") === true) return void response.end(sightings(number("time")));
    const [start, step] = [number("start"), number("step")];
    const grid = { start, step, count: Math.round((number("end") - start) / step) + 1 };
    const query = parameters.get("query") ?? "";
    const use = query.startsWith("sum by") ? "each mode" : query.includes('mode="idle"') ? "idle" : "busy";
    await matrix(response, query.includes("(increase") ? cpu(grid, use) : presence(grid, query));
  })();
});
// A client that parses for long is not idle.
server.keepAliveTimeout = 600_000;
server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port));
process.on("disconnect", () => process.exit(0));
