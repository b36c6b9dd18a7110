import { coverageOf } from "../rows/coverage.js";
import type { Provenance } from "../usage/provenance.js";
import { at, emptySeries, type MutableSeries, QUANTITIES, type UsageSeries } from "../usage/series.js";

const UNKNOWN: Provenance = { library: "", model: null, intensity: null };

/**
 * Several projects as one series. Where one has energy but no carbon, the hour has no carbon, since a part of it would
 * pass for all.
 */
export function sumProjects(projects: readonly UsageSeries[]): UsageSeries {
  const [only, ...others] = projects;
  if (only !== undefined && others.length === 0) return only;
  const hours = [...new Set(projects.flatMap((project) => project.hours))].sort((a, b) => a - b);
  const name = projects.map(({ scope }) => scope.name).join("+");
  const sum = emptySeries({ kind: "project", name }, hours, UNKNOWN);
  const rowsOf = projects.map((project) => new Map(project.hours.map((hour, row) => [hour, row])));
  hours.forEach((hour, i) => {
    const known = projects.flatMap((series, p) => {
      const row = rowsOf[p]?.get(hour) ?? -1;
      return Number.isNaN(at(series.busyCpuSeconds, row)) ? [] : [{ series, row }];
    });
    if (known.length > 0) addHour(sum, i, known, known.length / projects.length);
  });
  return sum;
}

interface Row {
  readonly series: UsageSeries;
  readonly row: number;
}

/** @param known How many of the projects have numbers in this hour, 0 to 1; the others lower the coverage. */
function addHour(sum: MutableSeries, i: number, rows: readonly Row[], known: number): void {
  for (const name of QUANTITIES) {
    sum[name][i] = rows.reduce((total, { series, row }) => total + at(series[name], row), 0);
  }
  sum.coverage[i] = known * coverageOfProjects(rows);
  sum.status[i] = rows.map(({ series, row }) => series.status[row]).includes("fake") ? "fake" : "processed";
  const provenances = rows.map(({ series, row }) => series.provenance[row] ?? UNKNOWN);
  sum.provenance[i] =
    provenances.find(({ intensity }) => intensity?.settled === false) ?? provenances[0] ?? UNKNOWN;
}

/** Coverages weighted by the CPU-seconds that were expected: what is known of them is what a row holds as used. */
function coverageOfProjects(rows: readonly Row[]): number {
  let expected = 0;
  let observed = 0;
  for (const { series, row } of rows) {
    const stored = at(series.coverage, row);
    const coverage = Number.isNaN(stored) ? 1 : stored;
    const known = coverage + (series.provenance[row]?.spread ?? 0);
    const used = at(series.busyCpuSeconds, row) + at(series.idleCpuSeconds, row);
    const ofProject = known > 0 ? used / known : used;
    expected += ofProject;
    observed += ofProject * coverage;
  }
  return coverageOf(observed, expected);
}
