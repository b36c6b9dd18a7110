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

const NOT_KNOWN = (): undefined => undefined;

describe("the sum of projects", () => {
  it("is covered as its CPU-seconds are, not as its projects are on average", () => {
    // 7,200 of 14,400 expected and 3,600 of 3,600.
    const sum = sumProjects([project("IDAaaS", 7200, 0.5), project("CDAaaS", 3600, 1)], NOT_KNOWN);
    expect([sum.busyCpuSeconds[0], sum.coverage[0]]).toEqual([5400, 0.6]);
    const idle = sumProjects([project("IDAaaS", 7200, 0.5), project("CDAaaS", 0, 1)], NOT_KNOWN);
    expect(idle.coverage[0]).toBe(0.5);
  });

  it("of one is that one; a project of which nothing is known lowers the coverage", () => {
    const only = project("IDAaaS", 7200, 0.9);
    expect(sumProjects([only], NOT_KNOWN)).toBe(only);
    const unknown = project("CDAaaS", Number.NaN, 0);
    expect(sumProjects([only, unknown], NOT_KNOWN).coverage[0]).toBeCloseTo(0.45, 12);
    expect(sumProjects([unknown, unknown], NOT_KNOWN).busyKwh[0]).toBeNaN();
  });

  it("weighs a project of which nothing was got by what was expected of its hosts", () => {
    const unseen = project("CDAaaS", Number.NaN, 0);
    const seen = project("IDAaaS", 64_800, 1);
    expect(sumProjects([seen, unseen], () => 7200).coverage[0]).toBe(0.9);
    // Nothing was up in one, and nothing was got of the other: then nothing is known of both.
    const nothing = sumProjects([project("IDAaaS", 0, 1), unseen], () => 7200);
    expect([nothing.busyKwh[0], nothing.coverage[0], nothing.status[0]]).toEqual([
      Number.NaN,
      0,
      "not downloaded",
    ]);
  });

  it("has no carbon where one of them has energy without it", () => {
    const without = project("CDAaaS", 3600, 1);
    without.busyGco2eq[0] = Number.NaN;
    without.idleGco2eq[0] = Number.NaN;
    const sum = sumProjects([project("IDAaaS", 7200, 1), without], NOT_KNOWN);
    expect([sum.busyKwh[0], sum.busyGco2eq[0]]).toEqual([5400, Number.NaN]);
  });
});
