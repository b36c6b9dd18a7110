import { describe, expect, it } from "vitest";
import { type FinishedHour, HOUR_MS } from "../usage/hour.js";
import { emptySeries } from "../usage/series.js";
import { PendingRows } from "./pending.js";

const PROVENANCE = { library: "0.1.0", model: null, intensity: null };
const hours = Array.from({ length: 1_000 }, (_, i) => (i * HOUR_MS) as FinishedHour);
/** 250,000 rows of 1,000 hours. */
const batch = {
  series: Array.from({ length: 250 }, (_, k) =>
    emptySeries({ kind: "user", name: `u${k}` }, hours, PROVENANCE),
  ),
  hostsBefore: [],
};

/** After which of so many answers there was a write. */
function writes(answers: number, pending: PendingRows): number[] {
  return Array.from({ length: answers }, (_, i) => i + 1).filter((answer) => {
    pending.add(batch, 1_000);
    const isDue = pending.isDue((answers - answer) * 1_000);
    if (isDue) pending.take();
    return isDue;
  });
}

describe("rows that wait", () => {
  it("are not written before the end while there are few", () => {
    expect(writes(4, new PendingRows(() => 0))).toEqual([]);
  });

  it("are written in equal parts when there are many, and none of what is left over", () => {
    // 1.25 million rows would be a million and a quarter.
    expect(writes(5, new PendingRows(() => 0))).toEqual([3]);
    expect(writes(12, new PendingRows(() => 0))).toEqual([4, 8]);
    expect(writes(13, new PendingRows(() => 0))).toEqual([4, 7, 10]);
  });

  it("do not wait for longer than a minute", () => {
    let now = 0;
    // Looked at when the first rows come, and after each answer.
    expect(writes(4, new PendingRows(() => (now += 30_000)))).toEqual([2]);
  });

  it("never hold a write up for hours that said nothing", () => {
    const pending = new PendingRows(() => 0);
    expect(pending.isDue(10)).toBe(false);
    pending.add({ series: [], hostsBefore: [] }, 10);
    expect(pending.isDue(10)).toBe(false);
  });

  it("are all taken at once, in the order they came", () => {
    const pending = new PendingRows(() => 0);
    const [first, second] = [batch.series.slice(0, 1), batch.series.slice(1, 2)];
    pending.add({ series: first, hostsBefore: second }, 1);
    pending.add({ series: second, hostsBefore: [] }, 1);
    expect(pending.take()).toEqual({ series: [...first, ...second], hostsBefore: second });
    expect(pending.take()).toEqual({ series: [], hostsBefore: [] });
  });
});
