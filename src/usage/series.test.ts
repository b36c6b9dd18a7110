import fc from "fast-check";
import { expect, it } from "vitest";
import { type FinishedHour, HOUR_MS } from "./hour.js";
import { ADA } from "./scope.js";
import { emptySeries, mergeAll, mergeSeries, type UsageSeries } from "./series.js";

const NOTHING = { library: "0.1.0", model: null, intensity: null };

/** Rows of some hours that say which part they are of. */
function part(hours: readonly number[], mark: number): UsageSeries {
  const series = emptySeries(
    ADA,
    [...new Set(hours)].sort((a, b) => a - b).map((hour) => (hour * HOUR_MS) as FinishedHour),
    { ...NOTHING, model: String(mark) },
  );
  series.busyKwh.fill(mark);
  series.coverage.fill(1 / (mark + 1));
  series.status.fill("unprocessed");
  return series;
}

it("series of one scope become one, in which of the same hour the later row wins", () => {
  const parts = fc.array(fc.array(fc.nat(30), { maxLength: 8 }), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(parts, (hours) => {
      const [first = part([], 0), ...more] = hours.map(part);
      const all = mergeAll([first, ...more]);
      expect(all).toEqual(more.reduce(mergeSeries, first));
      expect(all.hours).toEqual([...new Set(hours.flat())].sort((a, b) => a - b).map((h) => h * HOUR_MS));
      all.hours.forEach((hour, i) => {
        const last = hours.findLastIndex((some) => some.includes(hour / HOUR_MS));
        expect([all.busyKwh[i], all.provenance[i]?.model]).toEqual([last, String(last)]);
      });
    }),
  );
});
