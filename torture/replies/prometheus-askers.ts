import { isDeepStrictEqual } from "node:util";
import { PrometheusClient } from "../../src/prometheus/client/client.js";
import { VectorReader } from "../../src/prometheus/client/vector-reader.js";
import { decodeWhole, outcome } from "../../src/prometheus/replies/reference.testing.js";
import { HttpClient } from "../../src/transport/http.js";
import type { Asker } from "./campaign.js";

const FROM = 1_757_462_400_000;
const GRID = { from: FROM, stepMs: 3_600_000, count: 4 };
const HOSTS = ["a.example:9100", "b.example:9100", "c.example:9100"];
const labels = (instance: string, more: Readonly<Record<string, string>> = {}): Record<string, string> => ({
  ...{ cloud_project_name: "IDAaaS", instance, machine_name: "Artemis (Matlab)", user: "ümit" },
  ...more,
});
const success = (resultType: string, result: unknown, more: object = {}): object => ({
  ...{ status: "success", data: { resultType, result }, ...more },
});

const RANGES = [
  success(
    "matrix",
    HOSTS.map((host, h) => ({
      metric: labels(host),
      values: Array.from({ length: GRID.count }, (_, i) => [
        (FROM + i * GRID.stepMs) / 1000,
        `${h * 1e5 + i / 7}`,
      ]),
    })),
  ),
  success(
    "matrix",
    [
      {
        metric: labels("nan"),
        values: [
          [FROM / 1000, "NaN"],
          [FROM / 1000 + 3600, "+Inf"],
          [FROM / 1000 + 7200, "1e+06"],
        ],
      },
      { metric: { "a.b": "c" }, histograms: [[FROM / 1000, { count: "1", sum: "2" }]] },
    ],
    { warnings: ["PromQL warning: x"], infos: [] },
  ),
  success("matrix", []),
  { status: "error", errorType: "timeout", error: "query timed out in expression evaluation" },
];
const SAMPLES = [
  success(
    "matrix",
    ["idle", "user"].map((mode) => ({
      metric: labels("a.example:9100", { __name__: "node_cpu_seconds_total", cpu: "0", mode }),
      values: Array.from({ length: 6 }, (_, i) => [FROM / 1000 + i * 60 + 0.123, String(1e6 + i * 59.97)]),
    })),
  ),
];
const VECTORS = [
  success(
    "vector",
    HOSTS.map((host, h) => ({
      metric: labels(host, { fact: "cores" }),
      value: [FROM / 1000, String(2 ** h)],
    })),
  ),
  success("vector", [{ metric: labels("h"), histogram: [FROM / 1000, {}] }]),
];
const NAMES = [{ status: "success", data: ["IDAaaS", "CDAaaS", "é"] }];

const client = (fetch: typeof globalThis.fetch): PrometheusClient =>
  new PrometheusClient({ url: "http://prometheus", fetch, retries: 0 });

/** The clients of Prometheus, each held against `JSON.parse` of the whole body. */
export const PROMETHEUS_ASKERS: readonly Asker[] = [
  {
    kind: "replies to range queries",
    documents: RANGES,
    ask: (fetch) => client(fetch).range("up", GRID),
    wrongIn: (answer, body) =>
      unequal(
        answer,
        outcome(() => decodeWhole(body, GRID)),
      ),
    mustTake: (body) => !("refused" in outcome(() => decodeWhole(body, GRID))),
  },
  {
    kind: "replies with raw samples",
    documents: SAMPLES,
    ask: async (fetch) => (await client(fetch).samples("up[1h]", FROM)).data,
    wrongIn: (answer, body) => unequal(answer, seriesIn(body, "matrix")?.map(samplesOf)),
    mustTake: () => false,
  },
  {
    kind: "replies with vectors",
    documents: VECTORS,
    ask: async (fetch) => (await client(fetch).instant("up", FROM)).data,
    wrongIn: (answer, body) => unequal(answer, seriesIn(body, "vector")?.map(entryOf)),
    mustTake: () => false,
  },
  {
    kind: "replies about live hosts",
    documents: VECTORS,
    ask: liveSamples,
    wrongIn: (answer, body) => unequal(answer, seriesIn(body, "vector")?.flatMap(liveOf)),
    mustTake: () => false,
  },
  {
    kind: "replies with names of projects",
    documents: NAMES,
    ask: async (fetch) => (await client(fetch).labelValues("project", "up")).data,
    wrongIn: (answer, body) => unequal(answer, namesIn(body)),
    mustTake: () => false,
  },
];

function unequal(answer: unknown, right: unknown): string | undefined {
  if (isDeepStrictEqual(answer, right)) return undefined;
  return `wrong: ${JSON.stringify(answer)?.slice(0, 200)}, not ${JSON.stringify(right)?.slice(0, 200)}`;
}

function parsed(body: Uint8Array): unknown {
  return JSON.parse(new TextDecoder().decode(body));
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

/** The series of a reply, if it is one of that type. */
function seriesIn(body: Uint8Array, resultType: string): Record<string, unknown>[] | undefined {
  const data = record(record(parsed(body)).data);
  return data.resultType === resultType && Array.isArray(data.result) ? data.result.map(record) : undefined;
}

/** What `null` and a list of names mean; nothing else does. */
function namesIn(body: Uint8Array): unknown {
  const data = record(parsed(body)).data ?? [];
  return Array.isArray(data) ? data.toSorted() : undefined;
}

/** Without members that no label may be called. */
function plainLabels(series: Record<string, unknown>): object {
  return Object.fromEntries(Object.entries(record(series.metric)).filter(([name]) => name !== "__proto__"));
}

function numberIn(text: unknown): number {
  if (typeof text !== "string") return Number.NaN;
  const infinite = /^([+-]?)Inf$/.exec(text);
  return infinite ? Number(`${infinite[1]}Infinity`) : Number(text);
}

function samplesOf(series: Record<string, unknown>): unknown {
  const values = (series.values ?? []) as [number, string][];
  return {
    labels: plainLabels(series),
    times: values.map(([seconds]) => Math.round(seconds * 1000)),
    values: values.map(([, text]) => numberIn(text)),
  };
}

function entryOf(series: Record<string, unknown>): unknown {
  const { value, histogram } = series;
  return {
    metric: plainLabels(series),
    ...("value" in series ? { value } : {}),
    ...("histogram" in series ? { histogram } : {}),
  };
}

const LIVE_LABELS = ["instance", "fact", "user"];

async function liveSamples(fetch: typeof globalThis.fetch): Promise<unknown> {
  const taken: unknown[] = [];
  const reader = new VectorReader(
    new HttpClient({ url: "http://prometheus", fetch, retries: 0 }),
    LIVE_LABELS,
  );
  await reader.ask(
    { query: "up", time: FROM, signal: undefined },
    {
      take: (sample) => taken.push([...LIVE_LABELS.map((label) => sample.text(label)), sample.value]),
    },
  );
  return taken;
}

function liveOf(series: Record<string, unknown>): unknown[] {
  if (!Array.isArray(series.value)) return [];
  const value = numberIn(series.value[1]);
  if (!Number.isFinite(value)) return [];
  const text = (label: string): string | null => {
    const named = record(series.metric)[label];
    return typeof named === "string" ? named.toWellFormed() || null : null;
  };
  return [[...LIVE_LABELS.map(text), value]];
}
