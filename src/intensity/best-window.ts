import { badInput } from "../usage/errors.js";
import { HOUR_MS, type Interval } from "../usage/hour.js";
import { type Instant, instantOf } from "../usage/instant.js";
import { ANYTHING, assertArgument, assertOptions, LIST, optional, type Rules } from "../usage/options.js";
import { lowestAtLeast } from "../usage/search.js";
import { shown } from "../usage/shown.js";
import { assertAverage, disjoint, type Piece } from "./periods.js";
import type { GridPeriod, IntensityPeriod, MarginalPeriod } from "./port.js";

/** The best time to run something, beside the time right away. */
export interface BestWindow extends Interval {
  /** Mean over the window, grams per kWh; with a power curve, grams of the whole run by its kWh. */
  readonly gco2eqPerKwh: number;
  /** Mean over as long a window that starts at once; `null` where the periods do not cover it. */
  readonly nowGco2eqPerKwh: number | null;
  /** Grams that waiting saves for every kWh used; `null` where now is not known. */
  readonly savedGco2eqPerKwh: number | null;
  /** Of the whole run, where {@link BestWindowOptions.power} says what it draws. */
  readonly run?: { readonly kwh: number; readonly gco2eq: number };
}

/** From so many hours after the start on, so many watts: until the next step, or the end of the run. */
export type PowerStep = readonly [fromHours: number, watts: number];

/** What {@link bestWindow} looks for. */
export interface BestWindowOptions {
  /** Earliest start, which is what "now" means. Default: start of the first period. */
  readonly notBefore?: Instant;
  /** When the run must be over. */
  readonly notAfter?: Instant;
  /**
   * What the run draws, such as `[[0, 300], [1, 80]]`: the least grams of the whole run are looked for. The first step
   * is at 0. Where only shares are known they do in place of watts; then only `run` means nothing.
   */
  readonly power?: readonly PowerStep[];
}

/** What the options of {@link bestWindow} must be. */
export const BEST_WINDOW_OPTIONS: Rules<BestWindowOptions> = {
  notBefore: optional(ANYTHING),
  notAfter: optional(ANYTHING),
  power: optional(LIST),
};

/** Sums of decimal fractions differ in the last digits; windows that close are a tie. */
const TIE = 1e-9;

/**
 * The contiguous window of `hours` hours (fractions allowed) with the least mean intensity; of equals, the
 * earliest. `null` if the periods nowhere cover that long without a gap, between `notBefore` and `notAfter`.
 * `bad-input` unless `hours` is more than 0, for a power curve that is none, or where some periods are averages and
 * others marginal.
 *
 * @example
 * import assert from "node:assert/strict";
 * import { bestWindow } from "ada-carbon/intensity";
 *
 * const half = 1_800_000;
 * const periods = [200, 180, 90, 100, 150].map((gco2eqPerKwh, i) => ({
 *   from: i * half, to: (i + 1) * half, gco2eqPerKwh, kind: "forecast" as const, fetchedAt: 0,
 * }));
 * assert.deepEqual(bestWindow(periods, 1), {
 *   from: 2 * half, to: 4 * half, gco2eqPerKwh: 95, nowGco2eqPerKwh: 190, savedGco2eqPerKwh: 95,
 * });
 */
