import { describe, expect, test } from "vitest";
import { isAdaCarbonError } from "../usage/errors.js";
import { type SimulatedCluster, simulateCluster } from "./cluster.js";
import type { HostDescription } from "./host-description.js";
import { BLOCK_MS, CPU_MODES } from "./load.js";
import { openMetrics } from "./openmetrics.js";
import { HostSamples, type SampledSeries } from "./samples.js";

const HOUR = 3_600_000;
const MINUTE = 60_000;
const FROM = Date.parse("2025-09-10T00:00:00Z");
const interval = { from: FROM, to: FROM + 12 * HOUR };

const cpuSeries = ({ series }: HostSamples): SampledSeries[] =>
  series.filter(({ metric }) => metric === "node_cpu_seconds_total");

const scrapes = ({ timeline }: HostSamples): number[] => Array.from({ length: timeline.length }, (_, i) => i);

describe.each([1, 2, 3])("the counters of a cluster with seed %i", (seed) => {
  const cluster = simulateCluster({ interval, seed });

  const all = cluster.hosts.map((host) => new HostSamples(cluster, host));

  test("of a cpu add up to the time since boot, to the microsecond", () => {
    const wrong: string[] = [];
    for (const samples of all) {
      const { instance, cores } = samples.host;
      const series = cpuSeries(samples);
      expect(series).toHaveLength(cores * CPU_MODES.length);
      for (const scrape of scrapes(samples)) {
        const sinceBoot = samples.timeline.time(scrape) - samples.timeline.incarnation(scrape).from;
        const micros = series.map((one) => Math.round(one.value(scrape) * 1e6));
        for (let cpu = 0; cpu < cores; cpu++) {
          const ofCpu = micros.slice(cpu * CPU_MODES.length, (cpu + 1) * CPU_MODES.length);
          const sum = ofCpu.reduce((total, part) => total + part);
          if (sum !== sinceBoot * 1000) wrong.push(`${instance} cpu ${cpu} at ${scrape}: ${sum}`);
        }
      }
    }
    expect(wrong).toEqual([]);
  });

  test("never fall while a host is up, and start again from 0 when it boots", () => {
    const wrong: string[] = [];
    for (const samples of all) {
      const { timeline } = samples;
      const series = cpuSeries(samples);
      let before: number[] = [];
      for (const scrape of scrapes(samples)) {
        const now = series.map((one) => one.value(scrape));
        const { from } = timeline.incarnation(scrape);
        const booted = scrape === 0 || timeline.incarnation(scrape - 1).from !== from;
        const most = (timeline.time(scrape) - from) / 1000;
        const bad = now.filter((value, i) => value < (booted ? 0 : (before[i] ?? 0)) || value > most);
        if (bad.length > 0) wrong.push(`${samples.host.instance} at ${scrape}: ${bad}`);
        before = now;
      }
    }
    expect(wrong).toEqual([]);
  });

  test("come from shares of whole per mille that sum to 1000", () => {
    const blocks = Array.from({ length: 13 * 12 }, (_, i) => interval.from - HOUR + i * BLOCK_MS);
    for (const { load, cores } of cluster.hosts) {
      const shares = blocks.flatMap((block) => Array.from({ length: cores }, (_, cpu) => load(cpu, block)));
      const bad = shares.filter(
        (one) =>
          one.length !== CPU_MODES.length ||
          one.some((share) => !Number.isInteger(share) || share < 0) ||
          one.reduce((sum, share) => sum + share) !== 1000,
      );
      expect(bad).toEqual([]);
    }
  });
});

