import { describe, expect, it } from "vitest";
import { HOUR_MS } from "../../usage/hour.js";
import { emptySeries, QUANTITIES } from "../../usage/series.js";
import { checksum } from "./checksum.js";
import { type PackedSeries, pack } from "./packed.js";

const JANUARY = Date.UTC(2025, 0, 1);

/** Ten hours of numbers, one of which is missing in every column. */
function tenHours(): PackedSeries {
  const hours = new Float64Array(10).map((_, i) => JANUARY + i * HOUR_MS);
  const series = emptySeries({ kind: "user", name: "Zoë 🦊" }, [], {
    library: "",
    model: null,
    intensity: null,
  });
  const columns = QUANTITIES.map((name, k) => [
    name,
    hours.map((_, i) => (i === 3 ? Number.NaN : (i * 1.1 + k) / 3)),
  ]);
  return { ...pack(series), hours, status: new Uint8Array(10).fill(4), ...Object.fromEntries(columns) };
}

describe("the checksum", () => {
  it("stays what the files of earlier versions were sealed with", () => {
    expect(checksum(tenHours(), '{"version":1,"name":"Zoë 🦊"}')).toBe("d1415734a6af678a");
  });

  it("takes every NaN for the same", () => {
    const series = tenHours();
    const before = checksum(series, "");
    new Int32Array(series.busyKwh.buffer)[2 * 3] = 7;
    expect(series.busyKwh[3]).toBeNaN();
    expect(checksum(series, "")).toBe(before);
  });

  it("tells apart numbers that differ in one bit, and a time that is not an hour from the hour it is in", () => {
    const series = tenHours();
    const seen = new Set([checksum(series, "")]);
    const words = new DataView(series.busyKwh.buffer);
    for (const place of [40, 44]) {
      words.setInt32(place, words.getInt32(place) ^ 1);
      seen.add(checksum(series, ""));
    }
    series.hours[5] = (series.hours[5] ?? 0) + 1;
    seen.add(checksum(series, ""));
    expect(seen.size).toBe(4);
  });
});
