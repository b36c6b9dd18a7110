import { describe, expect, it } from "vitest";
import type { CpuScrape, HostCounters } from "./counters.js";
import { loadOfCounters } from "./scrapes.js";
import { isOneMachine, TwinFinder } from "./twins.js";

const MINUTE = 60_000;

/** Scrapes a minute apart of one CPU: idle and user at each, `undefined` for a scrape that is missing. */
function cpu(...values: readonly (readonly [idle: number, user: number] | undefined)[]): CpuScrape[] {
  return values.flatMap((value, i) => {
    if (value === undefined) return [];
    const [idle, user] = value;
    return {
      time: i * MINUTE,
      modes: new Map([
        ["idle", idle],
        ["user", user],
      ]),
    };
  });
}
/** One that is busy for 45 s of each minute. */
const steady = (count: number, idle = 1000, user = 3000): [number, number][] =>
  Array.from({ length: count }, (_, i) => [idle + 15 * i, user + 45 * i]);
const host = (...cpus: readonly CpuScrape[][]): HostCounters =>
  new Map(cpus.map((scrapes, i) => [`${i}`, scrapes]));
const look = { since: 0, bootedAt: null };
const BUSY = { idleFraction: 0.25 };

describe("the load by the counters of each CPU", () => {
  it("is that of all CPUs and scrapes", () => {
    expect(loadOfCounters(host(cpu(...steady(3)), cpu(...steady(3))), look)).toEqual({ cores: 2, ...BUSY });
  });

  it("leaves out the scrape at which a counter fell, however little", () => {
    const [a = [0, 0], , c = [0, 0]] = steady(3);
    const fallen = host(cpu(a, [a[0] - 0.02, a[1] + 45], [c[0] - 15.02, c[1]]), cpu(...steady(3)));
    expect(loadOfCounters(fallen, look)).toEqual({ cores: 2, idleFraction: expect.closeTo(0.25, 9) });
  });

  it("leaves out scrapes that say 0, and those that jump", () => {
    const [a, , c, d] = steady(4);
    expect(loadOfCounters(host(cpu(a, [0, 0], c, d)), look)).toEqual({ cores: 1, ...BUSY });
    expect(loadOfCounters(host(cpu(a, [9e5, 9e5], c, d)), look)).toEqual({ cores: 1, ...BUSY });
    expect(loadOfCounters(host(cpu(a, [Number.NaN, 3], c, d)), look)).toEqual({ cores: 1, ...BUSY });
  });

  it("has as many cores as CPUs tick at the end", () => {
    const still = cpu([5, 5], [5, 5], [5, 5]);
    expect(loadOfCounters(host(cpu(...steady(3)), still), look)).toEqual({ cores: 1, ...BUSY });
    const gone = cpu(...steady(2));
    expect(loadOfCounters(host(cpu(...steady(3)), gone), look)).toEqual({ cores: 1, ...BUSY });
    const came = cpu(undefined, ...steady(2, 0, 0));
    expect(loadOfCounters(host(cpu(...steady(3)), came), look)).toEqual({ cores: 2, ...BUSY });
  });

  it("is not known where nothing is possible, nothing moves, or there is one scrape", () => {
    const [a = [0, 0]] = steady(1);
    expect(loadOfCounters(host(cpu(a, [a[0], a[1] - 5])), look)).toBe("impossible");
    expect(loadOfCounters(host(cpu(a, a)), look)).toBe("standing still");
    expect(loadOfCounters(host(cpu(a)), look)).toBe("too few scrapes");
    expect(loadOfCounters(new Map(), look)).toBe("too few scrapes");
  });

  it("takes steps that are a little off where there are no others", () => {
    const [a = [0, 0]] = steady(1);
    const slow = cpu(a, [a[0] + 14, a[1] + 42]);
    expect(loadOfCounters(host(slow), look)).toEqual({ cores: 1, ...BUSY });
  });

  it("is that of the counters since a boot, and of nothing before it", () => {
    const before = cpu([100, 0], [160, 0]);
    const after = [{ ...cpu([10, 30])[0], time: 2 * MINUTE }] as CpuScrape[];
    const booted = { since: 0, bootedAt: 2 * MINUTE - 42_000 };
    expect(loadOfCounters(host([...before, ...after]), booted)).toEqual({ cores: 1, ...BUSY });
  });
});

describe("one machine", () => {
  const shifted = (scrapes: readonly CpuScrape[], ms: number): CpuScrape[] =>
    scrapes.map(({ time, modes }) => ({
      time: time + ms,
      modes: new Map(
        [...modes].map(([mode, value]) => [mode, value + (ms / MINUTE) * (mode === "idle" ? 15 : 45)]),
      ),
    }));

  it("has the same counters whenever it is scraped", () => {
    const scrapes = cpu(...steady(3));
    expect(isOneMachine(host(scrapes), host(shifted(scrapes, 20_000)))).toBe(true);
    expect(isOneMachine(host(scrapes), host(scrapes))).toBe(true);
  });

  it("is not another one with counters that are about the same", () => {
    expect(isOneMachine(host(cpu(...steady(3))), host(cpu(...steady(3, 1001, 2999))))).toBe(false);
    const two = host(cpu(...steady(3)), cpu(...steady(3)));
    expect(isOneMachine(host(cpu(...steady(3))), two)).toBe(false);
  });

  it("cannot be told where a counter fell, or nothing was scraped in the same time", () => {
    const [a, b, c = [0, 0]] = steady(3);
    expect(isOneMachine(host(cpu(a, b, [c[0] - 99, c[1]])), host(cpu(a, b, c)))).toBeUndefined();
    expect(isOneMachine(host(cpu(a)), host(cpu(undefined, b)))).toBeUndefined();
  });

  it("is asked about once, and only where two booted at the same second long ago", () => {
    const finder = new TwinFinder();
    const named = (instance: string, bootedAt: number | null, cpus = 1) => ({
      project: "P",
      instance,
      bootedAt,
      cpus,
    });
    const hosts = [named("a", 5), named("b", 5), named("c", 6), named("d", 5, 2), named("e", null)];
    expect(finder.compare(hosts, 100 * MINUTE)).toEqual([hosts[0], hosts[1]]);
    const counters = host(cpu(...steady(3)));
    const both = new Map(["a", "b"].map((name) => [JSON.stringify(["P", name]), counters]));
    expect(finder.twins(both)).toEqual([[hosts[0], hosts[1]]]);
    expect(finder.compare(hosts, 101 * MINUTE)).toEqual([]);
    expect(finder.twins(new Map())).toEqual([[hosts[0], hosts[1]]]);
    expect(new TwinFinder().compare(hosts, 30 * MINUTE)).toEqual([]);
  });
});
