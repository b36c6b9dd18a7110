import { describe, expect, it } from "vitest";
import { formatInstant } from "../../usage/hour.js";
import { binTable } from "./bin-table.js";
import { parseTime } from "./local-time.js";
import { periodBefore, yearBefore } from "./period-before.js";

const LONDON = "Europe/London";
const interval = (from: string, to: string): { from: number; to: number } => ({
  from: parseTime(from, LONDON),
  to: parseTime(to, LONDON),
});
const text = ({ from, to }: { from: number; to: number }): string[] => [from, to].map(formatInstant);

describe("the period before", () => {
  it.each([
    // A month to date, over the change of clocks: the same day and time of day on the wall.
    ["2025-11-01", "2025-11-12T11:00:00Z", ["2025-09-30T23:00:00Z", "2025-10-12T10:00:00Z"]],
    ["2025-11-01", "2025-12-01", ["2025-09-30T23:00:00Z", "2025-11-01T00:00:00Z"]],
    // March has days that February has not.
    ["2025-03-01", "2025-03-31", ["2025-02-01T00:00:00Z", "2025-02-28T00:00:00Z"]],
    // January to date is a month, and not a year.
    ["2025-01-01", "2025-01-20", ["2024-12-01T00:00:00Z", "2024-12-20T00:00:00Z"]],
    // A quarter, a year to date, a week, a day of 25 hours.
    ["2025-04-01", "2025-07-01", ["2025-01-01T00:00:00Z", "2025-03-31T23:00:00Z"]],
    ["2025-01-01", "2025-11-12", ["2024-01-01T00:00:00Z", "2024-11-12T00:00:00Z"]],
    ["2025-11-03", "2025-11-10", ["2025-10-27T00:00:00Z", "2025-11-03T00:00:00Z"]],
    ["2025-10-26", "2025-10-27", ["2025-10-24T23:00:00Z", "2025-10-25T23:00:00Z"]],
    // Days to date: each day, and the one that is not over, beside one of as many hours, over the change of clocks too.
    ["2025-10-14", "2025-11-12T09:00:00Z", ["2025-09-13T23:00:00Z", "2025-10-13T08:00:00Z"]],
    // Also from a Monday, or the first of a month, on: the days before, and not weeks or months.
    ["2025-10-20", "2025-11-12T09:00:00Z", ["2025-09-25T23:00:00Z", "2025-10-19T08:00:00Z"]],
    // No unit of the calendar: as long a time.
    ["2025-11-05T03:00:00Z", "2025-11-07T06:00:00Z", ["2025-11-03T00:00:00Z", "2025-11-05T03:00:00Z"]],
  ])("of %s to %s", (from, to, before) => {
    expect(text(periodBefore(interval(from, to), LONDON))).toEqual(before);
  });

  it("a year before has the same dates", () => {
    expect(text(yearBefore(interval("2024-02-29", "2024-04-01"), LONDON))).toEqual([
      "2023-02-28T00:00:00Z",
      "2023-03-31T23:00:00Z",
    ]);
  });
});

it("weeks begin on Monday, and are named as ISO 8601 has it", () => {
  const { bins } = binTable(interval("2024-12-30", "2025-01-13"), "week", { zone: LONDON });
  expect(bins.map(({ label }) => label)).toEqual(["2025-W01", "2025-W02"]);
  const change = binTable(interval("2025-10-20", "2025-11-03"), "week", { zone: LONDON });
  expect(change.bins.map(({ from, to }) => (to - from) / 3_600_000)).toEqual([169, 168]);
});
