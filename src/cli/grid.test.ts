import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { averageGrid, parseGrid, parseMarket } from "./grid.js";
import { ioOf } from "./io.js";

describe("--grid", () => {
  it.each([
    ["gb", { kind: "gb", place: undefined, options: {} }],
    ["gb:12", { kind: "gb", place: "12", options: {} }],
    ["gb/12", { kind: "gb", place: "12", options: {} }],
    ["file:/data/grids/uk.csv", { kind: "file", place: "/data/grids/uk.csv", options: {} }],
    [
      "file:C:/grids/a.csv?zone=GBR&losses=included",
      { kind: "file", place: "C:/grids/a.csv", options: { zone: "GBR", losses: "included" } },
    ],
    [
      "electricity-maps:US-CAL-CISO?emissions=direct",
      { kind: "electricity-maps", place: "US-CAL-CISO", options: { emissions: "direct" } },
    ],
    ["entsoe:10YFR-RTE------C", { kind: "entsoe", place: "10YFR-RTE------C", options: {} }],
  ])("reads %s", (text, name) => {
    expect(parseGrid(text)).toEqual(name);
  });

  it.each([
    ["", /there is no grid ""; there are gb/],
    ["gbb", /there is no grid "gbb".*; did you mean gb\?/],
    ["electricitymaps:DE", /did you mean electricity-maps\?/],
    ["gb/London", /"London" is no region of gb: write its number, gb:1 to gb:18/],
    ["__proto__:x", /there is no grid "__proto__"/],
    ["file", /write file:PATH/],
    ["electricity-maps:", /write electricity-maps:ZONE/],
    ["file:a.csv?zon=GB", /no option "zon"; did you mean zone/],
    ["gb?zone=1", /gb takes no options/],
  ])("refuses %s", (text, message) => {
    expect(() => parseGrid(text)).toThrow(message);
  });
});

describe("factors of one's own for a mix", () => {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const io = ioOf({ stdout, stderr, env: {}, clock: () => 0, signal: new AbortController().signal });
  const idOf = async (text: string): Promise<string> =>
    (await averageGrid(parseGrid(text), undefined, io)).id;

  it("are added to a set, and said in the id of the source", async () => {
    expect(await idOf("elexon")).toBe("mix/elexon/FUELHH/ipcc-2014");
    const id = "mix/elexon/FUELHH/neso-2017,FUSION=12.5,oil=650";
    expect(await idOf("elexon?factors=neso-2017&grams=oil:650+FUSION:12.5")).toBe(id);
  });

  it.each([
    ["oil", /grams "oil" is no factor; write fuels with grams per kWh, as oil:650/],
    ["oil:-1", /grams "oil:-1" is no factor/],
    ["oil:650000", /650000 is no factor of oil; give grams per kWh, 0 to 2000/],
  ])("are refused where they are none: %s", async (grams, message) => {
    await expect(idOf(`eco2mix?grams=${grams}`)).rejects.toThrow(message);
  });
});

describe("--market", () => {
  it("is one contract, and says so to who gives that of a project", () => {
    expect(parseMarket("41")).toBe(41);
    expect(parseMarket("0")).toBe(0);
    for (const text of ["0.041", "constant:0.041", "41000"])
      expect(() => parseMarket(text)).toThrow(
        / grams per kWh.*; write grams, such as 207 for 0.207 kilograms/,
      );
    expect(() => parseMarket("IDAaaS=file:isis.csv")).toThrow(/one contract.*give IDAaaS a store of its own/);
    expect(() => parseMarket("file=isis.csv")).toThrow(/there is no grid "file=isis.csv"/);
    expect(() => parseMarket("abc")).toThrow(
      /^there is no grid "abc"; write file:PATH, or gCO2eq\/kWh such as 41$/,
    );
  });
});
