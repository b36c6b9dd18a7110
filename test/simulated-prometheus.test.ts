import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { oneOf, selector } from "../src/prometheus/client/promql.js";
import {
  ADA_LABELS,
  allScrapesQuery,
  countedQueries,
  heartbeatQuery,
  hostFactsQuery,
  lastScrapeQuery,
  rawSamplesQuery,
  scrapesQuery,
  scrapesWithinQuery,
} from "../src/prometheus/client/queries.js";
import { CPU_MODES, openMetrics, type SimulatedCluster, simulateCluster } from "../src/testing/index.js";
import { type SimulationServer, serveSimulation } from "../src/testing/server.js";
import { ADA_MODES, WAITING_IS_IDLE } from "../src/usage/modes.js";
import { type RealPrometheus, requirePrometheus, startPrometheus } from "./servers/prometheus.js";

const HOUR = 3_600_000;
const MINUTE = 60_000;
const FROM = Date.parse("2025-09-10T00:00:00Z");
const TO = FROM + 7 * HOUR;

/** Reboots, an appearance, a vanishing, a change of hands, outages of one and of all, and labels that bite. */
const cluster: SimulatedCluster = simulateCluster({
  interval: { from: FROM, to: TO },
  seed: 5,
  hosts: [
    ...Array.from({ length: 9 }, () => ({})),
    {
      instance: "reboots-often:9100",
      machine: 'Say "hi" \\ $1 {a="b"}',
      user: "Zoë 🔬\nsecond line",
      cores: 2,
      phaseMs: 59_999,
      incarnations: [
        { from: FROM - 9 * HOUR, to: FROM + 95 * MINUTE },
        { from: FROM + 95 * MINUTE + 40_000, to: FROM + 100 * MINUTE },
        { from: FROM + 130 * MINUTE, to: FROM + 131 * MINUTE },
        { from: FROM + 131 * MINUTE + 1000, to: Number.POSITIVE_INFINITY },
      ],
    },
    {
      instance: "changes-hands:9100",
      project: "C.D+A|aaS",
      user: "before",
      cores: 3,
      phaseMs: 0,
      incarnations: [{ from: FROM - 20 * HOUR, to: FROM + 3.5 * HOUR }],
    },
    {
      instance: "changes-hands:9100",
      project: "C.D+A|aaS",
      user: "after",
      cores: 2,
      phaseMs: 1,
      load: () => CPU_MODES.map((mode) => (mode === "user" ? 250 : mode === "idle" ? 750 : 0)),
      incarnations: [{ from: FROM + 3.5 * HOUR, to: FROM + 5.25 * HOUR }],
    },
  ],
  outages: [
    { from: FROM + 4 * HOUR + 20 * MINUTE, to: FROM + 4 * HOUR + 50 * MINUTE },
    { from: FROM + 55 * MINUTE, to: FROM + 65 * MINUTE, instances: ["reboots-often:9100"] },
    {
      from: FROM + 2 * HOUR,
      to: FROM + 3 * HOUR + 1,
      instances: ["host-172-16-100-3.nubes.stfc.ac.uk:9100"],
    },
  ],
});

const PROJECTS = ["IDAaaS", "CDAaaS", "C.D+A|aaS"];
const HOSTS = { labels: ADA_LABELS, projects: PROJECTS, matchers: [] };
const BOOT = selector("node_boot_time_seconds", [oneOf(ADA_LABELS.project, PROJECTS)]);
const SEEN = `(timestamp(${BOOT}) >= time() - 60)[1h:1m]`;

/** The library's own questions. */
const OWN = [
  ...[ADA_MODES, WAITING_IS_IDLE].flatMap((modes) =>
    (["only", "earlier", "later"] as const).flatMap((scrape) =>
      countedQueries(HOSTS, modes, scrape).map(({ query }) => query),
    ),
  ),
  scrapesQuery(HOSTS),
  allScrapesQuery(HOSTS),
  hostFactsQuery(HOSTS),
  lastScrapeQuery(HOSTS),
  scrapesWithinQuery(HOSTS, 300, undefined),
  heartbeatQuery(HOSTS, 300),
  `min by (instance) (min_over_time(${SEEN}))`,
  `max by (instance) (max_over_time(${SEEN}))`,
];

