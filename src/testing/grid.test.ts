import { expect, test } from "vitest";
import { HALF_HOUR_MS } from "../usage/hour.js";
import { simulateGrid } from "./grid.js";
import { REGIONS } from "./regions.js";

const DAY = 86_400_000;
const FROM = Date.parse("2025-01-01T00:00:00Z");
const year = { from: FROM, to: FROM + 365 * DAY };

test("intensities are whole grams, plausible, smooth, and predicted almost right", () => {
  const periods = simulateGrid().periods(year);
  expect(periods).toHaveLength(365 * 48);
  const actual = periods.map((period) => period.actual ?? Number.NaN);
  expect(actual.every((value) => Number.isInteger(value) && value > 20 && value < 400)).toBe(true);
  const steps = actual.slice(1).map((value, i) => Math.abs(value - (actual[i] ?? 0)));
  expect(Math.max(...steps)).toBeLessThan(30);
  const errors = periods.map((period, i) => Math.abs(period.forecast - (actual[i] ?? 0)));
  expect(Math.max(...errors)).toBeLessThanOrEqual(9);
  expect(errors.filter((error) => error === 0).length).toBeLessThan(periods.length / 5);
  const mean = actual.reduce((sum, value) => sum + value) / actual.length;
  expect(mean).toBeGreaterThan(130);
  expect(mean).toBeLessThan(170);
});

test("the same instant always has the same value, another seed another", () => {
  const [a, b, c] = [1, 1, 2].map((seed) => simulateGrid({ seed }).periods(year));
  expect(b).toEqual(a);
  expect(c).not.toEqual(a);
});

test("each region has forecasts of its own and no actual", () => {
  const grid = simulateGrid();
  const means = REGIONS.map(({ regionid }) => {
    const periods = grid.periods({ from: FROM, to: FROM + 7 * DAY }, regionid);
    expect(periods.every(({ actual, forecast }) => actual === null && Number.isInteger(forecast))).toBe(true);
    return periods.reduce((sum, { forecast }) => sum + forecast, 0) / periods.length;
  });
  expect(new Set(means).size).toBe(REGIONS.length);
  expect(grid.period(FROM, 99)).toBeUndefined();
});

test("holes are where they were asked for", () => {
  const hole = { from: FROM + HALF_HOUR_MS, to: FROM + 3 * HALF_HOUR_MS };
  const day = { from: FROM, to: FROM + DAY };
  const missing = simulateGrid({ missing: [hole] }).periods(day);
  expect(missing.map(({ from }) => from).slice(0, 2)).toEqual([FROM, FROM + 3 * HALF_HOUR_MS]);
  const unestimated = simulateGrid({ unestimated: [hole] }).periods(day);
  expect(unestimated.slice(0, 4).map(({ actual }) => actual === null)).toEqual([false, true, true, false]);
  expect(unestimated.every(({ forecast }) => forecast > 0)).toBe(true);
});

test("periods are those that overlap the interval", () => {
  const grid = simulateGrid();
  const starts = (from: number, to: number): number[] => grid.periods({ from, to }).map((one) => one.from);
  expect(starts(FROM + 1, FROM + HALF_HOUR_MS)).toEqual([FROM]);
  expect(starts(FROM + 1, FROM + HALF_HOUR_MS + 1)).toEqual([FROM, FROM + HALF_HOUR_MS]);
  expect(grid.period(FROM + HALF_HOUR_MS - 1)?.from).toBe(FROM);
});
