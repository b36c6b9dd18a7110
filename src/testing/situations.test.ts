import { describe, expect, test } from "vitest";
import { bootTimeJitter, bootTimeSteps } from "./boot-times.js";
import { type ClusterOptions, type SimulatedCluster, simulateCluster } from "./cluster.js";
import { clusterSamples } from "./cluster-samples.js";
import type { CounterFault } from "./counter-faults.js";
import type { SimulatedHost } from "./host.js";
import type { HostDescription } from "./host-description.js";
import type { CpuMode } from "./load.js";
import { hourlyBurst, loadsInTurn, MINUTE_BLOCK_MS, steadyLoad } from "./loads.js";
import { openMetrics, prometheusText } from "./openmetrics.js";
import { parseMatchers } from "./promql/index.js";
import { HostSamples, type SampledSeries } from "./samples.js";
import { SimulatedStorage } from "./simulated-storage.js";
import { clusterTruth, cpuMicrosIn } from "./truth.js";

// What a host description can have besides what every host has.

const HOUR = 3_600_000;
const MINUTE = 60_000;
const FROM = Date.parse("2025-09-10T00:00:00Z");
const interval = { from: FROM, to: FROM + 3 * HOUR };
const at = (minute: number): number => FROM + minute * MINUTE;
const FOREVER = Number.POSITIVE_INFINITY;
const BOOT = FROM - 24 * HOUR;

const usual: HostDescription = {
  instance: "a:9100",
  cores: 2,
  phaseMs: 0,
  user: "alice",
  load: steadyLoad(50),
  incarnations: [{ from: BOOT, to: FOREVER }],
};

function clusterOf(host: HostDescription, more: Partial<ClusterOptions> = {}): SimulatedCluster {
  return simulateCluster({ interval, hosts: [{ ...usual, ...host }], ...more });
}
function onlyHost(cluster: SimulatedCluster): SimulatedHost {
  const [host] = cluster.hosts;
  if (host === undefined) throw new Error("no host");
  return host;
}
const samplesOf = (host: HostDescription, more: Partial<ClusterOptions> = {}): HostSamples => {
  const cluster = clusterOf(host, more);
  return new HostSamples(cluster, onlyHost(cluster));
};
const counter = (samples: HostSamples, cpu: number, mode: CpuMode): SampledSeries => {
  const found = samples.series.find(({ labels }) => labels.cpu === String(cpu) && labels.mode === mode);
  if (found === undefined) throw new Error("no such counter");
  return found;
};
/** The value at the scrape at an instant; undefined if there is none. */
const valueAt = ({ timeline }: HostSamples, series: SampledSeries, instant: number): number | undefined => {
  const scrape = timeline.countBefore(instant);
  if (timeline.time(scrape) !== instant) return undefined;
  return series.scrapes?.includes(scrape) === false ? undefined : series.value(scrape);
};

describe("counters that say what is not so", () => {
  const read = (fault: CounterFault, cpu: number, mode: CpuMode, minutes: readonly number[]) => {
    const incarnations = [
      { from: BOOT, to: at(60) },
      { from: at(60), to: FOREVER },
    ];
    const [faulty, honest] = [
      samplesOf({ incarnations, counterFaults: [fault] }),
      samplesOf({ incarnations }),
    ];
    return minutes.map((minute) => {
      const said = valueAt(faulty, counter(faulty, cpu, mode), at(minute)) ?? Number.NaN;
      return said - (valueAt(honest, counter(honest, cpu, mode), at(minute)) ?? Number.NaN);
    });
  };
  const step: CounterFault = { from: at(30), to: FOREVER, cpu: 1, mode: "idle", addSeconds: -20 };

  test("fall by a step that stays until the next boot", () => {
    expect(read(step, 1, "idle", [29, 30, 59, 60])).toEqual([0, -20, -20, 0]);
    expect(read(step, 0, "idle", [30])).toEqual([0]);
    expect(read(step, 1, "user", [30])).toEqual([0]);
  });

  test("are wrong for a time", () => {
    expect(read({ from: at(30), to: at(32), addSeconds: 5 }, 0, "user", [29, 30, 31, 32])).toEqual([
      0, 5, 5, 0,
    ]);
    const samples = samplesOf({ counterFaults: [{ from: at(30), to: at(31), saysSeconds: Number.NaN }] });
    expect(valueAt(samples, counter(samples, 0, "idle"), at(30))).toBeNaN();
  });

  test("do not change the truth", () => {
    const truth = (host: HostDescription): Float64Array => clusterTruth(clusterOf(host)).total.busyCpuSeconds;
    expect(truth({ counterFaults: [step] })).toEqual(truth({}));
  });

  test("are found by increase, which looks at each sample", () => {
    const cluster = clusterOf({ counterFaults: [step] });
    const [series] = new SimulatedStorage(cluster).select(
      parseMatchers('node_cpu_seconds_total{cpu="1",mode="idle"}'),
    );
    expect(series?.window(FROM, at(60))).not.toHaveProperty("drops");
  });
});

