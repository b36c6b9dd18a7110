import { describe, expect, it } from "vitest";
import { parseGrid, parseMarket } from "./grid.js";

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
  });
});
