import { HOUR_MS, type Interval, overlaps } from "../usage/hour.js";
import { type Instant, instantOf } from "../usage/instant.js";
import { assertArgument, assertOptions, LIST, optional, POSITIVE, type Rules } from "../usage/options.js";
import { bestWindow } from "./best-window.js";
import type { IntensityPeriod, MarginalPeriod } from "./port.js";

type Periods = readonly IntensityPeriod[] | readonly MarginalPeriod[];

/** When a job would have run, and what it would have saved. */
export interface BackTestedChoice {
  readonly startAt: number;
  readonly gco2eqPerKwh: number;
  /** Of the grams at once, 0 to 1; under 0 where waiting cost grams. */
  readonly savedShare: number;
}

/** A job as it would have been at once, and as it could have been; `null` is not known. */
export interface BackTestedJob {
  /** When it was asked for, which is when it would have started without waiting. */
  readonly askedAt: number;
  readonly atOnceGco2eqPerKwh: number | null;
  /** In the window that turned out to be the best: no forecast does better. */
  readonly hindsight: BackTestedChoice | null;
  /** In the window that the forecast called the best, counted by what was measured there. */
  readonly byForecast: BackTestedChoice | null;
}

/** What all jobs would have saved that are known. */
export interface BackTestTotal {
  readonly known: number;
  /** Mean of the jobs' shares; `null` where none is known. */
  readonly meanSavedShare: number | null;
  /** Of the grams of all of them at once, each of the same kWh. */
  readonly savedShare: number | null;
}

/** What a job would have emitted right away and in its best window, day by day and in total. */
export interface BackTest {
  readonly jobs: readonly BackTestedJob[];
  readonly hindsight: BackTestTotal;
  /** `null` without forecasts. */
  readonly byForecast: BackTestTotal | null;
}

/** What {@link backTest} assumes of each job. */
export interface BackTestOptions {
  readonly hours: number;
  /** How long after it was asked for it must be over. */
  readonly withinHours: number;
  /** What was forecast of the same time. */
  readonly forecast?: Periods | undefined;
}

const BACK_TEST_OPTIONS: Rules<BackTestOptions> = {
  hours: POSITIVE,
  withinHours: POSITIVE,
  forecast: optional(LIST),
};

/**
 * What jobs would have saved, had each run in the best window instead of at once. Where a part of the time is not
 * known, windows in it are not chosen.
 *
 * @example
 * import assert from "node:assert/strict";
 * import { backTest } from "ada-carbon/intensity";
 *
 * const hour = 3_600_000;
 * const measured = [200, 100, 150].map((gco2eqPerKwh, i) => ({
 *   from: i * hour, to: (i + 1) * hour, gco2eqPerKwh, kind: "actual" as const, fetchedAt: 0,
 * }));
 * const { jobs, hindsight } = backTest(measured, [0], { hours: 1, withinHours: 3 });
 * assert.equal(jobs[0]?.hindsight?.startAt, hour);
 * assert.equal(hindsight.meanSavedShare, 0.5);
 */
export function backTest(measured: Periods, askedAt: readonly Instant[], options: BackTestOptions): BackTest {
  assertArgument("backTest", "measured", measured, LIST);
  assertArgument("backTest", "askedAt", askedAt, LIST);
  assertOptions("backTest", options, BACK_TEST_OPTIONS);
  const { hours, withinHours, forecast } = options;
  const jobs = askedAt.map((instant): BackTestedJob => {
    const notBefore = instantOf(instant, "askedAt");
    const span = { from: notBefore, to: notBefore + withinHours * HOUR_MS };
    const known = within(measured, span);
    const meanFrom = (from: number): number | null =>
      bestWindow(known, hours, { notBefore: from, notAfter: from + hours * HOUR_MS })?.gco2eqPerKwh ?? null;
    const atOnce = meanFrom(notBefore);
    const choiceBy = (periods: Periods): BackTestedChoice | null => {
      const startAt = bestWindow(periods, hours, { notBefore, notAfter: span.to })?.from;
      const mean = startAt === undefined ? null : meanFrom(startAt);
      if (startAt === undefined || mean === null || atOnce === null) return null;
      return { startAt, gco2eqPerKwh: mean, savedShare: shareOf(atOnce - mean, atOnce) };
    };
    const byForecast = forecast === undefined ? null : choiceBy(within(forecast, span));
    return { askedAt: notBefore, atOnceGco2eqPerKwh: atOnce, hindsight: choiceBy(known), byForecast };
  });
  return {
    jobs,
    hindsight: totalOf(jobs, (job) => job.hindsight),
    byForecast: forecast === undefined ? null : totalOf(jobs, (job) => job.byForecast),
  };
}

function totalOf(
  jobs: readonly BackTestedJob[],
  choiceOf: (job: BackTestedJob) => BackTestedChoice | null,
): BackTestTotal {
  const sums = { known: 0, shares: 0, atOnce: 0, saved: 0 };
  for (const job of jobs) {
    const choice = choiceOf(job);
    if (choice === null || job.atOnceGco2eqPerKwh === null) continue;
    sums.known += 1;
    sums.shares += choice.savedShare;
    sums.atOnce += job.atOnceGco2eqPerKwh;
    sums.saved += job.atOnceGco2eqPerKwh - choice.gco2eqPerKwh;
  }
  const { known, shares, atOnce, saved } = sums;
  if (known === 0) return { known, meanSavedShare: null, savedShare: null };
  return { known, meanSavedShare: shares / known, savedShare: shareOf(saved, atOnce) };
}

/** Of nothing, nothing can be saved. */
function shareOf(saved: number, atOnce: number): number {
  return atOnce === 0 ? 0 : saved / atOnce;
}

function within(periods: Periods, span: Interval): Periods {
  // What is left of averages is averages, and of marginal ones marginal.
  return periods.filter((period) => overlaps(period, span)) as Periods;
}