describe("cpus that do not tick", () => {
  test("start from 0 where they are plugged in", () => {
    const samples = samplesOf({
      offlineCpus: [{ cpus: [1], from: Number.NEGATIVE_INFINITY, to: at(30), series: "absent" }],
    });
    const idle = counter(samples, 1, "idle");
    expect([29, 30, 31].map((minute) => valueAt(samples, idle, at(minute)))).toEqual([undefined, 0, 30]);
    const micros = cpuMicrosIn(samples.host, { from: FROM, to: FROM + HOUR });
    expect(micros.reduce((sum, mode) => sum + mode) / 1e6).toBe(5400);
  });

  test("stand still while offline", () => {
    const samples = samplesOf({
      offlineCpus: [{ cpus: [0], from: at(30), to: at(40), series: "stand still" }],
    });
    const idle = counter(samples, 0, "idle");
    const [before = 0, during, after] = [30, 40, 41].map((minute) => valueAt(samples, idle, at(minute)));
    expect([during, after]).toEqual([before, before + 30]);
  });
});

describe("scrapes", () => {
  const times = ({ timeline }: HostSamples): number[] =>
    Array.from({ length: timeline.length }, (_, scrape) => timeline.time(scrape));

  test("come late by a little, in order, and at the same instants each time", () => {
    const late = times(samplesOf({ scrapeJitterMs: 900 }));
    expect(late).toEqual(times(samplesOf({ scrapeJitterMs: 900 })));
    const delays = late.map((time) => time % MINUTE);
    expect(Math.max(...delays)).toBeLessThanOrEqual(900);
    expect(new Set(delays).size).toBeGreaterThan(100);
    const { timeline } = samplesOf({ scrapeJitterMs: 900 });
    for (const instant of [FROM, FROM + 450, FROM + 901, at(7) + 3])
      expect(timeline.countBefore(instant)).toBe(late.filter((time) => time < instant).length);
  });

  test("fail here and there", () => {
    const missed = samplesOf({ missedScrapesPerMille: 250 }).timeline.length / 241;
    expect(missed).toBeGreaterThan(0.6);
    expect(missed).toBeLessThan(0.9);
  });

  test("have an interval of the host's own, and begin some time after a boot", () => {
    const samples = samplesOf({
      scrapeSeconds: 300,
      incarnations: [{ from: at(20), to: FOREVER }],
      exporterDelaySeconds: 600,
    });
    expect(times(samples).slice(0, 2)).toEqual([at(30), at(35)]);
    expect(valueAt(samples, counter(samples, 0, "idle"), at(30))).toBe(300);
  });

  test("are missing in an outage of one host", () => {
    const outages = [{ from: at(10), to: at(20) }];
    expect(samplesOf({ outages }).timeline.length).toBe(241);
  });
});

test("scrapes that fail are recorded where they are wanted", () => {
  const cluster = clusterOf({
    recordsFailedScrapes: true,
    outages: [{ from: at(10), to: at(20) }],
    incarnations: [
      { from: BOOT, to: at(30) },
      { from: at(35), to: at(40) },
    ],
  });
  const [up] = new SimulatedStorage(cluster).select(parseMatchers("up"));
  const window = up?.window(at(8), FOREVER);
  const values = Array.from({ length: window?.length ?? 0 }, (_, i) => window?.value(i));
  const failed = (minutes: number): number[] => Array.from({ length: minutes }, () => 0);
  const answered = (minutes: number): number[] => Array.from({ length: minutes }, () => 1);
  expect(values).toEqual([...answered(2), ...failed(10), ...answered(10), ...failed(5), ...answered(5)]);
  const [idle] = new SimulatedStorage(cluster).select(
    parseMatchers('node_cpu_seconds_total{cpu="0",mode="idle"}'),
  );
  expect(idle?.window(at(8), FOREVER).length).toBe(17);
});

test("a boot time is what the exporter says, or nothing", () => {
  const boot = (host: HostDescription): SampledSeries | undefined =>
    samplesOf(host).series.find(({ metric }) => metric === "node_boot_time_seconds");
  const steps = bootTimeSteps([{ at: at(30), seconds: 90 }]);
  expect([89, 90].map((scrape) => boot({ bootTime: steps })?.value(scrape))).toEqual([
    BOOT / 1000,
    BOOT / 1000 + 90,
  ]);
  const said = Array.from({ length: 100 }, (_, scrape) =>
    boot({ bootTime: bootTimeJitter() })?.value(scrape),
  );
  expect(new Set(said)).toEqual(new Set([-1, 0, 1].map((second) => BOOT / 1000 + second)));
  expect(boot({ bootTime: null })).toBeUndefined();
  expect(boot({ bootTime: (scrapedAt, seconds) => (scrapedAt < at(0) ? null : seconds) })?.scrapes?.[0]).toBe(
    60,
  );
});

