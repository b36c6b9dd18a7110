import { tableFromIPC } from "apache-arrow";
import { describe, expect, it } from "vitest";
import { finishedHours, HOUR_MS } from "../../usage/hour.js";
import { emptySeries, QUANTITIES } from "../../usage/series.js";
import { STATUSES } from "../../usage/status.js";
import { arrowStream } from "./arrow-stream.js";
import { columnFault, PARQUET_NAMES, STATUS, TIMESTAMP } from "./columns.js";
import { pack } from "./packed.js";

const FROM = Date.UTC(2025, 8, 10);

describe("the stream, as arrow reads it", () => {
  // Around the eight rows of a byte of the validity.
  it.each([0, 1, 7, 8, 9, 24, 1000])("of %i rows", (rows) => {
    const hours = finishedHours({ from: FROM, to: FROM + rows * HOUR_MS }, Number.MAX_SAFE_INTEGER);
    const series = emptySeries({ kind: "project", name: "P" }, hours, {
      library: "x",
      model: null,
      intensity: null,
    });
    QUANTITIES.forEach((name, k) => {
      // In the first column nothing is missing, in the last everything.
      for (let i = 0; i < rows; i++)
        if ((i * 7) % QUANTITIES.length >= k) series[name][i] = i / 3 + k;
        else if (k === 0) series[name][i] = -0;
    });
    series.busyCpuSeconds.forEach((_, i) => {
      series.status[i] = STATUSES[i % STATUSES.length] ?? "fake";
    });

    const table = tableFromIPC(arrowStream(pack(series)));
    expect(columnFault(table.schema)).toBeUndefined();
    expect(table.numRows).toBe(rows);
    const column = (name: string): unknown[] => [...(table.getChild(name) ?? [])];
    expect(column(TIMESTAMP)).toEqual(series.hours);
    expect(column(STATUS)).toEqual(series.status);
    for (const name of QUANTITIES) {
      const expected = Array.from(series[name], (value) => (Number.isNaN(value) ? null : value));
      expect(column(PARQUET_NAMES[name])).toEqual(expected);
      const missing = expected.filter((value) => value === null).length;
      expect(table.getChild(PARQUET_NAMES[name])?.nullCount).toBe(missing);
    }
  });
});
