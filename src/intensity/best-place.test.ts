import { describe, expect, test } from "vitest";
import { AdaCarbonError } from "../usage/errors.js";
import { HOUR_MS } from "../usage/hour.js";
import type { AverageBasis, MarginalBasis } from "./basis.js";
import { bestPlaces } from "./best-place.js";
import { GB_BASIS } from "./gb-facts.js";
import { parseBasis } from "./parse-basis.js";
import type { ForecastSource, MarginalSource } from "./port.js";

const SPAN = { notBefore: 0, notAfter: 4 * HOUR_MS };

const periodsOf = (values: readonly number[]) =>
  values.map((gco2eqPerKwh, i) => {
    return {
      from: i * HOUR_MS,
      to: (i + 1) * HOUR_MS,
      gco2eqPerKwh,
      kind: "forecast" as const,
      fetchedAt: 0,
    };
  });
const average = (values: readonly number[], basis: AverageBasis | undefined = GB_BASIS): ForecastSource => ({
  ...{ id: `grid-${values}`, basis, hasActual: true },
  periods: async () => [],
  forecast: async (_from, hours) => periodsOf(values.slice(0, hours)),
});
const marginal = (): MarginalSource => {
  const basis: MarginalBasis = { ...GB_BASIS, signal: "marginal" };
  const refuse = async (): Promise<never> => Promise.reject(new Error("it was asked"));
  return { id: "marginal", basis, periods: refuse, forecast: refuse };
};

describe("bestPlaces", () => {
  test("the place with the least grams first, each by its own forecast", async () => {
    const places = {
      a: average([9, 5, 9, 9]),
      b: average([9, 9, 9, 2]),
      c: average([]),
      d: average([5, 9, 9, 9]),
    };
    const ranked = await bestPlaces(places, 1, SPAN);
    expect(
      ranked.map(({ place, window }) => [place, window?.from ?? null, window?.gco2eqPerKwh ?? null]),
    ).toEqual([
      ["b", 3 * HOUR_MS, 2],
      ["d", 0, 5],
      ["a", HOUR_MS, 5],
      ["c", null, null],
    ]);
  });

  test("one that is away does not stop the others, where somebody is told", async () => {
    const away = (message: string): ForecastSource => ({
      ...average([]),
      forecast: async () => Promise.reject(new AdaCarbonError("unreachable", message)),
    });
    const places = { a: away("a is away"), b: average([9, 2, 9, 9]), c: away("c is away") };
    const warnings: string[] = [];
    const onWarning = (message: string): number => warnings.push(message);
    const ranked = await bestPlaces(places, 1, SPAN, { onWarning });
    expect(ranked.map(({ place, window }) => [place, window?.gco2eqPerKwh ?? null])).toEqual([
      ["b", 2],
      ["a", null],
      ["c", null],
    ]);
    expect(warnings).toEqual(["a: a is away", "c: c is away"]);
    await expect(bestPlaces(places, 1, SPAN)).rejects.toThrow("a is away");
    const { b: _, ...none } = places;
    await expect(bestPlaces(none, 1, SPAN, { onWarning })).rejects.toThrow("a is away");
  });

  test("one that does not answer in time is away, and none of the others", async () => {
    const signals: (AbortSignal | undefined)[] = [];
    const hanging: ForecastSource = {
      ...average([]),
      id: "silent",
      forecast: (_from, _hours, call) => {
        signals.push(call?.signal);
        return new Promise(() => undefined);
      },
    };
    const warnings: string[] = [];
    const onWarning = (message: string): number => warnings.push(message);
    const options = { ...SPAN, patienceMs: 20 };
    const ranked = await bestPlaces({ a: hanging, b: average([9, 2, 9, 9]) }, 1, options, { onWarning });
    expect(ranked).toMatchObject([
      { place: "b", window: { gco2eqPerKwh: 2 } },
      { place: "a", window: null },
    ]);
    expect(warnings).toEqual(["a: silent did not answer in time"]);
    expect(signals[0]?.aborted).toBe(true);
    await expect(bestPlaces({ a: hanging }, 1, options, { onWarning })).rejects.toMatchObject({
      code: "timeout",
      message: "silent did not answer in time",
    });
  });

  test("what is no failure of a service is none of a place", async () => {
    const broken = { ...average([]), forecast: async () => Promise.reject(new TypeError("a slip")) };
    const places = { a: broken, b: average([9, 2, 9, 9]) };
    await expect(bestPlaces(places, 1, SPAN, { onWarning: () => undefined })).rejects.toThrow("a slip");
  });

  test("an interruption is one of all", async () => {
    const interruption = new AbortController();
    const cut: ForecastSource["forecast"] = async () => {
      interruption.abort(new Error("interrupted"));
      throw new AdaCarbonError("unreachable", "cut");
    };
    const places = { a: { ...average([]), forecast: cut }, b: average([9, 2, 9, 9]) };
    const call = { signal: interruption.signal, onWarning: () => undefined };
    await expect(bestPlaces(places, 1, SPAN, call)).rejects.toThrow("interrupted");
  });

  test("the deadline and the power curve hold at each", async () => {
    const places = { a: average([9, 5, 9, 1]), b: average([3, 9, 9, 1]) };
    const [best] = await bestPlaces(places, 2, {
      notBefore: 0,
      notAfter: 3 * HOUR_MS,
      power: [
        [0, 300],
        [1, 80],
      ],
    });
    expect(best).toMatchObject({ place: "b", window: { from: 0, run: { kwh: 0.38 } } });
  });

  test("what does not count the same is not compared, and nothing is asked", async () => {
    const { basis: _, ...silent } = average([1]);
    const lifecycle = parseBasis("lifecycle, consumption") as AverageBasis;
    for (const other of [marginal(), average([1], lifecycle), silent]) {
      await expect(bestPlaces({ a: marginal(), b: average([1]), c: other }, 1, SPAN)).rejects.toMatchObject({
        code: "bad-input",
      });
      const places = { didcot: average([1]), other };
      await expect(bestPlaces(places, 1, SPAN)).rejects.toThrow(/^grams of didcot \(.*not compared; [^\n]*$/);
    }
  });
});