describe("a drawn cluster", () => {
  const text = (cluster: SimulatedCluster): string => [...openMetrics(cluster)].join("");
  const short = { from: FROM, to: FROM + HOUR };

  test("is the same for the same seed and another for another", () => {
    const [a, b, c] = [4, 4, 5].map((seed) => text(simulateCluster({ interval: short, seed, hosts: 3 })));
    expect(b).toBe(a);
    expect(c).not.toBe(a);
  });

  test("has hosts that reboot, appear, vanish and stay, in all projects, with and without users", () => {
    const { hosts } = simulateCluster({ interval });
    const during = (ms: number): boolean => ms > interval.from && ms < interval.to;
    const first = hosts.map(({ incarnations }) => incarnations[0] ?? { from: 0, to: 0 });
    expect(hosts.filter(({ incarnations }) => incarnations.length > 1)).toHaveLength(2);
    expect(first.filter(({ from }) => during(from))).toHaveLength(2);
    expect(first.filter(({ to }, i) => during(to) && hosts[i]?.incarnations.length === 1)).toHaveLength(2);
    expect(first.filter(({ from }) => from < interval.from - 11 * HOUR)).toHaveLength(22);
    expect(new Set(hosts.map(({ project }) => project))).toEqual(new Set(["IDAaaS", "CDAaaS", "DDAaaS"]));
    expect(hosts.some(({ user }) => user === null)).toBe(true);
    expect(hosts.some(({ user }) => user !== null)).toBe(true);
    expect(hosts.every(({ cores }) => cores >= 2 && cores <= 8)).toBe(true);
    expect(new Set(hosts.map(({ phaseMs }) => phaseMs)).size).toBeGreaterThan(20);
  });

  test("is quiet on demand", () => {
    const { hosts } = simulateCluster({ interval, events: "none" });
    for (const { incarnations } of hosts)
      expect(incarnations).toEqual([{ from: expect.any(Number), to: Number.POSITIVE_INFINITY }]);
  });

  test("leaves many machines idle for a whole day, and others not", () => {
    const cluster = simulateCluster({
      interval: { from: FROM, to: FROM + 24 * HOUR },
      events: "none",
      hosts: 60,
    });
    const busiest = cluster.hosts.map(({ load }) => {
      const blocks = Array.from({ length: 288 }, (_, i) => load(0, FROM + i * BLOCK_MS));
      return Math.max(...blocks.map(([idle = 0]) => 1000 - idle));
    });
    expect(busiest.filter((level) => level < 20).length).toBeGreaterThan(10);
    expect(busiest.filter((level) => level > 300).length).toBeGreaterThan(10);
  });
});

describe("scrapes", () => {
  const times = (description: HostDescription, more = {}): number[] => {
    const host: HostDescription = {
      instance: "a",
      incarnations: [{ from: FROM - 30 * HOUR, to: Number.POSITIVE_INFINITY }],
      phaseMs: 12_345,
      ...description,
    };
    const cluster = simulateCluster({ interval: { from: FROM, to: FROM + HOUR }, hosts: [host], ...more });
    const [first] = cluster.hosts;
    if (first === undefined) throw new Error("no host");
    const samples = new HostSamples(cluster, first);
    const all = scrapes(samples).map((scrape) => samples.timeline.time(scrape));
    for (const time of [FROM - 2 * HOUR, FROM, FROM + 12_345, FROM + 12_346, FROM + 9 * HOUR])
      expect(samples.timeline.countBefore(time)).toBe(all.filter((one) => one < time).length);
    return all.filter((time) => time >= FROM);
  };
  const usual = Array.from({ length: 70 }, (_, i) => FROM + i * MINUTE + 12_345);

  test("come once an interval, at the host's own phase", () => {
    expect(times({})).toEqual(usual);
    expect(times({ phaseMs: 0 })).toHaveLength(71);
    expect(times({ phaseMs: 0 }, { scrapeSeconds: 15 })).toHaveLength(281);
  });

  test("fail while the host is down", () => {
    const incarnations = [
      { from: FROM - HOUR, to: FROM + 10 * MINUTE },
      { from: FROM + 15 * MINUTE, to: FROM + 20 * MINUTE + 12_345 },
    ];
    expect(times({ incarnations })).toEqual([...usual.slice(0, 10), ...usual.slice(15, 20)]);
  });

  test("fail in an outage, of all or of those named", () => {
    const outage = { from: FROM + 12_345, to: FROM + 20 * MINUTE };
    const other = { from: FROM + 10 * MINUTE, to: FROM + 30 * MINUTE };
    expect(times({}, { outages: [outage] })).toEqual(usual.slice(20));
    expect(times({}, { outages: [other, outage] })).toEqual(usual.slice(30));
    expect(times({}, { outages: [{ ...outage, instances: ["a"] }] })).toEqual(usual.slice(20));
    expect(times({}, { outages: [{ ...outage, instances: ["b"] }] })).toEqual(usual);
  });
});

test.each<[string, readonly HostDescription[]]>([
  [
    "two hosts with equal labels",
    [1, 2].map(() => ({ instance: "a", project: "p", machine: "m", user: null })),
  ],
  ["no cores", [{ cores: 0 }]],
  ["half a core", [{ cores: 1.5 }]],
  [
    "incarnations that overlap",
    [
      {
        incarnations: [
          { from: 0, to: 10 },
          { from: 9, to: 20 },
        ],
      },
    ],
  ],
  ["an incarnation that ends before it starts", [{ incarnations: [{ from: 10, to: 0 }] }]],
])("refuses %s", (_what, hosts) => {
  const attempt = (): unknown => simulateCluster({ interval, hosts });
  expect(attempt).toThrow(expect.toSatisfy((error) => isAdaCarbonError(error, "bad-input")));
});
