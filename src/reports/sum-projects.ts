import { basisOfStored, joinBases, splitBases } from "../intensity/basis-of-source.js";
import { coverageOf } from "../rows/coverage.js";
import type { Hour } from "../usage/hour.js";
import { NO_PROVENANCE, type Provenance } from "../usage/provenance.js";
import { emptySeries, type MutableSeries, numberAt, QUANTITIES, type UsageSeries } from "../usage/series.js";

/** CPU-seconds expected of a project in an hour of which nothing was got; `undefined` where no host says that. */
export type UnseenCpuSeconds = (project: string, hour: Hour) => number | undefined;

/**
 * Several projects as one series, with the coverage of their CPU-seconds together. An hour in which hosts were up and
 * nothing of any was got is missing. Where one project has energy but no carbon, the hour has no carbon, since a part of
 * it would pass for all; so it has where their grams count different things.
 *
 * @param projects Each project once.
 */
export function sumProjects(projects: readonly UsageSeries[], unseen: UnseenCpuSeconds): UsageSeries {
  const [only, ...others] = projects;
  if (only !== undefined && others.length === 0) return only;
  const hours = [...new Set(projects.flatMap((project) => project.hours))].sort((a, b) => a - b);
  const name = projects.map(({ scope }) => scope.name).join("+");
  const sum = emptySeries({ kind: "project", name }, hours, NO_PROVENANCE);
  const rowsOf = projects.map((project) => new Map(project.hours.map((hour, row) => [hour, row])));
  hours.forEach((hour, i) => {
    const parts = projects.map((series, p) => partOf(series, rowsOf[p]?.get(hour) ?? -1, hour, unseen));
    addHour(sum, i, parts);
  });
  return sum;
}

/** What a project has in an hour. */
interface Part {
  readonly series: UsageSeries;
  readonly row: number;
  /** Whether it has numbers. */
  readonly isKnown: boolean;
  /** CPU-seconds; NaN where it is not known what was expected. */
  readonly expected: number;
  readonly observed: number;
}

function partOf(series: UsageSeries, row: number, hour: Hour, unseen: UnseenCpuSeconds): Part {
  const used = numberAt(series.busyCpuSeconds, row) + numberAt(series.idleCpuSeconds, row);
  if (Number.isNaN(used)) {
    const expected = unseen(series.scope.name, hour) ?? Number.NaN;
    return { series, row, isKnown: false, expected, observed: 0 };
  }
  const stored = numberAt(series.coverage, row);
  const coverage = Number.isNaN(stored) ? 1 : stored;
  const known = coverage + (series.provenance[row]?.spread ?? 0);
  const expected = known > 0 ? used / known : used;
  return { series, row, isKnown: true, expected, observed: expected * coverage };
}

function addHour(sum: MutableSeries, i: number, parts: readonly Part[]): void {
  const known = parts.filter(({ isKnown }) => isKnown);
  const total = (name: "expected" | "observed"): number =>
    parts.reduce((all, part) => all + (part[name] || 0), 0);
  // Where no host says what was expected, projects count alike.
  const uncounted = parts.filter(({ expected }) => Number.isNaN(expected)).length;
  const coverage =
    ((parts.length - uncounted) / parts.length) * coverageOf(total("observed"), total("expected"));
  const isUnseen = !known.some(({ expected }) => expected > 0) && known.length < parts.length;
  if (isUnseen && (total("expected") > 0 || known.length === 0)) {
    sum.coverage[i] = 0;
    return;
  }
  for (const name of QUANTITIES)
    sum[name][i] = known.reduce((all, { series, row }) => all + numberAt(series[name], row), 0);
  sum.coverage[i] = coverage;
  sum.status[i] = known.some(({ series, row }) => series.status[row] === "fake") ? "fake" : "processed";
  const provenances = known.map(({ series, row }) => series.provenance[row] ?? NO_PROVENANCE);
  sum.gco2eqPerKwh[i] = intensityOf(sum, i, known);
  const { market, ...provenance } =
    provenances.find(({ intensity }) => intensity?.settled === false) ?? provenances[0] ?? NO_PROVENANCE;
  const isOfAll = provenances.every((other) => other.market?.gco2eqPerKwh === market?.gco2eqPerKwh);
  const mixed = ofTwoBases(provenances);
  const whole = mixed ?? provenance;
  sum.provenance[i] = market !== undefined && isOfAll ? { ...whole, market } : whole;
  if (mixed !== undefined) for (const name of GRAMS) sum[name][i] = Number.NaN;
}

const GRAMS = ["busyGco2eq", "idleGco2eq", "gco2eqPerKwh"] as const;

/** A provenance that names all bases where the grams of the projects count different things. */
function ofTwoBases(provenances: readonly Provenance[]): Provenance | undefined {
  const basis = joinBases(provenances.map(({ intensity }) => intensity && basisOfStored(intensity)));
  if (basis === undefined || splitBases(basis).length === 1) return undefined;
  const known = provenances.find(({ intensity }) => intensity && basisOfStored(intensity) !== undefined);
  if (known?.intensity == null) return undefined;
  const { market, ...rest } = known;
  return { ...rest, intensity: { ...known.intensity, basis } };
}

/** Projects share the hour's grid; where they do not, it is what their grams and kWh come to. */
function intensityOf(sum: MutableSeries, i: number, known: readonly Part[]): number {
  const [first = Number.NaN, ...others] = known.map(({ series, row }) => numberAt(series.gco2eqPerKwh, row));
  if (others.every((other) => other === first)) return first;
  const kwh = numberAt(sum.busyKwh, i) + numberAt(sum.idleKwh, i);
  return kwh > 0 ? (numberAt(sum.busyGco2eq, i) + numberAt(sum.idleGco2eq, i)) / kwh : Number.NaN;
}
