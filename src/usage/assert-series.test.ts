import { describe, expect, it } from "vitest";
import { assertSeries } from "./assert-series.js";
import { type FinishedHour, formatInstant, HOUR_MS } from "./hour.js";
import type { Provenance } from "./provenance.js";
import { ADA } from "./scope.js";
import { COLUMNS, emptySeries, type MutableSeries, QUANTITIES } from "./series.js";
import type { Status } from "./status.js";

const FROM = Date.UTC(2025, 0, 1);
const ROWS = 9;
const LATE: readonly Status[] = ["processed", "fake", "unprocessed", "download incomplete", "not downloaded"];

/** Sound hours: five processed ones, then one of each status. */
function sound(): MutableSeries {
  const hours = Array.from({ length: ROWS }, (_, i) => (FROM + i * HOUR_MS) as FinishedHour);
  const series = emptySeries(ADA, hours, { library: "", model: null, intensity: null });
  for (let i = 0; i < ROWS; i++) {
    const status = LATE[i - 4] ?? "processed";
    series.status[i] = status;
    if (status === "not downloaded") continue;
    for (const name of COLUMNS) series[name][i] = 0.5;
    if (status === "unprocessed")
      for (const name of ["busyGco2eq", "idleGco2eq"] as const) series[name][i] = Number.NaN;
  }
  return series;
}

const refused = (change: (series: MutableSeries) => void): string => {
  const series = sound();
  change(series);
  try {
    assertSeries(series);
  } catch (error) {
    return String(error);
  }
  return "accepted";
};

describe("assertSeries", () => {
  it("refuses what stands behind a row in another type than stores can read again, and names it", () => {
    const intensity = { kind: "actual", source: "s", fetchedAt: null, settled: true };
    const owner = {
      ...{ project: "P", machine: "M", user: "U", group: "G", experiment: "E" },
      ...{ busyShare: 1, idleShare: 1 },
    };
    const host = {
      ...{ project: "P", machine: null, user: null, expectedCpuSeconds: 1, up: { from: 1, to: 2 } },
      ...{ notes: ["n"], by: "labels", owners: [owner] },
    };
    const whole = { library: "", model: null, intensity, market: { ...intensity, gco2eqPerKwh: 1 }, host };
    const given = (provenance: unknown): string =>
      refused((series) => series.provenance.splice(1, 1, provenance as Provenance));
    expect(given(whole)).toBe("accepted");
    const faults: [string, unknown][] = [
      ["library of provenance is 7; it must be a text", { ...whole, library: 7 }],
      ["model of provenance is missing; it must be a text, or null", { ...whole, model: undefined }],
      ["intensity is missing; it must be an object", { ...whole, intensity: undefined }],
      ['kind of intensity is "zz"; it must be one of', { ...whole, intensity: { ...intensity, kind: "zz" } }],
      ["settled of market is missing", { ...whole, market: { ...whole.market, settled: undefined } }],
      ["host is null; it must be an object", { ...whole, host: null }],
      ["expectedCpuSeconds of host is NaN", { ...whole, host: { ...host, expectedCpuSeconds: Number.NaN } }],
      ['notes of host is "n"; it must be a list of texts', { ...whole, host: { ...host, notes: "n" } }],
      ["owners of host is an object; it must be a list", { ...whole, host: { ...host, owners: {} } }],
      ["to of up of host is Infinity", { ...whole, host: { ...host, up: { from: 1, to: 1 / 0 } } }],
      ["an owner is null", { ...whole, host: { ...host, owners: [null] } }],
      ["busyShare of an owner is -1", { ...whole, host: { ...host, owners: [{ ...owner, busyShare: -1 }] } }],
      [
        "busyKwh of columnShares of an owner is missing",
        { ...whole, host: { ...host, owners: [{ ...owner, columnShares: {} }] } },
      ],
    ];
    for (const [fault, provenance] of faults) expect(given(provenance)).toContain(`T01:00:00Z: ${fault}`);
    expect(given(null)).toContain("provenance is null; it must be an object");
    expect(given(undefined)).toContain("provenance is missing; it must be an object");
  });

  it("accepts what is sound, and carbon of a part where not everything was downloaded", () => {
    expect(refused(() => undefined)).toBe("accepted");
    expect(refused(({ busyGco2eq }) => busyGco2eq.fill(Number.NaN, 7, 8))).toBe("accepted");
    expect(
      refused(({ gco2eqPerKwh, coverage }) => gco2eqPerKwh.fill(Number.NaN) && coverage.fill(Number.NaN)),
    ).toBe("accepted");
  });

  it("names the row of any number that is negative or infinite, in any column", () => {
    for (const name of COLUMNS)
      for (const row of [0, 4, ROWS - 1])
        for (const value of [-1e-300, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])
          expect(refused((series) => series[name].fill(value, row, row + 1))).toContain(
            `ada at ${formatInstant(FROM + row * HOUR_MS)}: ${name} is ${value}`,
          );
    expect(refused(({ coverage }) => coverage.fill(1.01, 3, 4))).toContain("coverage is 1.01");
  });

  it("names the row whose numbers contradict its status", () => {
    for (const name of QUANTITIES) {
      const missing = (row: number): string =>
        refused((series) => series[name].fill(Number.NaN, row, row + 1));
      expect(missing(2)).toContain(`status is processed, but ${name} is missing`);
      expect(missing(5)).toContain(`status is fake, but ${name} is missing`);
      expect(refused((series) => series[name].fill(7, ROWS - 1))).toContain(
        `status is not downloaded, but ${name} is 7`,
      );
    }
    expect(refused(({ busyGco2eq }) => busyGco2eq.fill(7, 6, 7))).toContain(
      "status is unprocessed, but busyGco2eq is 7",
    );
  });

  it("names the first fault of all", () => {
    const both = refused((series) => {
      series.busyKwh[3] = -1;
      series.busyCpuSeconds[5] = -1;
    });
    expect(both).toContain(`${formatInstant(FROM + 3 * HOUR_MS)}: busyKwh is -1`);
  });

  it("names hours that are off the grid, twice there or out of order", () => {
    const hour = (row: number, ms: number): string =>
      refused(({ hours }) => hours.splice(row, 1, ms as FinishedHour));
    expect(hour(2, FROM + 1)).toContain("not on the grid");
    expect(hour(2, Number.NaN)).toContain("not on the grid");
    expect(hour(2, FROM + HOUR_MS)).toContain("not strictly ascending");
    expect(hour(2, FROM)).toContain("not strictly ascending");
  });
});
