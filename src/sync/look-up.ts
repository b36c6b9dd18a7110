import { oneValueEach } from "../intensity/one-value.js";
import { assertPeriods, uncovered } from "../intensity/periods.js";
import type { IntensityCallOptions, IntensityPeriod, IntensitySource } from "../intensity/port.js";
import { type ErrorCode, isAdaCarbonError } from "../usage/errors.js";
import { DAY_MS, type FinishedHour, HOUR_MS, spanOf, spanText } from "../usage/hour.js";
import type { SpanAttributes } from "../usage/tracer.js";

/** What the grid said of some hours. */
export interface LookUp {
  /** The hours that it was asked for and answered, known to it or not. */
  readonly hours: readonly FinishedHour[];
  readonly periods: readonly IntensityPeriod[];
  /** What it does not know, what was doubtful, or why it could not be asked. */
  readonly warnings: readonly string[];
}

export interface LookUpOptions {
  readonly signal?: AbortSignal | undefined;
  readonly fallbackGco2eqPerKwh?: number | undefined;
}

/** Hours with shorter holes between them than this are asked for in one stretch: the GB service has 14 days a request. */
const HOLE_MS = 7 * DAY_MS;
/** A stretch is no longer than this, two requests of the GB service, or one of a source that says how long one is. */
const LONGEST_MS = 28 * DAY_MS;
/** A service that fails so often is not asked for the rest. */
const MOST_FAILURES = 2;
/** One that says nothing at all has been waited for already. */
const SAYS_NOTHING: readonly ErrorCode[] = ["unreachable", "timeout"];

/**
 * Asks the source for the periods of these hours (ascending), stretch by stretch, the newest first. A stretch that
 * cannot be had is a warning and costs the others nothing; after the second, or where nothing is said at all, the rest
 * is not asked for. Only the
 * abort of the signal, and what is no `AdaCarbonError`, is thrown.
 */
export async function* lookUpIntensity(
  source: IntensitySource,
  hours: readonly FinishedHour[],
  { signal, fallbackGco2eqPerKwh }: LookUpOptions,
): AsyncGenerator<LookUp> {
  const stretches = stretchesOf(hours, source);
  let failures = 0;
  for (let stretch = stretches.pop(); stretch !== undefined; stretch = stretches.pop()) {
    const warnings: string[] = [];
    const onWarning = (message: string): void => void warnings.push(message);
    try {
      const periods = await fetchStretch(source, stretch, { signal, onWarning }, fallbackGco2eqPerKwh);
      yield { hours: stretch, periods, warnings };
    } catch (error) {
      // A cache that a newer ada-carbon keeps would cost every hour its carbon: the run is told at once.
      if (!isAdaCarbonError(error) || error.code === "store-newer") throw error;
      failures += SAYS_NOTHING.includes(error.code) ? MOST_FAILURES : 1;
      const rest = failures < MOST_FAILURES ? [] : stretches.splice(0).flat();
      const missed = spanText([...rest, ...stretch]);
      yield { hours: [], periods: [], warnings: [`no carbon intensity for ${missed}: ${error.message}`] };
    }
  }
}

/** The periods that cover `hours` (ascending), or a rejection if any of them cannot be asked for. */
export async function fetchPeriods(
  source: IntensitySource,
  hours: readonly FinishedHour[],
  call: IntensityCallOptions,
): Promise<IntensityPeriod[]> {
  const periods: IntensityPeriod[] = [];
  for (const stretch of stretchesOf(hours, source))
    periods.push(...(await fetchStretch(source, stretch, call)));
  return periods;
}

async function fetchStretch(
  source: IntensitySource,
  stretch: readonly FinishedHour[],
  call: IntensityCallOptions,
  fallback?: number,
): Promise<IntensityPeriod[]> {
  const answer = await source.periods(spanOf(stretch), call);
  assertPeriods(answer, source.id);
  const { periods, warnings } = oneValueEach(answer, source.id);
  for (const warning of warnings) call.onWarning?.(warning);
  for (const warning of whatIsNotKnown(source, stretch, periods, fallback)) call.onWarning?.(warning);
  return periods;
}

function stretchesOf(
  hours: readonly FinishedHour[],
  { longestRequestMs: longestMs = LONGEST_MS }: IntensitySource,
): FinishedHour[][] {
  const stretches: FinishedHour[][] = [];
  for (const hour of hours) {
    const stretch = stretches.at(-1) ?? [];
    const { from, to } = spanOf(stretch);
    if (stretch.length > 0 && hour - to < HOLE_MS && hour - from < longestMs) stretch.push(hour);
    else stretches.push([hour]);
  }
  return stretches;
}

function whatIsNotKnown(
  source: IntensitySource,
  hours: readonly FinishedHour[],
  periods: readonly IntensityPeriod[],
  fallback: number | undefined,
): string[] {
  const gaps = uncovered(spanOf(hours), periods);
  const missing = hours.filter((hour) => gaps.some(({ from, to }) => from < hour + HOUR_MS && hour < to));
  if (missing.length === 0) return [];
  const count = missing.length === 1 ? "1 hour" : `${missing.length} hours`;
  const carbon = missing.length === 1 ? "its carbon is missing" : "their carbon is missing";
  const instead = fallback === undefined ? carbon : `the constant of ${fallback} gCO2eq/kWh counts`;
  return [
    `${source.id} does not know the intensity of ${count}, ${spanText(missing)}: without a stored one ${instead}`,
  ];
}

/** How many hours a step of a run was about, for its span. */
export function hoursOf({ hours }: { readonly hours: readonly FinishedHour[] }): SpanAttributes {
  return { "ada_carbon.hours": hours.length };
}
