import { describe, expect, test } from "vitest";
import { simulateCluster } from "./cluster.js";
import type { HostDescription } from "./host-description.js";
import { CPU_MODES, type Load } from "./load.js";
import { HostSamples } from "./samples.js";
import { clusterTruth, type HostTruth } from "./truth.js";

const HOUR = 3_600_000;
const MINUTE = 60_000;
const FROM = Date.parse("2025-09-10T00:00:00Z");
const interval = { from: FROM, to: FROM + 6 * HOUR };

const sum = (values: Iterable<number>): number => [...values].reduce((total, value) => total + value, 0);

function truthOf(description: HostDescription): HostTruth {
  const cluster = simulateCluster({ interval, hosts: [description] });
  const [host] = clusterTruth(cluster).hosts;
  if (host === undefined) throw new Error("no host");
  return host;
}

test("the truth is what the counters gained from hour to hour", () => {
  const hosts = Array.from({ length: 12 }, () => ({ phaseMs: 0 }));
  const cluster = simulateCluster({ interval, hosts, events: "none" });
  const truth = clusterTruth(cluster);
  for (const { host, modes, busyCpuSeconds } of truth.hosts) {
    const { timeline, series } = new HostSamples(cluster, host);
    truth.hours.forEach((hour, i) => {
      const [start, end] = [timeline.countBefore(hour), timeline.countBefore(hour + HOUR)];
      expect(timeline.time(end)).toBe(hour + HOUR);
      const gained = (wanted: (mode: string) => boolean): number =>
        sum(
          series
            .filter(({ labels }) => wanted(labels.mode ?? "idle") && labels.mode !== undefined)
            .map((one) => one.value(end) - one.value(start)),
        );
      for (const mode of CPU_MODES)
        expect(modes[mode][i]).toBeCloseTo(
          gained((one) => one === mode),
          6,
        );
      expect(busyCpuSeconds[i]).toBeCloseTo(
        gained((mode) => mode !== "idle"),
        6,
      );
    });
  }
});

test("busy and idle are the cores times the time a host was up", () => {
  const { host, busyCpuSeconds, idleCpuSeconds } = truthOf({
    cores: 4,
    incarnations: [
      { from: FROM - HOUR, to: FROM + 90 * MINUTE },
      { from: FROM + 100 * MINUTE, to: FROM + 110 * MINUTE + 1 },
      { from: FROM + 4 * HOUR, to: Number.POSITIVE_INFINITY },
    ],
  });
  const up = [60, 40, 0, 0, 60, 60].map((minutes, i) => (minutes * MINUTE + (i === 1 ? 1 : 0)) / 1000);
  up.forEach((seconds, i) => {
    expect((busyCpuSeconds[i] ?? 0) + (idleCpuSeconds[i] ?? 0)).toBeCloseTo(host.cores * seconds, 9);
  });
});

test("a load given by the caller is what happens", () => {
  const load: Load = (cpu, block) => {
    const busy = block < FROM + HOUR ? 250 : cpu === 0 ? 1000 : 0;
    return CPU_MODES.map((mode) => (mode === "idle" ? 1000 - busy : mode === "steal" ? busy : 0));
  };
  const { busyCpuSeconds, idleCpuSeconds, modes } = truthOf({
    cores: 20,
    load,
    incarnations: [{ from: 0, to: Number.POSITIVE_INFINITY }],
  });
  expect(busyCpuSeconds.slice(0, 2)).toEqual(Float64Array.of(18_000, 3600));
  expect(idleCpuSeconds.slice(0, 2)).toEqual(Float64Array.of(54_000, 19 * 3600));
  expect(modes.steal).toEqual(busyCpuSeconds);
});

describe("the truth of a cluster", () => {
  const cluster = simulateCluster({ interval, hosts: 25, seed: 9 });
  const truth = clusterTruth(cluster);

  test("does not depend on what was scraped", () => {
    const unseen = simulateCluster({ interval, hosts: 25, seed: 9, outages: [interval], scrapeSeconds: 300 });
    expect(clusterTruth(unseen).total).toEqual(truth.total);
  });

  test.each(["project", "machine", "user"] as const)("is the sum of its parts by %s", (owner) => {
    const parts = [...truth.by(owner)];
    const names = new Set(cluster.hosts.map((host) => host[owner]));
    expect(new Set(parts.map(([name]) => name))).toEqual(names);
    truth.hours.forEach((_, i) => {
      for (const column of ["busyCpuSeconds", "idleCpuSeconds"] as const)
        expect(sum(parts.map(([, part]) => part[column][i] ?? 0))).toBeCloseTo(
          truth.total[column][i] ?? 0,
          6,
        );
    });
  });

  test("covers the hours of the interval, and no others", () => {
    expect(truth.hours).toEqual([0, 1, 2, 3, 4, 5].map((hour) => FROM + hour * HOUR));
    const odd = simulateCluster({ interval: { from: FROM + 1, to: FROM + 3 * HOUR }, hosts: 1 });
    expect(clusterTruth(odd).hours).toEqual([FROM + HOUR, FROM + 2 * HOUR]);
  });
});
