import { badInput } from "../usage/errors.js";
import { formatInstant, HOUR_MS, type Interval } from "../usage/hour.js";
import { YEAR_0, YEAR_10000 } from "../usage/instant.js";
import {
  AMOUNT,
  assertArgument,
  assertOptions,
  CALLBACK,
  LIST,
  NUMBER,
  OBJECT,
  oneOf,
  optional,
  type Rule,
  type Rules,
  SIGNAL,
} from "../usage/options.js";
import { certaintyOf } from "../usage/provenance.js";
import { shown } from "../usage/shown.js";
import type { GridPeriod, IntensityCallOptions } from "./port.js";

// Plain functions on intervals and periods that the rest of this folder is made of. Not public.

/** A stretch of time and the one period that is believed there. */
export interface Piece<P extends GridPeriod = GridPeriod> extends Interval {
  readonly period: P;
}

export function byStart(a: Interval, b: Interval): number {
  return a.from - b.from || a.to - b.to;
}

/** Periods by their start, ascending; news replace what was kept with the same start. */
export function withNews<Period extends Interval>(
  kept: readonly Period[],
  news: readonly Period[],
): Period[] {
  const byFrom = new Map([...kept, ...news].map((period) => [period.from, period]));
  return [...byFrom.values()].sort(byStart);
}

/**
 * The order in which periods that claim the same time are believed: measured before estimated before predicted, newer
 * before older, and of two that still differ the higher one, so as never to understate. A total order of values, so
 * the choice does not depend on the order of the periods.
 */
export function byCredibility(a: GridPeriod, b: GridPeriod): number {
  return (
    certaintyOf(b.kind) - certaintyOf(a.kind) ||
    b.fetchedAt - a.fetchedAt ||
    b.gco2eqPerKwh - a.gco2eqPerKwh ||
    byStart(a, b)
  );
}

/** Ascending, and of those with the same bounds only the most credible. */
export function withoutDuplicates<P extends GridPeriod>(periods: readonly P[]): P[] {
  const sorted = periods.toSorted((a, b) => byStart(a, b) || byCredibility(a, b));
  return sorted.filter((period, i) => {
    const before = sorted[i - 1];
    return before === undefined || byStart(before, period) !== 0;
  });
}

/** The stretches of `interval` that none of `covered` covers, ascending. */
export function uncovered(interval: Interval, covered: readonly Interval[]): Interval[] {
  const gaps: Interval[] = [];
  let reached = interval.from;
  for (const { from, to } of covered.toSorted(byStart)) {
    if (reached >= interval.to) break;
    if (from > reached) gaps.push({ from: reached, to: Math.min(from, interval.to) });
    reached = Math.max(reached, to);
  }
  if (reached < interval.to) gaps.push({ from: reached, to: interval.to });
  return gaps;
}

/** The same periods cut where they overlap, so that each instant has one value: the most credible. */
export function disjoint<P extends GridPeriod>(periods: readonly P[]): Piece<P>[] {
  for (const period of periods) assertPeriod(period, "an intensity source");
  const waiting = periods.toSorted(byStart);
  const bounds = [...new Set(periods.flatMap(({ from, to }) => [from, to]))].sort((a, b) => a - b);
  const pieces: Piece<P>[] = [];
  let current: P[] = [];
  let next = 0;
  bounds.slice(0, -1).forEach((from, i) => {
    const to = bounds[i + 1] ?? from;
    current = current.filter((period) => period.to > from);
    for (let p = waiting[next]; p !== undefined && p.from === from; p = waiting[++next]) current.push(p);
    const [period] = current.sort(byCredibility);
    if (period === undefined) return;
    const last = pieces.at(-1);
    if (last?.period === period) pieces[pieces.length - 1] = { from: last.from, to, period };
    else pieces.push({ from, to, period });
  });
  return pieces;
}

const CALL_OPTIONS: Rules<IntensityCallOptions> = { signal: optional(SIGNAL), onWarning: optional(CALLBACK) };

/** Refuses (code `bad-input`) an interval that is reversed or not made of milliseconds, and odd options. Empty is fine. */
export function assertInterval(interval: Interval, call: IntensityCallOptions = {}): void {
  assertOptions("an intensity source", call, CALL_OPTIONS);
  assertArgument("an intensity source", "the interval", interval, OBJECT);
  const { from, to } = interval;
  const isInstant = (ms: number): boolean => typeof ms === "number" && YEAR_0 <= ms && ms <= YEAR_10000;
  if (isInstant(from) && isInstant(to) && from <= to) return;
  throw badInput(
    `[${from}, ${to}) is not an interval; give UTC milliseconds of the years 0 to 9999, from <= to`,
  );
}

/** So many hours from an instant on; refuses (code `bad-input`) what is none of both. */
export function forecastInterval(from: number, hours: number, call?: IntensityCallOptions): Interval {
  if (!(hours >= 0 && Number.isFinite(hours)))
    throw badInput(`${hours} is not a number of hours; give 0 or more`);
  if (typeof from !== "number") throw badInput(`${shown(from)} is no instant; give UTC milliseconds`);
  const interval = { from, to: from + hours * HOUR_MS };
  assertInterval(interval, call);
  return interval;
}

/** Refuses (code `bad-input`) what is no list of periods, and a period whose value or kind is none. */
export function assertPeriods(answer: readonly GridPeriod[], name: string): void {
  assertArgument(name, "what periods gives", answer, LIST);
  for (const period of answer) assertPeriod(period, name);
}

const KIND: Rule = oneOf(["actual", "estimated", "forecast"]);

function assertPeriod(period: GridPeriod, name: string): void {
  assertArgument(name, "a period", period, OBJECT);
  const { from, to, gco2eqPerKwh, kind, fetchedAt } = period;
  assertInterval({ from, to });
  assertArgument(name, "kind", kind, KIND);
  assertArgument(name, "fetchedAt", fetchedAt, NUMBER);
  // Of null the comparisons would make 0.
  if (from < to && AMOUNT.holds(gco2eqPerKwh)) return;
  throw badInput(
    `the intensity from ${formatInstant(from)} to ${formatInstant(to)} is ${gco2eqPerKwh} gCO2eq/kWh; ` +
      "a period has a length and a finite value that is not negative, leave out what is not known",
  );
}

/**
 * Refuses (code `bad-input`) what is not an average. The types say so, too; whoever comes without them would add what
 * must not be added.
 */
export function assertAverage(periods: readonly GridPeriod[]): void {
  const other = periods.find((period) => "signal" in period && (period.signal ?? "average") !== "average");
  if (other === undefined) return;
  throw badInput(
    `the intensity from ${formatInstant(other.from)} is marginal: use is accounted for by averages, and the two are never added`,
  );
}
