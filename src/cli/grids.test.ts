import { describe, expect, it } from "vitest";
import { parseGrids } from "./grids.js";

const gb = (place?: string) => ({ kind: "gb", place, options: {} });
const file = (place: string, options = {}) => ({ kind: "file", place, options });

describe("--grid, for several", () => {
  it.each([
    [["gb/12"], {}, gb("12")],
    [["IDAaaS=gb/12", "gb"], { IDAaaS: gb("12") }, gb()],
    [["IDAaaS=gb/12,CDAaaS=file:a.csv,gb"], { IDAaaS: gb("12"), CDAaaS: file("a.csv") }, gb()],
    [["file:a,b.csv?zone=GBR"], {}, file("a,b.csv", { zone: "GBR" })],
    [["file:x=gb.csv"], {}, file("x=gb.csv")],
    [["a=b=gb"], { "a=b": gb() }, undefined],
    [["gb=gb/3"], { gb: gb("3") }, undefined],
    [["__proto__=file:a=b.csv"], { ["__proto__"]: file("a=b.csv") }, undefined],
    [["St. John's / 2=gb"], { "St. John's / 2": gb() }, undefined],
  ])("reads %j", (texts, named, others) => {
    const choice = texts.reduce<ReturnType<typeof parseGrids> | undefined>(
      (before, text) => parseGrids(text, before),
      undefined,
    );
    expect([...(choice?.named ?? [])]).toEqual(Object.entries(named));
    expect(choice?.others).toEqual(others);
  });

  it.each([
    [["IDAaaS=gbb/12"], /there is no grid "gbb"/],
    [["gb", "gb/12"], /two grids without a name: write NAME=gb\/12/],
    [["IDAaaS=gb", "IDAaaS=gb/12"], /"IDAaaS" has two grids/],
    [["=gb"], /there is no grid "=gb"/],
    [["IDAaaS="], /there is no grid ""/],
    [["IDAaaS=file:"], /write file:PATH/],
  ])("refuses %j", (texts, message) => {
    expect(() =>
      texts.reduce<ReturnType<typeof parseGrids> | undefined>(
        (before, text) => parseGrids(text, before),
        undefined,
      ),
    ).toThrow(message);
  });
});
