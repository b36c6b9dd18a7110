import { describe, expect, it } from "vitest";
import type { FinishedHour } from "../usage/hour.js";
import { emptySeries, QUANTITIES, type UsageSeries } from "../usage/series.js";
import { sumProjects } from "./sum-projects.js";

const HOUR = 0 as FinishedHour;

function project(name: string, cpuSeconds: number, coverage: number): UsageSeries {
  const series = emptySeries({ kind: "project", name }, [HOUR], {
    library: "",
    model: null,
    intensity: null,
  });
  if (Number.isNaN(cpuSeconds)) return series;
  for (const quantity of QUANTITIES) series[quantity][0] = cpuSeconds / 2;
  series.coverage[0] = coverage;
  series.status[0] = "processed";
  return series;
}

describe("the sum of projects", () => {
  it("is covered as its CPU-seconds are, not as its projects are on average", () => {
    // 7,200 of 14,400 expected and 3,600 of 3,600.
    const sum = sumProjects([project("IDAaaS", 7200, 0.5), project("CDAaaS", 3600, 1)]);
    expect([sum.busyCpuSeconds[0], sum.coverage[0]]).toEqual([5400, 0.6]);
    const idle = sumProjects([project("IDAaaS", 7200, 0.5), project("CDAaaS", 0, 1)]);
    expect(idle.coverage[0]).toBe(0.5);
  });

  it("of one is that one; a project of which nothing is known lowers the coverage", () => {
    const only = project("IDAaaS", 7200, 0.9);
    expect(sumProjects([only])).toBe(only);
    const unknown = project("CDAaaS", Number.NaN, 0);
    expect(sumProjects([only, unknown]).coverage[0]).toBeCloseTo(0.45, 12);
    expect(sumProjects([unknown, unknown]).busyKwh[0]).toBeNaN();
  });

  it("has no carbon where one of them has energy without it", () => {
    const without = project("CDAaaS", 3600, 1);
    without.busyGco2eq[0] = Number.NaN;
    without.idleGco2eq[0] = Number.NaN;
    const sum = sumProjects([project("IDAaaS", 7200, 1), without]);
    expect([sum.busyKwh[0], sum.busyGco2eq[0]]).toEqual([5400, Number.NaN]);
  });
});
