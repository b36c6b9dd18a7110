import {
  type ClusterOptions,
  type HostDescription,
  loadsInTurn,
  simulateCluster,
  steadyLoad,
} from "ada-carbon/testing";
import { describe, expect, test } from "vitest";
import { cpuMicrosIn } from "../../src/testing/truth.js";
import { RawSampleSeconds } from "./raw-sample-seconds.js";

const HOUR = 3_600_000;
const MINUTE = 60_000;
const FROM = Date.parse("2025-09-10T00:00:00Z");
const at = (minute: number): number => FROM + minute * MINUTE;
const FOREVER = Number.POSITIVE_INFINITY;

/** Busy and idle CPU-seconds of an hour by the samples and in truth. */
function hourOf(hour: number, host: HostDescription, more: Partial<ClusterOptions> = {}, arrivedBy?: number) {
  const cluster = simulateCluster({
    interval: { from: FROM, to: FROM + 4 * HOUR },
    hosts: [
      {
        cores: 1,
        load: loadsInTurn(steadyLoad(20), { from: at(60), load: steadyLoad(80) }),
        incarnations: [{ from: FROM - 24 * HOUR, to: FOREVER }],
        phaseMs: 20_000,
        ...host,
      },
    ],
    ...more,
  });
  const [only] = cluster.hosts;
  if (only === undefined) throw new Error("no host");
  const during = { from: FROM + hour * HOUR, to: FROM + (hour + 1) * HOUR };
  const used = (byMode: readonly number[]) => {
    const [idle = 0, ...busy] = byMode;
    return { busy: busy.reduce((sum, one) => sum + one, 0), idle };
  };
  return {
    raw: used(new RawSampleSeconds(cluster, only, arrivedBy).in(during)),
    truth: used(cpuMicrosIn(only, during).map((micros) => micros / 1e6)),
  };
}

describe("the seconds that samples tell of", () => {
  test("are the truth where scrapes lie on the hours", () => {
    for (const hour of [0, 1, 2]) {
      const { raw, truth } = hourOf(hour, { phaseMs: 0 });
      expect(raw.busy).toBeCloseTo(truth.busy, 6);
      expect(raw.idle).toBeCloseTo(truth.idle, 6);
    }
  });

  test("lie on a straight line between the scrape before and the one after the hour", () => {
    // From 00:59:20 to 01:00:20 it was busy for 40 x 0.2 + 20 x 0.8 s, of which 40 of 60 lie before the hour.
    expect(hourOf(0, {}).raw.busy).toBeCloseTo(0.2 * (3600 - 40) + (24 * 40) / 60, 6);
  });

  test("go on over a gap of the same boot", () => {
    const { raw } = hourOf(1, { outages: [{ from: at(30), to: at(90) }] });
    expect(raw.busy + raw.idle).toBeCloseTo(3600, 6);
    // In the gap from 00:29:20 to 01:30:20, 30 minutes and 40 s at 20% and the rest at 80%.
    const inGap = 0.2 * 1840 + 0.8 * 1820;
    expect(raw.busy).toBeCloseTo((inGap * 1820) / 3660 + 0.8 * 1780, 6);
  });

  test("count from 0 at a boot, and end with the last scrape before", () => {
    const { raw } = hourOf(1, {
      incarnations: [
        { from: FROM - 24 * HOUR, to: at(80) },
        { from: at(82), to: FOREVER },
      ],
      exporterDelaySeconds: 600,
    });
    expect(raw.busy + raw.idle).toBeCloseTo(19 * 60 + 20 + 38 * 60, 6);
  });

  test("leave out a bad scrape and take off a step", () => {
    const good = hourOf(1, {}).raw;
    const bad = { from: at(75), to: at(76), saysSeconds: 0 };
    const step = { from: at(90), to: FOREVER, addSeconds: -20, mode: "user" } as const;
    const { raw } = hourOf(1, { counterFaults: [bad, step] });
    expect(raw.busy).toBeCloseTo(good.busy, 6);
    expect(raw.idle).toBeCloseTo(good.idle, 6);
  });

  test("are united over replicas and targets", () => {
    const everMissing = { from: at(70), to: at(80) };
    const { raw, truth } = hourOf(
      1,
      { phaseMs: 0 },
      {
        replicas: [
          { labels: { replica: "a" }, outages: [{ from: at(60), to: FOREVER }, everMissing] },
          { labels: { replica: "b" }, outages: [{ from: 0, to: at(60) }] },
        ],
      },
    );
    expect(raw.busy).toBeCloseTo(truth.busy, 6);
    const { raw: fromTwo } = hourOf(0, {
      alsoScrapedAs: [{ labels: { instance: "other" }, phaseMs: 0 }],
    });
    expect(fromTwo.busy).toBeCloseTo(720, 6);
  });

  test("know nothing of what has not arrived", () => {
    const late = { phaseMs: 0, lateArrivals: [{ from: at(100), to: FOREVER, at: at(300) }] };
    expect(hourOf(1, late, {}, at(200)).raw.idle).toBeCloseTo(0.2 * 39 * 60, 6);
    expect(hourOf(1, late, {}, at(300)).raw.idle).toBeCloseTo(720, 6);
  });
});