const CPU = 'node_cpu_seconds_total{instance=~"reboots.*|changes.*"}';

const INSTANCES = ["reboots-often:9100", "changes-hands:9100"];

/** Without a result: nobody is called so, and a dot is not a line break. */
const EMPTY = ['up{instance="nobody"}', 'up{user=~"Zo.*"}'];

/** Everything in the subset, in the places where semantics differ from what one would guess. */
const OTHERS = [
  "node_cpu_seconds_total",
  "up",
  "node_memory_Active_bytes / node_memory_MemTotal_bytes",
  `increase(${CPU}[1h])`,
  `increase(${CPU}[7m30s])`,
  `rate(${CPU}[1h30m])`,
  `rate(${CPU}[2m]) > 0.5`,
  `increase(${CPU}[1h] offset 30m)`,
  `${CPU} offset -20m`,
  `increase(node_memory_Active_bytes[1h])`,
  `changes(${CPU}[30m])`,
  "changes(node_memory_Active_bytes[2h])",
  `count_over_time(${CPU}[90s])`,
  `min_over_time(${CPU}[20m])`,
  `max_over_time(${CPU}[20m])`,
  "sum_over_time(node_memory_Active_bytes[1h])",
  "avg_over_time(node_memory_Active_bytes[1h])",
  "last_over_time(node_boot_time_seconds[1h])",
  "timestamp(node_boot_time_seconds)",
  "timestamp(node_boot_time_seconds offset 3m)",
  "timestamp(sum(up))",
  "time()",
  "time() / 60 - 1.5e3 * -2",
  "vector(time())",
  "-node_boot_time_seconds",
  "sum(up)",
  "sum(up) by (cloud_project_name)",
  "avg without (cpu, mode, instance) (node_cpu_seconds_total)",
  'min by (machine_name) (node_cpu_seconds_total{mode!="idle"})',
  "max(node_boot_time_seconds) by (user)",
  "count by (user) (node_boot_time_seconds)",
  "group without (user) (up == 1)",
  "count(count by (instance) (node_cpu_seconds_total))",
  "sum by (nothing) (up)",
  'up{user=""}',
  'up{user!=""}',
  'up{user!~"|after"}',
  'up{machine_name="Say \\"hi\\" \\\\ $1 {a=\\"b\\"}"}',
  'up{machine_name=`Say "hi" \\ $1 {a="b"}`}',
  'up{user="Zo\\u00eb 🔬\\nsecond line"}',
  'up{user=~"Zo[^a]*"}',
  'up{user=~"Zo. ..second line|Zo. .\\\\nsecond line"}',
  'up{instance=~"host-172-16-100-[2-5]\\\\.nubes.*:\\\\d+"}',
  'up{instance=~"changes\\\\-hands:9100|host"}',
  '{__name__=~"up|node_boot_time_seconds",instance=~".+-.+"}',
  `node_boot_time_seconds * 2 + 1`,
  "1 < up * 2",
  "3 > bool up",
  "up == bool 1",
  "1 == bool 2",
  "node_boot_time_seconds > on (instance, user) (timestamp(node_boot_time_seconds) - 20000)",
  "node_memory_Active_bytes > ignoring (job) node_memory_MemTotal_bytes * 0.2",
  "node_memory_Active_bytes > bool node_memory_MemTotal_bytes * 0.2",
  'up and on (instance, cloud_project_name) node_cpu_seconds_total{cpu="5"}',
  'up unless on (instance) node_cpu_seconds_total{cpu="5"}',
  'up unless ignoring (cpu, mode) node_cpu_seconds_total{cpu="5"}',
  'up{cloud_project_name="IDAaaS"} or node_boot_time_seconds',
  'up{cloud_project_name="IDAaaS"} or on (machine_name) node_boot_time_seconds or vector(7)',
  `label_replace(up, "host", "$1-$2x-\${2}x-$$-\${no}", "instance", "host-172-16-(\\\\d+)-(?:\\\\d+)(.*)")`,
  'label_replace(up, "number", "$n", "instance", "host-172-16-100-(?P<n>\\\\d+)\\\\..*")',
  'label_replace(up, "job", "", "instance", ".*")',
  'label_replace(up, "machine_name", "$1", "user", "(.*)")',
  "max_over_time(sum(up)[1h:5m])",
  "min_over_time(up[1h:7m])",
  "sum_over_time((node_memory_Active_bytes / 4096)[1h:] offset 10m)",
  "increase(node_boot_time_seconds[2h:10m])",
  `rate(sum by (instance) (${CPU})[30m:90s])`,
  "count_over_time(count_over_time(up[10m])[1h:10m])",
  `increase(${CPU}[1h]) / on (instance, cpu, mode, user) rate(${CPU}[1h])`,
  ...EMPTY,
  "0 / 0 * up",
  "up / 0",
  "-1 * up / 0",
];

