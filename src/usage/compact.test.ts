import { describe, expect, it } from "vitest";
import { compacted } from "./compact.js";
import { finishedHour, HOUR_MS } from "./hour.js";
import { COLUMNS, emptySeries, type UsageSeries } from "./series.js";

const PROVENANCE = { library: "0.1.0", model: null, intensity: null };

/** A series in which every number is told from every other, but for coverage. */
function seriesOf(name: string, hours: number, seed: number): UsageSeries {
  const all = Array.from({ length: hours }, (_, i) => finishedHour(i * HOUR_MS, hours * HOUR_MS));
  const series = emptySeries({ kind: "user", name }, all, PROVENANCE);
  COLUMNS.forEach((column, c) => {
    for (let i = 0; i < hours; i++) series[column][i] = column === "coverage" ? 1 : seed + c / 10 + i / 1000;
  });
  return series;
}

describe("compacting series", () => {
  it("changes nothing that is in them", () => {
    const all = [seriesOf("a", 3, 1), seriesOf("b", 3, 2), seriesOf("c", 2, 3), seriesOf("d", 0, 4)];
    const before = structuredClone(all);
    expect(compacted(all)).toEqual(before);
    expect(all).toEqual(before);
  });

  it("keeps once what neighbours have in common, and all numbers in one block", () => {
    const [a, b, c] = compacted([seriesOf("a", 3, 1), seriesOf("b", 3, 2), seriesOf("c", 2, 3)]);
    expect(b?.hours).toBe(a?.hours);
    expect(b?.status).toBe(a?.status);
    expect(b?.provenance).toBe(a?.provenance);
    expect(b?.coverage).toBe(a?.coverage);
    expect(b?.busyKwh).not.toEqual(a?.busyKwh);
    expect(c?.coverage).not.toBe(b?.coverage);
    expect(new Set([a, b, c].flatMap((series) => COLUMNS.map((name) => series?.[name].buffer))).size).toBe(1);
    // Of a and b seven columns each and the coverage of both; of c all eight.
    expect(c?.busyKwh.buffer.byteLength).toBe(8 * (2 * 7 * 3 + 3 + 8 * 2));
  });

  it("tells missing from zero, and zero from minus zero", () => {
    const [a, b, c] = [seriesOf("a", 1, 1), seriesOf("b", 1, 1), seriesOf("c", 1, 1)];
    a.coverage[0] = Number.NaN;
    b.coverage[0] = 0;
    c.coverage[0] = -0;
    expect(compacted([a, b, c]).map(({ coverage }) => coverage[0])).toEqual([Number.NaN, 0, -0]);
    expect(compacted([a, a]).map(({ coverage }) => coverage[0])).toEqual([Number.NaN, Number.NaN]);
  });
});
