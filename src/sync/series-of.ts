import type { HourlyIntensity } from "../intensity/hourly.js";
import type { CpuHours } from "../usage/cpu.js";
import { type Measurement, measurementOf, sameMeasurement } from "../usage/measurement.js";
import type { Provenance } from "../usage/provenance.js";
import { at, emptySeries, type MutableSeries } from "../usage/series.js";
import type { Status } from "../usage/status.js";
import { VERSION } from "../usage/version.js";
import { DOUBTED, UNSETTLED } from "./host-hours.js";
import type { ScopeSums } from "./scope-tally.js";

/** What decides the status of an hour besides its numbers. */
export interface StatusRules {
  readonly completeAt: number;
  readonly fake: boolean;
}

/**
 * The rows of one scope: sums, carbon at the hour's intensity, coverage and status. Carbon is the scope's
 * own energy times the intensity, so scopes add up in grams as they do in kWh.
 */
export function seriesOf(
  sums: ScopeSums,
  cpu: CpuHours,
  intensity: HourlyIntensity,
  modelOf: (t: number) => string,
  rules: StatusRules,
  provenances: Provenances,
): MutableSeries {
  const series = emptySeries(sums.scope, cpu.hours, { library: VERSION, model: null, intensity: null });
  cpu.hours.forEach((_, t) => {
    const expected = at(sums.expected, t);
    const known = at(sums.covered, t) + at(sums.spread, t);
    const measured = at(sums.busyCpuSeconds, t) + at(sums.idleCpuSeconds, t) > 0 || known > 0;
    const measurement = measurementOfHour(sums, cpu, t);
    if (!measured && (expected > 0 || cpu.answered[t] !== true)) {
      if (expected > 0) series.coverage[t] = 0;
      series.provenance[t] = provenances(null, null, sums.host?.(t), measurement);
      return;
    }
    series.busyCpuSeconds[t] = at(sums.busyCpuSeconds, t);
    series.idleCpuSeconds[t] = at(sums.idleCpuSeconds, t);
    series.busyKwh[t] = at(sums.busyKwh, t);
    series.idleKwh[t] = at(sums.idleKwh, t);
    series.coverage[t] = Math.min(1, expected > 0 ? roundShare(at(sums.covered, t) / expected) : 1);
    const grams = at(intensity.gco2eqPerKwh, t);
    applyIntensity(series, t, grams);
    const basis = Number.isNaN(grams) ? null : (intensity.provenance[t] ?? null);
    series.provenance[t] = provenances(modelOf(t), basis, sums.host?.(t), measurement);
    const isWhole =
      cpu.warnings.length === 0 &&
      measurement.unsettled !== true &&
      ((sums.flags[t] ?? 0) & DOUBTED) === 0 &&
      (expected > 0 ? roundShare(known / expected) : 1) >= rules.completeAt;
    series.status[t] = statusOf(isWhole, grams, rules);
  });
  return series;
}

/** How an hour was measured, as far as that is not as usual. */
function measurementOfHour(sums: ScopeSums, cpu: CpuHours, t: number): Measurement {
  const spread = at(sums.expected, t) > 0 ? roundShare(at(sums.spread, t) / at(sums.expected, t)) : 0;
  const unsettled = cpu.heardBeyond?.[t] === false || ((sums.flags[t] ?? 0) & UNSETTLED) !== 0;
  // Where the source left something out, its number of scrapes says nothing.
  const isWhole = sums.scope.kind === "ada" && cpu.warnings.length === 0;
  const scrapes = isWhole ? cpu.scrapes?.[t] : undefined;
  return measurementOf({
    spread: spread > 0 ? Math.min(1, spread) : undefined,
    unsettled,
    scrapes: scrapes === undefined || Number.isNaN(scrapes) ? undefined : scrapes,
  });
}

/**
 * To a ten-thousandth, a third of a second of an hour: no scrape knows it better, and hours that were watched as well
 * as others look it. In files that is most of what the columns cannot hold.
 */
function roundShare(share: number): number {
  return Math.round(share * 1e4) / 1e4;
}

/** Writes the carbon of row `i`: its energy times `gco2eqPerKwh`, or missing. */
export function applyIntensity(series: MutableSeries, i: number, gco2eqPerKwh: number): void {
  series.gco2eqPerKwh[i] = gco2eqPerKwh;
  series.busyGco2eq[i] = at(series.busyKwh, i) * gco2eqPerKwh;
  series.idleGco2eq[i] = at(series.idleKwh, i) * gco2eqPerKwh;
}

function statusOf(isWhole: boolean, gco2eqPerKwh: number, rules: StatusRules): Status {
  if (!isWhole) return "download incomplete";
  if (Number.isNaN(gco2eqPerKwh)) return "unprocessed";
  return rules.fake ? "fake" : "processed";
}

/** Finds or makes the provenance of a row. */
export type Provenances = (
  model: string | null,
  intensity: Provenance["intensity"],
  host: Provenance["host"],
  measurement: Measurement,
) => Provenance;

/** One shared object for equal provenance: there are as many rows as scopes and hours, and few that differ. */
export function provenanceTable(): Provenances {
  const table = new Map<Provenance["host"], Map<Provenance["intensity"], Provenance[]>>();
  return (model, intensity, host, measurement) => {
    const same = table.get(host) ?? new Map<Provenance["intensity"], Provenance[]>();
    table.set(host, same);
    const known = same.get(intensity) ?? [];
    same.set(intensity, known);
    const found = known.find((each) => each.model === model && sameMeasurement(each, measurement));
    if (found !== undefined) return found;
    const provenance = {
      library: VERSION,
      model,
      intensity,
      ...measurement,
      ...(host === undefined ? {} : { host }),
    };
    known.push(provenance);
    return provenance;
  };
}
