import {
  type BackTestedChoice,
  type BackTestedJob,
  type BackTestTotal,
  backTest,
} from "../intensity/back-test.js";
import type { IntensitySource, MarginalSource } from "../intensity/port.js";
import { plusUnits } from "../timeseries/rollup/calendar.js";
import { instantAt, wallClock } from "../timeseries/rollup/zone.js";
import { formatInstant, HOUR_MS, type Interval } from "../usage/hour.js";
import { aboutDocument, factsOf, gridCall } from "./grid-facts.js";
import type { Io } from "./io.js";
import { percent } from "./render.js";
import { type Column, numbers, type Result } from "./result.js";
import { UsageError } from "./usage-error.js";

/** A job that is asked for once a day, at the time of day at which the interval begins. */
export interface DailyJob {
  readonly interval: Interval;
  readonly hours: number;
  readonly withinHours: number;
  readonly zone: string;
}

/** What the job would have saved on each day, and of how many days that is not known. */
export async function backTestResult(
  source: IntensitySource | MarginalSource,
  job: DailyJob,
  io: Io,
): Promise<{ readonly result: Result<BackTestedJob>; readonly unknown: number }> {
  const { hours, withinHours } = job;
  if (withinHours < hours)
    throw new UsageError(`--within: ${hours} hours do not fit in ${withinHours}; give a longer time`);
  const askedAt = dailyInstants(job);
  const last = (askedAt.at(-1) ?? job.interval.from) + withinHours * HOUR_MS;
  const span = { from: job.interval.from, to: Math.min(last, io.clock()) };
  if (span.from >= span.to)
    throw new UsageError("--back-test is about time that is over: give an earlier --from");
  const call = gridCall(io, io.signal);
  const measures = !("hasActual" in source) || source.hasActual;
  const periods = await source.periods(span, call);
  // What is only forecast so far says nothing about how a forecast would have done.
  const measured = measures ? (periods.filter(({ kind }) => kind !== "forecast") as typeof periods) : periods;
  const kept = "forecastBefore" in source ? await source.forecastBefore?.(span, call) : undefined;
  const tested = backTest(measured, askedAt, { hours, withinHours, forecast: kept });
  const { hindsight, byForecast } = tested;
  const facts = [
    totalText("in hindsight", hindsight, askedAt.length),
    ...(byForecast === null ? [] : [totalText("by forecast", byForecast, askedAt.length)]),
    ...(measures ? [] : [`${source.id} never measures: all of this is by what it forecast`]),
    ...factsOf(source),
  ];
  const document = {
    ...aboutDocument(source),
    ...{ hours, withinHours, measured: measures, hindsight, byForecast },
    jobs: tested.jobs.map(({ askedAt, atOnceGco2eqPerKwh, ...choices }) => ({
      askedAt: formatInstant(askedAt),
      atOnceGco2eqPerKwh,
      hindsight: choiceDocument(choices.hindsight),
      byForecast: choiceDocument(choices.byForecast),
    })),
  };
  const columns = [...COLUMNS, ...(byForecast === null ? [] : FORECAST_COLUMNS)];
  const legend = [HINDSIGHT, byForecast === null ? NO_FORECAST : FORECAST];
  return {
    result: { columns, rows: tested.jobs, facts, legend, document },
    unknown: askedAt.length - hindsight.known,
  };
}

function dailyInstants({ interval, zone }: DailyJob): number[] {
  const clock = wallClock(zone);
  const instants: number[] = [];
  for (let at = interval.from; at < interval.to; ) {
    instants.push(at);
    at = instantAt(plusUnits(clock(interval.from), instants.length, "day"), clock);
  }
  return instants;
}

function totalText(how: string, { known, meanSavedShare, savedShare }: BackTestTotal, days: number): string {
  if (meanSavedShare === null || savedShare === null) return `${how}: nothing is known of ${days} days`;
  return `${how}: ${percent(savedShare)} of the grams of ${known} of ${days} days saved; ${percent(meanSavedShare)} on the mean day`;
}

function choiceDocument(choice: BackTestedChoice | null): object | null {
  return choice === null ? null : { ...choice, startAt: formatInstant(choice.startAt) };
}

function choiceColumns(
  head: string,
  name: string,
  choiceOf: (job: BackTestedJob) => BackTestedChoice | null,
): Column<BackTestedJob>[] {
  const savedOf = (job: BackTestedJob): number | null => choiceOf(job)?.savedShare ?? null;
  const start = (job: BackTestedJob): string | null => {
    const startAt = choiceOf(job)?.startAt;
    return startAt === undefined ? null : formatInstant(startAt);
  };
  return [
    { head: `${head} start`, name: `${name}StartAt`, value: start, align: "left", isExtra: true },
    numbers(`${head} gCO2eq/kWh`, `${name}Gco2eqPerKwh`, 0, (job) => choiceOf(job)?.gco2eqPerKwh ?? null),
    { ...numbers("saved", `${name}SavedShare`, 1, savedOf), text: (job) => shareOrDash(savedOf(job)) },
  ];
}

const shareOrDash = (value: number | null): string => (value === null ? "-" : percent(value));

const COLUMNS: readonly Column<BackTestedJob>[] = [
  { head: "asked for", name: "askedAt", value: ({ askedAt }) => formatInstant(askedAt) },
  numbers("at once gCO2eq/kWh", "atOnceGco2eqPerKwh", 0, (job) => job.atOnceGco2eqPerKwh),
  ...choiceColumns("best", "hindsight", ({ hindsight }) => hindsight),
];
const FORECAST_COLUMNS = choiceColumns("forecast's", "byForecast", ({ byForecast }) => byForecast);

const HINDSIGHT = "best: by what was measured, which is hindsight: no forecast does better.";
const NO_FORECAST = "The source keeps no forecasts of time that is over, so nothing is said of those.";
const FORECAST =
  "forecast's: the window that the source's last forecast before each half hour called the best, counted by what was measured.";
