import { describe, expect, it } from "vitest";
import { HOUR_MS, hoursIn, parseInstant } from "../../usage/hour.js";
import { hourlyIntensity } from "../hourly.js";
import { fileIntensity } from "./file-intensity.js";

const clock = (): number => Date.UTC(2026, 10, 28);
const HEAD = "# basis: lifecycle, consumption\n";
const grid = (content: string, more: object = {}) =>
  fileIntensity({ content, name: "grid.csv", clock, ...more });
const at = (text: string): number => parseInstant(text);

// A few rows of each, in the shape of the whole. Ember at Our World in Data, CC BY 4.0, 2025-08-07.
const EMBER = `Entity,Code,Year,Carbon intensity of electricity - gCO2/kWh
ASEAN (Ember),,2015,595.1134
France,FRA,2020,59.08005
United Kingdom,GBR,2019,268.31952
United Kingdom,GBR,2020,246.68149
`;
const ELECTRICITY_MAPS = `datetime_utc,carbonIntensity_gco2eq_per_kwh_lifecycle,isEstimated,estimationMethod
2024-03-06T16:00:00Z,627,false,
2024-03-06T17:00:00Z,633,false,
2024-03-06T18:00:00Z,663,true,TIME_SLICER_AVERAGE
`;

describe("a file of intensities", () => {
  it("takes years, months, days and instants as long as they are", async () => {
    const rows =
      "from,gco2e_per_kwh\n2024,200\n2025-01,110\n2025-02-01,120\n2025-02-02T00:00Z,130\n2025-02-02T00:30Z,140\n";
    const periods = await grid(HEAD + rows).periods({ from: 0, to: Date.UTC(2026, 0) });
    expect(periods.map(({ from, to, gco2eqPerKwh }) => [from, to, gco2eqPerKwh])).toEqual([
      [Date.UTC(2024, 0), Date.UTC(2025, 0), 200],
      [Date.UTC(2025, 0), Date.UTC(2025, 1), 110],
      [Date.UTC(2025, 1, 1), Date.UTC(2025, 1, 2), 120],
      [at("2025-02-02T00:00Z"), at("2025-02-02T00:30Z"), 130],
      [at("2025-02-02T00:30Z"), at("2025-02-02T01:00Z"), 140],
    ]);
  });

  it("gives each of the 8,784 hours of a leap year its value", async () => {
    const source = grid(`${HEAD}year,gco2e_per_kwh\n2024,200\n`);
    const year = { from: Date.UTC(2024, 0), to: Date.UTC(2025, 0) };
    const hours = hoursIn(year);
    const hourly = hourlyIntensity(await source.periods(year), hours, source);
    expect(hours).toHaveLength(8784);
    expect(hourly.gco2eqPerKwh.every((value) => value === 200)).toBe(true);
    expect(hourly.provenance[8783]).toMatchObject({
      kind: "actual",
      settled: true,
      basis: "average lifecycle consumption losses-excluded location co2e",
    });
  });

  it("takes lines however they end", async () => {
    const rows = ["from,gco2e_per_kwh", "2025-09-10,100", "2025-09-11,110", ""];
    for (const newline of ["\n", "\r\n", "\r"]) {
      const source = grid([HEAD.trim(), ...rows].join(newline));
      expect(
        await source.periods({ from: at("2025-09-10T00:00Z"), to: at("2025-09-12T00:00Z") }),
      ).toHaveLength(2);
    }
  });

  it("knows nothing of holes and of empty fields", async () => {
    const rows =
      "from,gco2e_per_kwh\n2025-09-10T00:00Z,100\n2025-09-10T01:00Z,\n2025-09-10T02:00Z,120\n2025-09-10T04:00Z,130\n";
    const source = grid(HEAD + rows);
    const hours = hoursIn({ from: at("2025-09-10T00:00Z"), to: at("2025-09-10T05:00Z") });
    const hourly = hourlyIntensity(
      await source.periods({ from: hours[0] ?? 0, to: (hours[4] ?? 0) + HOUR_MS }),
      hours,
      source,
    );
    expect([...hourly.gco2eqPerKwh]).toEqual([100, Number.NaN, 120, Number.NaN, 130]);
  });

  it("takes days of local clocks as long as they are, where clocks change, too", async () => {
    const midnights = {
      spring: ["2025-03-29T00:00+00:00", "2025-03-30T00:00+00:00", "2025-03-31T00:00+01:00"],
      autumn: ["2025-10-25T00:00+01:00", "2025-10-26T00:00+01:00", "2025-10-27T00:00+00:00"],
    };
    const always = { from: 0, to: Date.UTC(2026, 0) };
    const lengths = async (starts: readonly string[]): Promise<number[]> => {
      const rows = starts.map((start, i) => `${start},${100 + i}\n`).join("");
      const periods = await grid(`${HEAD}from,gco2e_per_kwh\n${rows}`).periods(always);
      return periods.map(({ from, to }) => (to - from) / HOUR_MS);
    };
    expect(await lengths(midnights.spring)).toEqual([24, 23, 24]);
    expect(await lengths(midnights.autumn)).toEqual([24, 25, 24]);
    expect(await lengths(midnights.autumn.slice(1))).toEqual([25, 24]);
    // A space for the T is how pandas writes times.
    expect(await lengths(midnights.spring.map((start) => start.replace("T", " ")))).toEqual([24, 23, 24]);
    // A day that is left out is not known.
    expect(await lengths([...midnights.spring, "2025-04-02T00:00+01:00"])).toEqual([24, 23, 24, 24]);
  });

  it("reads units out of the column's name, and notices those that cannot be", async () => {
    const one = async (column: string, value: number) => {
      const source = grid(`${HEAD}year,${column}\n2025,${value}\n`);
      return (await source.periods({ from: Date.UTC(2025, 0), to: Date.UTC(2026, 0) }))[0]?.gco2eqPerKwh;
    };
    expect(await one("kgco2e_per_kwh", 0.207)).toBeCloseTo(207, 10);
    expect(await one("lbs_co2_per_mwh", 1000)).toBeCloseTo(453.59237, 10);
    expect(await one("Carbon intensity - gCO2/kWh", 207)).toBe(207);
    await expect(one("gco2e_per_kwh", 0.207)).rejects.toThrow(/grid.csv: "gco2e_per_kwh" is not in the unit/);
    await expect(one("kgco2e_per_kwh", 207)).rejects.toThrow(
      /the highest is 207000, and no grid is over 2000/,
    );
  });

  it.each([
    ["in one hour", [200, 201, 0.202, 203, 204]],
    ["in half of them", [200, 201, 202, 0.203, 0.204, 0.205]],
    ["from the first on", [0.2, 0.201, 202, 203, 204]],
    ["in pounds", [450, 451, 0.999, 453]],
  ])("notices another unit %s", (_, values) => {
    const rows = values.map((value, i) => `2025-09-10T0${i}:00Z,${value}`).reverse();
    expect(() => grid(`${HEAD}from,gco2e_per_kwh\n${rows.join("\n")}\n`)).toThrow(
      /"gco2e_per_kwh" is not in the unit that it says, .*0\.\d+ stands beside \d+, which is over 300 times/,
    );
  });

  it.each([
    ["that fall to nothing", [200, 0, 200, 0]],
    ["that are always low", [20, 0.5, 3, 0.2, 12, 9, 30, 25, 28]],
  ])("takes values %s", (_, values) => {
    const rows = values.map((value, i) => `2025-09-10T0${i}:00Z,${value}`);
    expect(() => grid(`${HEAD}from,gco2e_per_kwh\n${rows.join("\n")}\n`)).not.toThrow();
  });

  it("reads Ember's countries as Our World in Data has them, by name and by code", async () => {
    const content = EMBER;
    const year = { from: Date.UTC(2020, 0), to: Date.UTC(2021, 0) };
    const [byCode] = await grid(content, { zone: "GBR" }).periods(year);
    const [byName] = await grid(content, { zone: "united kingdom" }).periods(year);
    expect(byCode?.gco2eqPerKwh).toBe(246.68149);
    expect(byCode).toEqual(byName);
    expect(() => grid(content)).toThrow(/zones; say which/);
    expect(() => grid(content, { zone: "Untied Kingdom" })).toThrow(/near it are United Kingdom/);
  });

  it("reads Electricity Maps' export, and which of its hours are estimated", async () => {
    const content = ELECTRICITY_MAPS;
    const source = grid(content, { basis: "lifecycle consumption" });
    const periods = await source.periods({ from: at("2024-03-06T17:00Z"), to: at("2024-03-06T19:00Z") });
    expect(periods.map(({ kind, gco2eqPerKwh }) => [kind, gco2eqPerKwh])).toEqual([
      ["actual", 633],
      ["estimated", 663],
    ]);
  });

  it("adds losses only when asked, and then says so", async () => {
    // UK government conversion factors 2023 have generation and transmission losses apart.
    const content = `# basis: direct, production\nyear,kgco2e_per_kwh,losses_kgco2e_per_kwh\n2023,0.207074,0.017920\n`;
    const year = { from: Date.UTC(2023, 0), to: Date.UTC(2024, 0) };
    expect((await grid(content).periods(year))[0]?.gco2eqPerKwh).toBeCloseTo(207.074, 9);
    const delivered = grid(content, { losses: true });
    expect((await delivered.periods(year))[0]?.gco2eqPerKwh).toBeCloseTo(224.994, 9);
    expect(delivered.basis?.losses).toBe("included");
  });

  it.each([
    ["no basis", "year,gco2e_per_kwh\n2025,100\n", /it does not say what its grams count/],
    [
      "a marginal one",
      "# basis: marginal direct consumption\nyear,gco2e_per_kwh\n2025,100\n",
      /are marginal/,
    ],
    [
      "a word that is none",
      "# basis: lifecycle, produced\nyear,gco2e_per_kwh\n2025,1\n",
      /"produced" is none of its words/,
    ],
    [
      "no flow",
      "# basis: lifecycle\nyear,gco2e_per_kwh\n2025,100\n",
      /whether it is production or consumption/,
    ],
    [
      "two bases",
      "# basis: marginal direct consumption\n# basis: lifecycle consumption\nyear,gco2e_per_kwh\n2025,1\n",
      /line 2: a second "basis", "lifecycle consumption" after "marginal direct consumption"; leave one/,
    ],
    ["overlaps", `${HEAD}from,gco2e_per_kwh\n2025,100\n2025-03,110\n`, /line \d: .* overlaps line \d/],
    ["a month that is none", `${HEAD}from,gco2e_per_kwh\n2025-13,100\n`, /"2025-13" is no time/],
    ["a time without a zone", `${HEAD}from,gco2e_per_kwh\n2025-01-01T00:00,100\n`, /is no time/],
    ["less than nothing", `${HEAD}year,gco2e_per_kwh\n2025,-1\n`, /"-1" is no intensity/],
    ["words", `${HEAD}year,gco2e_per_kwh\n2025,low\n`, /"low" is no intensity/],
    ["no unit", `${HEAD}year,intensity\n2025,100\n`, /no intensity: a column named by its unit/],
    ["two", `${HEAD}year,gco2e_per_kwh,kgco2e_per_kwh\n2025,100,0.1\n`, /two columns are intensities/],
    ["one instant", `${HEAD}from,gco2e_per_kwh\n2025-01-01T00:00Z,100\n`, /add a column "to"/],
    ["a row under comments", `${HEAD}\nfrom,gco2e_per_kwh\n# now\n2025,-1\n`, /line 5: "-1" is no intensity/],
    [
      "a column twice",
      `${HEAD}year,gco2e_per_kwh,gco2e_per_kwh\n2025,1,2\n`,
      /two columns are called "gco2e_per_kwh"/,
    ],
    ["semicolons", `${HEAD}year;gco2e_per_kwh\n2025;100,5\n`, /fields lie between semicolons; put commas/],
    [
      "a doubt about estimates",
      `${HEAD}year,gco2e_per_kwh,isEstimated\n2025,100,maybe\n`,
      /"maybe" does not say/,
    ],
    ["nothing", "", /it has no rows/],
  ])("refuses %s", (_, content, message) => {
    expect(() => grid(content)).toThrow(message);
    expect(() => grid(content)).toThrow(expect.objectContaining({ code: "bad-input" }));
  });
});
