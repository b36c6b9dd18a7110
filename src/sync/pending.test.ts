import { describe, expect, it } from "vitest";
import type { Batch } from "../rows/batch.js";
import { type FinishedHour, HOUR_MS } from "../usage/hour.js";
import { monthOf } from "../usage/month.js";
import { emptySeries } from "../usage/series.js";
import { PendingRows } from "./pending.js";

const PROVENANCE = { library: "0.1.0", model: null, intensity: null };
const NOTHING: Batch = { series: [], hostsBefore: [] };
const JANUARY = Date.UTC(2025, 0, 1);

function hoursOf(first: number, count: number): FinishedHour[] {
  return Array.from({ length: count }, (_, i) => (first + i * HOUR_MS) as FinishedHour);
}

function batchOf(hours: readonly FinishedHour[], scopes: number): Batch {
  const series = Array.from({ length: scopes }, (_, k) =>
    emptySeries({ kind: "user", name: `u${k}` }, hours, PROVENANCE),
  );
  return { series, hostsBefore: series.slice(0, 1) };
}

/** What is written of answers of ten days each, from January on: the months, and how many rows of each. */
function writes(answers: number, scopes: number, pending: PendingRows): Record<string, number>[] {
  return Array.from({ length: answers }, (_, answer) => {
    const hours = hoursOf(JANUARY + answer * 240 * HOUR_MS, 240);
    pending.add(batchOf(hours, scopes), hours);
    const due = pending.takeDue();
    return due === undefined ? [] : [rowsByMonth(due)];
  }).flat();
}

function rowsByMonth({ series }: Batch): Record<string, number> {
  const rows: Record<string, number> = {};
  for (const [hours, sharing] of Map.groupBy(series, (each) => each.hours)) {
    for (const month of hours.map(monthOf)) rows[month] = (rows[month] ?? 0) + sharing.length;
  }
  return rows;
}

describe("rows that wait", () => {
  it("are written a month at a time, when hours of the next one come", () => {
    expect(writes(10, 200, new PendingRows(() => 0))).toEqual([
      { "2025-01": 744 * 200 },
      { "2025-02": 672 * 200 },
      { "2025-03": 744 * 200 },
    ]);
  });

  it("are written several months at a time while there are few of each", () => {
    expect(writes(10, 100, new PendingRows(() => 0))).toEqual([{ "2025-01": 74_400, "2025-02": 67_200 }]);
    expect(writes(10, 10, new PendingRows(() => 0))).toEqual([]);
  });

  it("do not wait for the end of their month when there are a quarter of a million", () => {
    expect(writes(2, 625, new PendingRows(() => 0))).toEqual([{ "2025-01": 300_000 }]);
  });

  it("do not wait for longer than a minute", () => {
    let now = 0;
    const pending = new PendingRows(() => now);
    expect(writes(1, 1, pending)).toEqual([]);
    now += 60_000;
    expect(writes(1, 1, pending)).toEqual([{ "2025-01": 480 }]);
    now += 59_000;
    expect(writes(1, 1, pending)).toEqual([]);
  });

  it("never hold a write up for hours that said nothing", () => {
    const pending = new PendingRows(() => 0);
    expect(pending.takeDue()).toBeUndefined();
    pending.add(NOTHING, hoursOf(JANUARY, 10));
    expect(pending.takeDue()).toBeUndefined();
  });

  it("are all taken at once, in the order they came, with the stored rows that they replace", () => {
    const pending = new PendingRows(() => 0);
    const [first, second] = [hoursOf(JANUARY, 24), hoursOf(JANUARY + 24 * HOUR_MS, 24)].map((hours) => ({
      hours,
      batch: batchOf(hours, 1),
    }));
    if (first === undefined || second === undefined) throw new Error("two were made");
    pending.add(first.batch, first.hours);
    pending.add(second.batch, second.hours);
    const series = [...first.batch.series, ...second.batch.series];
    expect(pending.take()).toEqual({ series, hostsBefore: series });
    expect(pending.take()).toEqual(NOTHING);
  });

  it("stay if their month is not over: no hour of a month that is written is missing in it", () => {
    const pending = new PendingRows(() => 0);
    const hours = hoursOf(JANUARY, 40 * 24);
    pending.add(batchOf(hours, 200), hours);
    expect(pending.takeDue()?.series.every((each) => each.hours.length === 744)).toBe(true);
    expect(rowsByMonth(pending.take())).toEqual({ "2025-02": 9 * 24 * 200 });
  });
});