/** Refused, by both, and for the same kind of reason. */
const REFUSED = [
  "",
  "up[1h",
  "up{",
  "increase(up)",
  "rate(sum(up))",
  "sum(up",
  '{user=""}',
  "up[1h] + 1",
  "1 == 2",
  "1 or up",
  'up{a="\\q"}',
  'up{a=~"("}',
  'up{a=~"(?=a)"}',
  "sum by (instance) up",
  'label_replace(up, "a", "b")',
  'label_replace(up, "a-b", "b", "", "")',
  'label_replace(up, "a", "b", "", "(")',
  "(up)[1h]",
  "up offset 5m offset 5m",
  'count_over_time({instance="reboots-often:9100"}[1h])',
  "node_cpu_seconds_total / on (instance) up",
  "up / on (instance) node_cpu_seconds_total",
  'label_replace(up, "instance", "same", "", "") * 1 or label_replace(up, "user", "", "", "") - label_replace(label_replace(up, "user", "", "", ""), "instance", "x", "", "")',
];

const available = requirePrometheus();

describe.skipIf(!available)("the simulated Prometheus answers like the real one", () => {
  let real: RealPrometheus;
  let simulated: SimulationServer;

  beforeAll(async () => {
    real = await startPrometheus({ openmetrics: openMetrics(cluster) });
    simulated = await serveSimulation({ cluster });
  });

  afterAll(async () => {
    await simulated?.close();
    await real?.stop();
  });

  const both = (path: string, parameters: Record<string, string>): Promise<[Reply, Reply]> =>
    Promise.all([post(real.url, path, parameters), post(simulated.prometheusUrl, path, parameters)]);

  test.each([...OWN, ...OTHERS])("range: %s", async (query) => {
    const hourly = { query, start: seconds(FROM), end: seconds(TO), step: "1h" };
    const uneven = { query, start: seconds(FROM + 1), end: seconds(TO - HOUR), step: "1237.5" };
    // Half a minute apart, some instants are exactly a range or the lookback away from a sample.
    const fine = {
      query,
      start: seconds(FROM + 3.4 * HOUR),
      end: seconds(FROM + 3.7 * HOUR),
      step: "30s",
    };
    let points = 0;
    for (const parameters of [hourly, uneven, fine]) {
      const [wanted, got] = await both("query_range", parameters);
      expect(wanted.status, JSON.stringify(wanted)).toBe("success");
      expectSame(got, wanted);
      points += flatten(got).size;
    }
    expect(points > 0, "a query without results tests nothing").toBe(!EMPTY.includes(query));
  });

  test.each([
    ...OWN,
    ...OTHERS,
    "up[10m]",
    "up[10m] offset 1h",
    rawSamplesQuery(HOSTS, INSTANCES, 600),
    "sum(up)[10m:1m]",
    '"text"',
  ])("instant: %s", async (query) => {
    for (const at of [FROM + 97.3 * MINUTE, FROM + 5 * HOUR, TO]) {
      const [wanted, got] = await both("query", { query, time: seconds(at) });
      expect(wanted.status, JSON.stringify(wanted)).toBe("success");
      expectSame(got, wanted);
    }
  });

  test.each(REFUSED)("refused: %s", async (query) => {
    const [wanted, got] = await both("query", { query, time: seconds(FROM + 2 * HOUR) });
    expect(wanted.status).toBe("error");
    expect({ ...got, error: "" }).toEqual({ ...wanted, error: "" });
  });

  test.each([
    ["as many points as are allowed", { start: "0", end: "11000", step: "1" }],
    ["one too many", { start: "0", end: "11001", step: "1" }],
    ["RFC 3339", { start: "2025-09-10T00:00:00Z", end: "2025-09-10T03:00:00.5+01:00", step: "30m" }],
    ["no start", { end: "60", step: "1" }],
    ["no step", { start: "0", end: "60" }],
    ["step 0", { start: "0", end: "60", step: "0" }],
    ["backwards", { start: "60", end: "0", step: "1" }],
    ["nonsense", { start: "yesterday", end: "0", step: "1" }],
  ])("parameters: %s", async (_name, parameters) => {
    const [wanted, got] = await both("query_range", { query: "up", ...parameters });
    if (wanted.status === "success") expectSame(got, wanted);
    else expect({ ...got, error: "" }).toEqual({ ...wanted, error: "" });
  });

  test("label names and values", async () => {
    const window = { start: seconds(FROM), end: seconds(TO) };
    const selector = { ...window, "match[]": 'up{user=~"before|after|Zo.*"}' };
    for (const path of ["labels", "label/machine_name/values", "label/__name__/values"]) {
      for (const parameters of [window, selector]) {
        const [wanted, got] = await Promise.all(
          [real.url, simulated.prometheusUrl].map(async (url) => {
            const reply = await fetch(`${url}/api/v1/${path}?${new URLSearchParams(parameters)}`);
            return (await reply.json()) as unknown;
          }),
        );
        expect(got).toEqual(wanted);
      }
    }
  });
});

