import { describe, expect, test } from "vitest";
import { DAY_MS, HOUR_MS } from "../usage/hour.js";
import { backTest } from "./back-test.js";
import type { IntensityPeriod } from "./port.js";

/** Hours from 0 on; `null` is a gap. */
const hourly = (values: readonly (number | null)[]): IntensityPeriod[] =>
  values.flatMap((gco2eqPerKwh, i) =>
    gco2eqPerKwh === null
      ? []
      : [{ from: i * HOUR_MS, to: (i + 1) * HOUR_MS, gco2eqPerKwh, kind: "actual" as const, fetchedAt: 0 }],
  );

describe("backTest", () => {
  test("a forecast that erred is counted by what was measured, and may cost grams", () => {
    const measured = hourly([100, 200, 50, 100]);
    const { jobs, hindsight, byForecast } = backTest(measured, [0], {
      ...{ hours: 1, withinHours: 4, forecast: hourly([100, 90, 95, 100]) },
    });
    expect(jobs).toEqual([
      {
        askedAt: 0,
        atOnceGco2eqPerKwh: 100,
        hindsight: { startAt: 2 * HOUR_MS, gco2eqPerKwh: 50, savedShare: 0.5 },
        byForecast: { startAt: HOUR_MS, gco2eqPerKwh: 200, savedShare: -1 },
      },
    ]);
    expect([hindsight.savedShare, byForecast?.savedShare]).toEqual([0.5, -1]);
  });

  test("the mean of the days and the whole are two numbers, and days that are not known are in neither", () => {
    const measured = hourly([100, 50, ...Array(22).fill(100), 300, 300, ...Array(22).fill(300), null, 1]);
    const asked = [0, DAY_MS, 2 * DAY_MS];
    const { jobs, hindsight, byForecast } = backTest(measured, asked, { hours: 1, withinHours: 24 });
    expect(jobs[2]).toMatchObject({ atOnceGco2eqPerKwh: null, hindsight: null, byForecast: null });
    expect(hindsight).toEqual({ known: 2, meanSavedShare: 0.25, savedShare: 50 / 400 });
    expect(byForecast).toBeNull();
  });

  test("no job runs over its time, and of nothing nothing is known", () => {
    expect(backTest(hourly([9, 8, 1]), [0], { hours: 1, withinHours: 2 }).jobs[0]?.hindsight?.startAt).toBe(
      HOUR_MS,
    );
    const none = { known: 0, meanSavedShare: null, savedShare: null };
    expect(backTest([], [0], { hours: 1, withinHours: 2 }).hindsight).toEqual(none);
  });
});
