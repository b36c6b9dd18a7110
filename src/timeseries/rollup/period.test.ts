import { expect, it } from "vitest";
import { parsePeriod } from "./period.js";

const NOW = Date.parse("2025-03-31T10:30:00Z");

it.each([
  ["today", "UTC", "2025-03-31T00", "2025-04-01T00"],
  ["yesterday", "Europe/London", "2025-03-30T00", "2025-03-30T23"],
  ["2025-03-30", "UTC", "2025-03-30T00", "2025-03-31T00"],
  ["2025-03", "Europe/London", "2025-03-01T00", "2025-03-31T23"],
  ["2025", "Europe/London", "2025-01-01T00", "2026-01-01T00"],
  ["2024", "Asia/Tokyo", "2023-12-31T15", "2024-12-31T15"],
  ["2025-W01", "UTC", "2024-12-30T00", "2025-01-06T00"],
  ["2026-W53", "UTC", "2026-12-28T00", "2027-01-04T00"],
])("%s in %s", (text, zone, from, to) => {
  const period = parsePeriod(text, zone, NOW);
  expect([period.from, period.to]).toEqual([Date.parse(`${from}:00Z`), Date.parse(`${to}:00Z`)]);
});

it("goes back whole days from today until now", () => {
  expect(parsePeriod("-7d", "UTC", NOW)).toEqual({ from: Date.parse("2025-03-24T00:00Z"), to: NOW });
});

it.each(["noon", "2025-W53", "2025-W00", "2025-13", "2025-02-30", "-d", "25", "20255", "2025-09-10T00:00"])(
  "refuses %s",
  (text) => {
    expect(() => parsePeriod(text, "UTC", NOW)).toThrow(/2025/);
  },
);
