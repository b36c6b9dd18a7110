import type { HourlyIntensity } from "../intensity/hourly.js";
import type { CpuHours } from "../usage/cpu.js";
import type { Provenance } from "../usage/provenance.js";
import { at, emptySeries, type MutableSeries } from "../usage/series.js";
import type { Status } from "../usage/status.js";
import { VERSION } from "../usage/version.js";
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
    const measured = at(sums.busyCpuSeconds, t) + at(sums.idleCpuSeconds, t) > 0 || at(sums.covered, t) > 0;
    const coverage = expected > 0 ? roundCoverage(at(sums.covered, t) / expected) : 1;
    if (!measured && (expected > 0 || cpu.answered[t] !== true)) {
      if (expected > 0) series.coverage[t] = 0;
      series.provenance[t] = provenances(null, null, sums.host?.(t));
      return;
    }
    series.busyCpuSeconds[t] = at(sums.busyCpuSeconds, t);
    series.idleCpuSeconds[t] = at(sums.idleCpuSeconds, t);
    series.busyKwh[t] = at(sums.busyKwh, t);
    series.idleKwh[t] = at(sums.idleKwh, t);
    series.coverage[t] = Math.min(1, coverage);
    const grams = at(intensity.gco2eqPerKwh, t);
    applyIntensity(series, t, grams);
    const known = Number.isNaN(grams) ? null : (intensity.provenance[t] ?? null);
    series.provenance[t] = provenances(modelOf(t), known, sums.host?.(t));
    series.status[t] = statusOf(coverage, cpu.warnings.length > 0, grams, rules);
  });
  return series;
}

/**
 * To a ten-thousandth, a third of a second of an hour: no scrape knows it better, and hours that were watched as well
 * as others look it. In files that is most of what the columns cannot hold.
 */
function roundCoverage(share: number): number {
  return Math.round(share * 1e4) / 1e4;
}

/** Writes the carbon of row `i`: its energy times `gco2eqPerKwh`, or missing. */
export function applyIntensity(series: MutableSeries, i: number, gco2eqPerKwh: number): void {
  series.gco2eqPerKwh[i] = gco2eqPerKwh;
  series.busyGco2eq[i] = at(series.busyKwh, i) * gco2eqPerKwh;
  series.idleGco2eq[i] = at(series.idleKwh, i) * gco2eqPerKwh;
}

function statusOf(coverage: number, warned: boolean, gco2eqPerKwh: number, rules: StatusRules): Status {
  if (warned || coverage < rules.completeAt) return "download incomplete";
  if (Number.isNaN(gco2eqPerKwh)) return "unprocessed";
  return rules.fake ? "fake" : "processed";
}

/** Finds or makes the provenance of a row. */
export type Provenances = (
  model: string | null,
  intensity: Provenance["intensity"],
  host: Provenance["host"],
) => Provenance;

/** One shared object for equal provenance: there are as many rows as scopes and hours, and few that differ. */
export function provenanceTable(): Provenances {
  const table = new Map<Provenance["host"], Map<Provenance["intensity"], Provenance>>();
  return (model, intensity, host) => {
    const same = table.get(host) ?? new Map<Provenance["intensity"], Provenance>();
    table.set(host, same);
    const known = same.get(intensity);
    if (known !== undefined && known.model === model) return known;
    const provenance = { library: VERSION, model, intensity, ...(host === undefined ? {} : { host }) };
    same.set(intensity, provenance);
    return provenance;
  };
}