export function bestWindow(
  periods: readonly IntensityPeriod[] | readonly MarginalPeriod[],
  hours: number,
  options: BestWindowOptions = {},
): BestWindow | null {
  assertArgument("bestWindow", "periods", periods, LIST);
  assertOptions("bestWindow", options, BEST_WINDOW_OPTIONS);
  if (!(hours > 0 && Number.isFinite(hours)))
    throw badInput(`${shown(hours)} is not a length of a window; give hours, more than 0`);
  const lengthMs = hours * HOUR_MS;
  if (
    periods.some(({ signal }) => signal === "marginal") &&
    !periods.every(({ signal }) => signal === "marginal")
  )
    assertAverage(periods);
  const parts = partsOf(options.power ?? [[0, 1]], hours);
  const pieces = disjoint<GridPeriod>(periods);
  const { notBefore, notAfter } = options;
  const now = notBefore === undefined ? (pieces[0]?.from ?? 0) : instantOf(notBefore, "notBefore");
  const end = notAfter === undefined ? Number.POSITIVE_INFINITY : instantOf(notAfter, "notAfter");
  const runs = contiguousRuns(pieces);

  let best: { from: number; mean: number } | undefined;
  for (const run of runs) {
    const meanFrom = meanOver(run, parts);
    const latest = Math.min(end, endOf(run)) - lengthMs;
    for (const from of candidateStarts(run, parts, { from: now, to: latest })) {
      const mean = meanFrom(from);
      if (best === undefined || mean < best.mean * (1 - TIE)) best = { from, mean };
    }
  }
  if (best === undefined) return null;

  const runNow = runs.find((run) => startOf(run) <= now && now + lengthMs <= endOf(run));
  const nowGco2eqPerKwh = runNow === undefined ? null : meanOver(runNow, parts)(now);
  const kwh = parts.reduce(
    (sum, { fromMs, toMs, watts }) => sum + (watts / 1000) * ((toMs - fromMs) / HOUR_MS),
    0,
  );
  return {
    from: best.from,
    to: best.from + lengthMs,
    gco2eqPerKwh: best.mean,
    nowGco2eqPerKwh,
    savedGco2eqPerKwh: nowGco2eqPerKwh === null ? null : nowGco2eqPerKwh - best.mean,
    ...(options.power === undefined ? {} : { run: { kwh, gco2eq: kwh * best.mean } }),
  };
}

/** A part of the run with one power, in milliseconds after its start. */
interface RunPart {
  readonly fromMs: number;
  readonly toMs: number;
  readonly watts: number;
}

function partsOf(power: readonly PowerStep[], hours: number): RunPart[] {
  const ascends = power.every(([from], i) => from > (power[i - 1]?.[0] ?? -1) && from < hours);
  const draws = power.every(([, watts]) => watts >= 0 && Number.isFinite(watts));
  if (power[0]?.[0] !== 0 || !ascends || !draws || power.every(([, watts]) => watts === 0))
    throw badInput(
      `${JSON.stringify(power)} is no power curve of ${hours} hours; give hours and watts such as [[0, 300], [1, 80]], the first at 0, ascending, before the end, some watts above 0`,
    );
  return power.map(([from, watts], i) => {
    return { fromMs: from * HOUR_MS, toMs: (power[i + 1]?.[0] ?? hours) * HOUR_MS, watts };
  });
}

type Run = readonly Piece[];
const startOf = (run: Run): number => run[0]?.from ?? 0;
const endOf = (run: Run): number => run.at(-1)?.to ?? 0;

function contiguousRuns(pieces: readonly Piece[]): Run[] {
  const runs: Piece[][] = [];
  for (const piece of pieces) {
    const run = runs.at(-1);
    if (run !== undefined && endOf(run) === piece.from) run.push(piece);
    else runs.push([piece]);
  }
  return runs;
}

/** As the run slides, its mean changes in straight lines that bend only where a part of it meets a bound of a piece. */
function candidateStarts(run: Run, parts: readonly RunPart[], { from, to }: Interval): number[] {
  const bounds = [startOf(run), ...run.map((piece) => piece.to)];
  const offsets = [0, ...parts.map(({ toMs }) => toMs)];
  const bends = bounds.flatMap((bound) => offsets.map((offset) => bound - offset));
  const earliest = Math.max(startOf(run), from);
  return [...new Set([from, to, ...bends])]
    .filter((start) => earliest <= start && start <= to)
    .sort((a, b) => a - b);
}

/** The mean from any start among the pieces, by differences of running sums: no window is added up twice. */
function meanOver(run: Run, parts: readonly RunPart[]): (from: number) => number {
  const sums = [0];
  for (const piece of run)
    sums.push((sums.at(-1) ?? 0) + (piece.to - piece.from) * piece.period.gco2eqPerKwh);
  const ends = run.map(({ to }) => to);
  const sumUntil = (instant: number): number => {
    const i = Math.min(lowestAtLeast(ends, instant), run.length - 1);
    const piece = run[i];
    return piece === undefined ? 0 : (sums[i] ?? 0) + (instant - piece.from) * piece.period.gco2eqPerKwh;
  };
  const weight = parts.reduce((sum, { fromMs, toMs, watts }) => sum + watts * (toMs - fromMs), 0);
  return (from) =>
    parts.reduce(
      (sum, { fromMs, toMs, watts }) => sum + watts * (sumUntil(from + toMs) - sumUntil(from + fromMs)),
      0,
    ) / weight;
}
