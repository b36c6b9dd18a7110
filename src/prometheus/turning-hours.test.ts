import { describe, expect, it } from "vitest";
import { planLooks } from "./turning-hours.js";

const looks = (turning: Record<string, number[]>): [string[], number, number][] =>
  planLooks(new Map(Object.entries(turning))).map(({ instances, from, to }) => [[...instances], from, to]);

describe("looks at turning hours", () => {
  it("are one for a few hosts of a day", () => {
    expect(looks({ a: [3, 20], b: [7], c: [] })).toEqual([[["a", "b"], 3, 20]]);
    expect(looks({ a: [] })).toEqual([]);
  });

  it("do not fetch a month of a host for its first hour and its last", () => {
    expect(looks({ a: [0, 719] })).toEqual([
      [["a"], 0, 0],
      [["a"], 719, 719],
    ]);
  });

  it("cover every turning hour of every host, with at most 240 host-hours and 4,000 characters each", () => {
    const hosts = Array.from({ length: 900 }, (_, i) => [`host-${i}.${"x".repeat(i % 300)}`, [i % 48, 50]]);
    const turning: Record<string, number[]> = Object.fromEntries(hosts);
    const planned = looks(turning);
    for (const [instance, hours] of Object.entries(turning))
      for (const hour of hours)
        expect(
          planned.some(([names, from, to]) => from <= hour && hour <= to && names.includes(instance)),
        ).toBe(true);
    for (const [names, from, to] of planned) {
      expect(names.length * (to - from + 1)).toBeLessThanOrEqual(240);
      expect(names.join("|").length).toBeLessThanOrEqual(4_000);
    }
  });
});
