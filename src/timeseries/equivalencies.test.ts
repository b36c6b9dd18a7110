import { bestWindowSaving, energyEquivalencies, equivalencies } from "ada-carbon/timeseries";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

describe("equivalencies", () => {
  it("are the amounts of their sources", () => {
    const amounts = Object.fromEntries(equivalencies(4000).map(({ name, amount }) => [name, amount]));
    expect(amounts.car).toBe(10);
    expect(amounts.phone).toBeCloseTo(4000 / 8.22);
    expect(amounts.tree).toBeCloseTo(4000 / 59.6);
    expect(amounts.streaming).toBeCloseTo(4000 / 55);
    expect(amounts.kettle).toBeCloseTo((4000 * 3) / 55);
    expect(energyEquivalencies(25_000)[0]).toMatchObject({
      name: "home",
      amount: 10,
      unit: "years of a British home",
      year: 2026,
    });
  });

  it("are of a size that people can picture, each name once, from grams to kilotonnes", () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-3, max: 1e9, noNaN: true }), (grams) => {
        const list = equivalencies(grams);
        expect(list.length).toBeGreaterThan(0);
        expect(new Set(list.map(({ name }) => name)).size).toBe(list.length);
        for (const { amount, sentence, source, year } of list) {
          if (list.length > 1) expect(amount).toSatisfy((value: number) => value >= 0.5 && value <= 5000);
          expect(sentence).toMatch(/\d/);
          expect(source).not.toBe("");
          expect(year).toBeGreaterThan(2000);
        }
      }),
    );
    expect(equivalencies(0)).toEqual([]);
    for (const wrong of [-1, Number.NaN, Number.POSITIVE_INFINITY])
      expect(() => equivalencies(wrong)).toThrow(/not an amount/);
  });

  it("say how many grams the best window saves", () => {
    expect(bestWindowSaving({ savedGco2eqPerKwh: 95 }, 2)).toBe(190);
    expect(bestWindowSaving({ savedGco2eqPerKwh: null }, 2)).toBeNull();
    expect(() => bestWindowSaving({ savedGco2eqPerKwh: 95 }, -2)).toThrow(/not an amount/);
  });
});