interface Reply {
  readonly http: number;
  readonly status: string;
  readonly errorType?: string;
  readonly error?: string;
  readonly data?: { readonly resultType: string; readonly result: unknown };
}

interface Series {
  readonly metric: Record<string, string>;
  readonly value?: [number, string];
  readonly values?: [number, string][];
}

async function post(url: string, path: string, parameters: Record<string, string>): Promise<Reply> {
  const body = new URLSearchParams(parameters);
  const reply = await fetch(`${url}/api/v1/${path}`, { method: "POST", body });
  return { ...((await reply.json()) as Reply), http: reply.status };
}

function seconds(ms: number): string {
  return String(ms / 1000);
}

/** Equal label sets, equal times, and values equal to 1e-9 of themselves. */
function expectSame(got: Reply, wanted: Reply): void {
  expect(got.status, JSON.stringify(got)).toBe(wanted.status);
  expect(got.data?.resultType).toBe(wanted.data?.resultType);
  const [a, b] = [flatten(got), flatten(wanted)];
  expect([...a.keys()].sort()).toEqual([...b.keys()].sort());
  const different = [...b].filter(([key, value]) => !close(a.get(key), value));
  expect(different.map(([key, value]) => [key, value, a.get(key)]).slice(0, 5)).toEqual([]);
}

/** Every value of a reply, by its labels and time. */
function flatten({ data }: Reply): Map<string, string> {
  const values = new Map<string, string>();
  const put = (labels: string, [time, value]: [number, string]): void => {
    const key = `${labels} at ${time}`;
    expect(values.has(key), key).toBe(false);
    values.set(key, value);
  };
  if (data === undefined) return values;
  if (data.resultType === "scalar" || data.resultType === "string") {
    put(data.resultType, data.result as [number, string]);
    return values;
  }
  for (const { metric, value, values: points = [] } of data.result as Series[]) {
    const labels = JSON.stringify(Object.entries(metric).sort());
    for (const point of value === undefined ? points : [value]) put(labels, point);
  }
  return values;
}

function close(a: string | undefined, b: string): boolean {
  if (a === b) return true;
  const [x, y] = [Number(a), Number(b)];
  return Math.abs(x - y) <= 1e-9 * Math.max(Math.abs(x), Math.abs(y));
}
