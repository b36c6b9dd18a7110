import { describe, expect, test } from "vitest";
import { Labels, type Matcher, rangeQuery, type Series, type Storage } from "./index.js";
import { instantQuery } from "./query.js";

/** Samples as [seconds, value] of one series each. */
type Fixture = Record<string, readonly (readonly [number, number])[]>;

function storage(fixture: Fixture): Storage {
  const all = Object.entries(fixture).map(([instance, samples]): Series => {
    const labels = Labels.of([
      ["__name__", "m"],
      ["instance", instance],
    ]);
    const window = (from: number, to: number) => {
      const inside = samples.filter(([s]) => s * 1000 >= from && s * 1000 <= to);
      return {
        length: inside.length,
        time: (i: number) => (inside[i]?.[0] ?? 0) * 1000,
        value: (i: number) => inside[i]?.[1] ?? Number.NaN,
      };
    };
    return {
      labels,
      window,
      latest: (at) => {
        const [seconds, value] = samples.findLast(([s]) => s * 1000 <= at) ?? [];
        if (seconds === undefined || value === undefined) return undefined;
        return { time: seconds * 1000, value: () => value };
      },
    };
  });
  return {
    select: (matchers: readonly Matcher[]) =>
      all.filter(({ labels }) => matchers.every((matcher) => matcher.test(labels.get(matcher.name)))),
  };
}

function ask(fixture: Fixture, query: string, seconds: number): Record<string, string> {
  const { resultType, result } = instantQuery(storage(fixture), query, seconds * 1000);
  if (resultType !== "vector") throw new Error(`a ${resultType}`);
  return Object.fromEntries(result.map(({ metric, value }) => [metric.instance ?? "", value[1]]));
}

/** A counter that grows by one each second from `boot` on, scraped every 15 s in [from, to]. */
const ticking = (from: number, to: number, boot = 0): [number, number][] => {
  const count = Math.floor((to - from) / 15) + 1;
  return Array.from({ length: count }, (_, i) => [from + i * 15, from + i * 15 - boot]);
};

describe("increase, by hand", () => {
  const hour = "increase(m[1h])";

  test("of an hour without loss is the hour", () => {
    expect(Number(ask({ a: ticking(7205, 10_800, -9e6) }, hour, 10_800).a)).toBeCloseTo(3600, 9);
  });

  test("does not see a gap in the middle", () => {
    const gap = [...ticking(7200, 8400, -9e6), ...ticking(10_200, 10_800, -9e6)];
    expect(Number(ask({ a: gap }, hour, 10_800).a)).toBeCloseTo(3600, 9);
  });

  test("reaches only half a spacing into a gap at the edge", () => {
    const late = ticking(9000, 10_800, -9e6);
    expect(Number(ask({ a: late }, hour, 10_800).a)).toBeCloseTo(1800 + 7.5, 9);
    const early = ticking(7200, 9000, -9e6);
    expect(Number(ask({ a: early }, hour, 10_800).a)).toBeCloseTo(1800 + 7.5, 9);
  });

  test("adds back what a reset lost", () => {
    const reboot = [...ticking(7200, 8400, -1000), ...ticking(8700, 10_800, 8700)];
    expect(Number(ask({ a: reboot }, hour, 10_800).a)).toBeCloseTo(8400 + 1000 - 8200 + 2100, 9);
  });

  test("does not reach back beyond the counter's zero", () => {
    // Born at 7200 + 1799.5, half a second before its first sample: that, and not half a spacing.
    const born = ticking(9000, 10_800, 8999.5);
    expect(Number(ask({ a: born }, hour, 10_800).a)).toBeCloseTo(1800.5, 9);
  });

  test("needs two samples", () => {
    expect(ask({ a: [[10_000, 5]], b: ticking(10_000, 10_100) }, hour, 10_800)).toHaveProperty("b");
    expect(ask({ a: [[10_000, 5]] }, hour, 10_800)).toEqual({});
  });
});

test("an instant selector looks back five minutes, inclusive, and no further", () => {
  const fixture: Fixture = { a: [[100, 1]], b: [[101, 2]], c: [[402, 3]] };
  expect(ask(fixture, "m", 400)).toEqual({ a: "1", b: "2" });
  expect(ask(fixture, "m", 401)).toEqual({ b: "2" });
});

test("special values are spelt as Prometheus does", () => {
  const fixture: Fixture = { a: [[0, 1]], b: [[0, -1]], c: [[0, 0]] };
  expect(ask(fixture, "m / 0", 0)).toEqual({ a: "+Inf", b: "-Inf", c: "NaN" });
});

test("NaN loses against numbers in min and max", () => {
  const values: Fixture = { a: [[0, Number.NaN]], b: [[0, 2]], c: [[0, Number.NaN]], d: [[0, 1]] };
  expect(ask(values, "max(m)", 0)).toEqual({ "": "2" });
  expect(ask(values, "min(m)", 0)).toEqual({ "": "1" });
});

test("a range query has its last point on `end` only if the step leads there", () => {
  const times = (end: number): number[] | undefined => {
    const data = rangeQuery(storage({}), "1", { start: 0, end, step: 400 });
    return data.resultType === "matrix" ? data.result[0]?.values.map(([time]) => time) : undefined;
  };
  expect(times(800)).toEqual([0, 0.4, 0.8]);
  expect(times(799)).toEqual([0, 0.4]);
});

test.each([
  ["irate(m[5m])", "irate"],
  ["topk(3, m)", "topk"],
  ["quantile by (a) (0.5, m)", "quantile"],
  ["m % 2", "%"],
  ["m ^ 2", "^"],
  ["m @ 0", "@"],
  ["m * on (instance) group_left m", "group_left"],
  ["m * ignoring (a) group_right (b) m", "group_right"],
  ['m{a=~"(?i)x"}', "(?i"],
  ['m{a=~"[[:alpha:]]"}', "named character classes"],
  ['m{a=~"\\\\pL"}', "\\p"],
])("%s is refused by name", (query, name) => {
  const attempt = (): unknown => instantQuery(storage({}), query, 0);
  expect(attempt).toThrow(
    expect.objectContaining({
      type: "bad_data",
      message: expect.stringContaining("unsupported by the simulated Prometheus"),
    }),
  );
  expect(attempt).toThrow(name);
});