test("labels change, and the truth is split where they do", () => {
  const cluster = clusterOf({
    labelChanges: [
      { at: at(15), labels: { user: "bob" } },
      { at: at(45), labels: { user: null } },
    ],
  });
  const users = clusterTruth(cluster).by("user");
  expect([...users].map(([user, { busyCpuSeconds }]) => [user, busyCpuSeconds[0]])).toEqual([
    ["alice", 900],
    ["bob", 1800],
    [null, 900],
  ]);
  const sets = new SimulatedStorage(cluster).labelSets([parseMatchers("up")], at(15), at(44));
  expect(sets.map((labels) => labels.get("user"))).toEqual(["bob"]);
});

test("one machine as two targets counts once", () => {
  const cluster = clusterOf({ alsoScrapedAs: [{ labels: { instance: "b:9100" } }] });
  expect(clusterTruth(cluster).total.busyCpuSeconds[0]).toBe(3600);
  const [one, two] = [...clusterSamples(cluster)];
  expect(two?.series[0]?.labels).toMatchObject({ instance: "b:9100", user: "alice" });
  expect(two?.timeline.time(0)).toBe((one?.timeline.time(0) ?? 0) + 30_000);
});

test("replicas have labels, phases and outages of their own", () => {
  const cluster = clusterOf(
    {},
    {
      replicas: [
        { labels: { replica: "a" } },
        { labels: { replica: "b" }, phaseMs: 20_000, outages: [{ from: at(0), to: at(60) }] },
      ],
    },
  );
  const [a, b] = [...clusterSamples(cluster)];
  expect([a, b].map((one) => one?.series[0]?.labels.replica)).toEqual(["a", "b"]);
  expect((a?.timeline.length ?? 0) - (b?.timeline.length ?? 0)).toBe(61);
  expect(b?.timeline.time(0)).toBe(at(-60) + 20_000);
});

describe("scrapes that arrive late", () => {
  const late = { lateArrivals: [{ from: at(10), to: at(20), at: at(90) }] };

  test("are not there before they arrive", () => {
    let now = at(60);
    const storage = new SimulatedStorage(clusterOf(late), () => now);
    const [series] = storage.select(parseMatchers('node_cpu_seconds_total{cpu="0",mode="idle"}'));
    expect(series?.window(at(0), at(30)).length).toBe(21);
    expect(series?.latest(at(19))?.time).toBe(at(9));
    now = at(90);
    expect(series?.window(at(0), at(30)).length).toBe(31);
    expect(series?.latest(at(19))?.time).toBe(at(19));
  });

  test("are all that is written after the first half, and nothing twice", () => {
    const cluster = clusterOf({}, { lateArrivals: [{ from: 0, to: FOREVER, afterSeconds: 120 }] });
    const lines = (after: number, by: number): string[] =>
      [...prometheusText(cluster, { arrived: () => ({ after, by }) })].join("").split("\n").filter(isSample);
    const isSample = (line: string): boolean => line !== "" && !line.startsWith("#");
    const [first, second, all] = [lines(-FOREVER, at(60)), lines(at(60), FOREVER), lines(-FOREVER, FOREVER)];
    expect([...first, ...second].sort()).toEqual(all.sort());
    expect(Math.max(...first.map((line) => Number(line.split(" ").at(-1))))).toBe(at(58));
  });
});

test("loads are by the minute where they must be", () => {
  const burst = { load: hourlyBurst(5), loadBlockMs: MINUTE_BLOCK_MS };
  expect(clusterTruth(clusterOf(burst)).total.busyCpuSeconds[1]).toBeCloseTo(2 * (60 + 0.05 * 3540), 9);
  const turns = loadsInTurn(steadyLoad(10), { from: at(60), load: steadyLoad(90) });
  expect(clusterTruth(clusterOf({ load: turns })).total.busyCpuSeconds.slice(0, 2)).toEqual(
    Float64Array.of(720, 6480),
  );
  expect(() => clusterOf({ loadBlockMs: 7 * MINUTE })).toThrow("must divide an hour");
});

test("all of it is written as OpenMetrics writes it", () => {
  const text = [
    ...openMetrics(
      clusterOf({
        counterFaults: [{ from: at(30), to: at(31), saysSeconds: FOREVER, cpu: 0, mode: "idle" }],
      }),
    ),
  ].join("");
  expect(text).toContain(` +Inf ${(at(30) / 1000).toFixed(3)}\n`);
});
