import { badInput } from "../usage/errors.js";
import { HOUR_MS, type Hour, hourOf } from "../usage/hour.js";
import { assertArgument, LIST, OBJECT } from "../usage/options.js";
import { certaintyOf, type IntensityProvenance } from "../usage/provenance.js";
import { remembered } from "../usage/remembered.js";
import { formatBasis } from "./basis.js";
import { assertAverage, disjoint } from "./periods.js";
import type { IntensityPeriod, IntensitySource } from "./port.js";
import { isSettled } from "./settled.js";

/** Intensity by the hour, as columns in the order of the hours asked for. */
export interface HourlyIntensity {
  /** Grams per kWh; NaN where it is not known for the whole hour. */
  readonly gco2eqPerKwh: Float64Array;
  /** `null` exactly where the number is NaN. Equal ones are one shared object. */
  readonly provenance: readonly (IntensityProvenance | null)[];
}

interface Tally {
  coveredMs: number;
  gramMs: number;
  kind: IntensityPeriod["kind"];
  fetchedAt: number;
  updatedAt: number | undefined;
  settled: boolean;
}

/**
 * The intensity of each hour: the mean over the periods that cover it, weighted by time. An hour is missing
 * unless it is covered fully. It is as good as the worst of its parts: a forecast if one of them is, fetched
 * when the earliest was, settled only if all are. It was updated when the last of them was.
 *
 * Periods may have any length and order. Where they overlap, the measured one counts, then the one fetched
 * later, then the higher. A period without length or with a value that is negative or not finite is `bad-input`.
 *
 * @example
 * import assert from "node:assert/strict";
 * import { hourlyIntensity } from "ada-carbon/intensity";
 * import { parseHour } from "ada-carbon";
 *
 * const hour = parseHour("2025-09-10T00:00:00Z");
 * const half = 1_800_000;
 * const fetchedAt = parseHour("2025-09-20T00:00:00Z");
 * const periods = [
 *   { from: hour, to: hour + half, gco2eqPerKwh: 100, kind: "actual" as const, fetchedAt },
 *   { from: hour + half, to: hour + 2 * half, gco2eqPerKwh: 140, kind: "forecast" as const, fetchedAt },
 * ];
 * const source = { id: "gb-carbon-intensity/national", hasActual: true };
 * const hourly = hourlyIntensity(periods, [hour], source);
 * assert.equal(hourly.gco2eqPerKwh[0], 120);
 * assert.deepEqual(hourly.provenance[0], { kind: "forecast", source: source.id, fetchedAt, settled: false });
 */
export function hourlyIntensity(
  periods: readonly IntensityPeriod[],
  hours: readonly Hour[],
  source: Pick<IntensitySource, "id" | "hasActual" | "isConstant" | "basis">,
): HourlyIntensity {
  assertArgument("hourlyIntensity", "periods", periods, LIST);
  assertArgument("hourlyIntensity", "hours", hours, LIST);
  assertArgument("hourlyIntensity", "source", source, OBJECT);
  assertAverage(periods);
  const tallies = tally(periods, hours, source);
  const shared = sharedProvenance(source);
  const gco2eqPerKwh = new Float64Array(hours.length).fill(Number.NaN);
  const provenance = hours.map((hour, i) => {
    const sum = tallies.get(hour);
    if (sum === undefined || sum.coveredMs < HOUR_MS) return null;
    gco2eqPerKwh[i] = sum.gramMs / HOUR_MS;
    return shared(sum);
  });
  return { gco2eqPerKwh, provenance };
}

function tally(
  periods: readonly IntensityPeriod[],
  hours: readonly Hour[],
  source: Pick<IntensitySource, "hasActual" | "isConstant">,
): Map<number, Tally> {
  const tallies = new Map<number, Tally>();
  for (const hour of hours) {
    const fetchedAt = Number.POSITIVE_INFINITY;
    tallies.set(hour, {
      coveredMs: 0,
      gramMs: 0,
      kind: "actual",
      fetchedAt,
      updatedAt: undefined,
      settled: true,
    });
  }
  const first = hours.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const last = hours.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  for (const { from, to, period } of disjoint(periods)) {
    const settled = isSettled(period, source);
    for (let hour = Math.max(hourOf(from), first); hour < to && hour <= last; hour += HOUR_MS) {
      const sum = tallies.get(hour);
      if (sum === undefined) continue;
      const ms = Math.min(to, hour + HOUR_MS) - Math.max(from, hour);
      sum.coveredMs += ms;
      sum.gramMs += ms * period.gco2eqPerKwh;
      if (certaintyOf(period.kind) <= certaintyOf(sum.kind)) sum.kind = period.kind;
      sum.fetchedAt = Math.min(sum.fetchedAt, period.fetchedAt);
      if (period.updatedAt !== undefined) sum.updatedAt = Math.max(sum.updatedAt ?? 0, period.updatedAt);
      sum.settled &&= settled;
    }
  }
  return tallies;
}

function sharedProvenance({
  id: source,
  isConstant,
  basis,
}: Pick<IntensitySource, "id" | "isConstant" | "basis">): (of: Tally) => IntensityProvenance {
  const known = new Map<string, IntensityProvenance>();
  const ofSource = basis === undefined ? { source } : { source, basis: formatBasis(basis) };
  return ({ updatedAt, settled, ...tally }) => {
    const fetchedAt = isConstant === true ? null : tally.fetchedAt;
    const kind = isConstant === true ? "fallback" : tally.kind;
    const key = `${kind} ${fetchedAt} ${updatedAt} ${settled}`;
    const updated = updatedAt === undefined ? {} : { updatedAt };
    return remembered(known, key, () => ({ kind, ...ofSource, ...updated, fetchedAt, settled }));
  };
}

/**
 * The same with every missing hour filled with one constant, in grams per kWh, which is marked as `fallback`
 * and never settled. `bad-input` for a constant that is negative or not finite.
 */
export function withFallback(hourly: HourlyIntensity, gco2eqPerKwh: number): HourlyIntensity {
  assertArgument("withFallback", "hourly", hourly, OBJECT);
  if (!(gco2eqPerKwh >= 0 && gco2eqPerKwh < Number.POSITIVE_INFINITY)) {
    throw badInput(`${gco2eqPerKwh} is no fallback intensity; give gCO2eq/kWh, 0 or more`);
  }
  const constant = { kind: "fallback", source: "constant", fetchedAt: null, settled: false } as const;
  return {
    gco2eqPerKwh: hourly.gco2eqPerKwh.map((value) => (Number.isNaN(value) ? gco2eqPerKwh : value)),
    provenance: hourly.provenance.map((provenance) => provenance ?? constant),
  };
}
