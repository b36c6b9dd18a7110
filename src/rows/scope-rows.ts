import type { CpuHours } from "../usage/cpu.js";
import { type Measurement, measurementOf } from "../usage/measurement.js";
import type { Scope } from "../usage/scope.js";
import { emptySeries, type MutableSeries, numberAt } from "../usage/series.js";
import type { Status } from "../usage/status.js";
import { VERSION } from "../usage/version.js";
import { coverageOf } from "./coverage.js";
import { DOUBTED, UNSETTLED } from "./host-columns.js";
import type { HostHours } from "./host-hours.js";
import { NO_BASIS, type ProvenanceTable } from "./provenance-table.js";
import { carbonOf } from "./scope-carbon.js";
import type { ScopeSums } from "./scope-tally.js";

/** What decides the status of an hour besides its numbers. */
export interface StatusRules {
  /** Coverage under which an hour is `download incomplete`. */
  readonly completeAt: number;
  /** Whether the hours are simulated: complete ones get the status `fake`. */
  readonly fake: boolean;
}

/** The rows of one scope: sums, carbon, coverage and status. */
export function rowsOfScope(
  sums: ScopeSums,
  hosts: HostHours,
  rules: StatusRules,
  provenances: ProvenanceTable,
): MutableSeries {
  const { cpu } = hosts;
  const { columns, scope } = sums;
  const series = emptySeries(scope, cpu.hours, { library: VERSION, ...NO_BASIS });
  const instance = scope.kind === "host" ? scope.name : undefined;
  cpu.hours.forEach((_, t) => {
    const expected = numberAt(columns.expected, t);
    const observed = numberAt(columns.observed, t);
    const known = observed + numberAt(columns.spread, t);
    const measured =
      known > 0 || numberAt(columns.busyCpuSeconds, t) + numberAt(columns.idleCpuSeconds, t) > 0;
    const measurement = measurementOfHour(sums, cpu, t);
    const isPart = mayBeMissing(scope, expected, cpu.missing);
    if (!measured && (expected > 0 || cpu.answered[t] !== true || isPart)) {
      if (expected > 0) series.coverage[t] = 0;
      series.provenance[t] = provenances(NO_BASIS, sums.host?.(t), measurement);
      return;
    }
    for (const name of ["busyCpuSeconds", "idleCpuSeconds", "busyKwh", "idleKwh"] as const)
      series[name][t] = numberAt(columns[name], t);
    series.coverage[t] = coverageOf(observed, expected);
    const { model, intensity } = hosts.basisOf(t, instance);
    const carbon = carbonOf(sums, hosts, t, intensity);
    series.gco2eqPerKwh[t] = carbon.gco2eqPerKwh;
    series.busyGco2eq[t] = carbon.busyGco2eq;
    series.idleGco2eq[t] = carbon.idleGco2eq;
    const hasCarbon = !Number.isNaN(carbon.busyGco2eq);
    const basis = { model, intensity: carbon.intensity, market: hosts.market?.[t] };
    series.provenance[t] = provenances(basis, sums.host?.(t), measurement);
    const isWhole =
      !isPart &&
      cpu.warnings.length === 0 &&
      measurement.unsettled !== true &&
      ((sums.flags[t] ?? 0) & DOUBTED) === 0 &&
      coverageOf(known, expected) >= rules.completeAt;
    series.status[t] = statusOf(isWhole, hasCarbon, rules);
  });
  return series;
}

/** Whether a part of a scope may be where the source could not be asked. A host that was seen is where it was seen. */
function mayBeMissing(
  { kind, name }: Scope,
  expectedCpuSeconds: number,
  missing: CpuHours["missing"],
): boolean {
  if (missing === undefined || (kind === "host" && expectedCpuSeconds > 0)) return false;
  return kind !== "project" || !missing.wholeProjects.includes(name);
}

/** How an hour was measured, as far as that is not as usual. */
function measurementOfHour({ columns, flags, scope }: ScopeSums, cpu: CpuHours, t: number): Measurement {
  const expected = numberAt(columns.expected, t);
  const spread = expected > 0 ? coverageOf(numberAt(columns.spread, t), expected) : 0;
  const unsettled = cpu.heardBeyond?.[t] === false || ((flags[t] ?? 0) & UNSETTLED) !== 0;
  // Where the source left something out, its number of scrapes says nothing.
  const isWhole = scope.kind === "ada" && cpu.warnings.length === 0 && cpu.missing === undefined;
  const scrapes = isWhole ? cpu.scrapes?.[t] : undefined;
  return measurementOf({
    spread: spread > 0 ? spread : undefined,
    unsettled,
    scrapes: scrapes === undefined || Number.isNaN(scrapes) ? undefined : scrapes,
  });
}

/** Writes the carbon of row `i`: its energy times `gco2eqPerKwh`, or missing. */
export function applyIntensity(series: MutableSeries, i: number, gco2eqPerKwh: number): void {
  series.gco2eqPerKwh[i] = gco2eqPerKwh;
  series.busyGco2eq[i] = numberAt(series.busyKwh, i) * gco2eqPerKwh;
  series.idleGco2eq[i] = numberAt(series.idleKwh, i) * gco2eqPerKwh;
}

function statusOf(isWhole: boolean, hasCarbon: boolean, { fake }: StatusRules): Status {
  if (!isWhole) return "download incomplete";
  if (!hasCarbon) return "unprocessed";
  return fake ? "fake" : "processed";
}
