import type { CpuHours } from "../usage/cpu.js";
import { type Measurement, measurementOf } from "../usage/measurement.js";
import { at, emptySeries, type MutableSeries } from "../usage/series.js";
import type { Status } from "../usage/status.js";
import { VERSION } from "../usage/version.js";
import { coverageOf } from "./coverage.js";
import { DOUBTED, UNSETTLED } from "./host-columns.js";
import type { HostHours } from "./host-hours.js";
import { NO_BASIS, type ProvenanceTable } from "./provenance-table.js";
import type { ScopeSums } from "./scope-tally.js";

/** What decides the status of an hour besides its numbers. */
export interface StatusRules {
  /** Coverage under which an hour is `download incomplete`. */
  readonly completeAt: number;
  /** Whether the hours are simulated: complete ones get the status `fake`. */
  readonly fake: boolean;
}

/**
 * The rows of one scope: sums, carbon, coverage and status. Carbon is what was counted, where that is known; else the
 * scope's own energy times the hour's intensity, so that scopes add up in grams as they do in kWh.
 */
export function rowsOfScope(
  sums: ScopeSums,
  { cpu, gco2eqPerKwh, market, basisOf }: HostHours,
  rules: StatusRules,
  provenances: ProvenanceTable,
): MutableSeries {
  const { columns, scope } = sums;
  const series = emptySeries(scope, cpu.hours, { library: VERSION, ...NO_BASIS });
  const instance = scope.kind === "host" ? scope.name : undefined;
  cpu.hours.forEach((_, t) => {
    const expected = at(columns.expected, t);
    const observed = at(columns.observed, t);
    const known = observed + at(columns.spread, t);
    const measured = known > 0 || at(columns.busyCpuSeconds, t) + at(columns.idleCpuSeconds, t) > 0;
    const measurement = measurementOfHour(sums, cpu, t);
    if (!measured && (expected > 0 || cpu.answered[t] !== true)) {
      if (expected > 0) series.coverage[t] = 0;
      series.provenance[t] = provenances(NO_BASIS, sums.host?.(t), measurement);
      return;
    }
    for (const name of ["busyCpuSeconds", "idleCpuSeconds", "busyKwh", "idleKwh"] as const)
      series[name][t] = at(columns[name], t);
    series.coverage[t] = coverageOf(observed, expected);
    const grams = at(gco2eqPerKwh, t);
    const hasCarbon = !Number.isNaN(grams);
    applyIntensity(series, t, grams);
    const isCounted = !Number.isNaN(at(columns.busyGco2eq, t) + at(columns.idleGco2eq, t));
    if (hasCarbon && isCounted) {
      series.busyGco2eq[t] = at(columns.busyGco2eq, t);
      series.idleGco2eq[t] = at(columns.idleGco2eq, t);
    }
    const { model, intensity } = basisOf(t, instance);
    const basis = { model, intensity: hasCarbon ? intensity : null, market: market?.[t] };
    series.provenance[t] = provenances(basis, sums.host?.(t), measurement);
    const isWhole =
      cpu.warnings.length === 0 &&
      measurement.unsettled !== true &&
      ((sums.flags[t] ?? 0) & DOUBTED) === 0 &&
      coverageOf(known, expected) >= rules.completeAt;
    series.status[t] = statusOf(isWhole, hasCarbon, rules);
  });
  return series;
}

/** How an hour was measured, as far as that is not as usual. */
function measurementOfHour({ columns, flags, scope }: ScopeSums, cpu: CpuHours, t: number): Measurement {
  const expected = at(columns.expected, t);
  const spread = expected > 0 ? coverageOf(at(columns.spread, t), expected) : 0;
  const unsettled = cpu.heardBeyond?.[t] === false || ((flags[t] ?? 0) & UNSETTLED) !== 0;
  // Where the source left something out, its number of scrapes says nothing.
  const isWhole = scope.kind === "ada" && cpu.warnings.length === 0;
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
  series.busyGco2eq[i] = at(series.busyKwh, i) * gco2eqPerKwh;
  series.idleGco2eq[i] = at(series.idleKwh, i) * gco2eqPerKwh;
}

function statusOf(isWhole: boolean, hasCarbon: boolean, { fake }: StatusRules): Status {
  if (!isWhole) return "download incomplete";
  if (!hasCarbon) return "unprocessed";
  return fake ? "fake" : "processed";
}
