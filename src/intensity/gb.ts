import { parseJson } from "../transport/body.js";
import { HTTP_OPTIONS, HttpClient, type HttpOptions, type Reply } from "../transport/http.js";
import { AdaCarbonError } from "../usage/errors.js";
import { HOUR_MS, type Interval } from "../usage/hour.js";
import { ANYTHING, assertOptions, CALLBACK, optional, type Rules } from "../usage/options.js";
import { type Doubt, doubtWarnings } from "./gb-doubt.js";
import {
  assertRegion,
  GB_BASIS,
  GB_CARBON_INTENSITY_URL,
  GB_LICENCE,
  GB_NATIONAL_START,
  GB_REGIONAL_START,
} from "./gb-facts.js";
import { readGbReply } from "./gb-reply.js";
import { cutOffAtNewYear, floorToGrid, formatMinute, onGrid, ranges } from "./gb-requests.js";
import { oneValueEach } from "./one-value.js";
import { assertInterval, overlaps } from "./periods.js";
import type { ForecastSource, IntensityCallOptions, IntensityPeriod } from "./port.js";
import { SMALL_AND_QUICK } from "./requests.js";

/** Of which place, and how the service is asked. */
export interface GbCarbonIntensityOptions extends Partial<HttpOptions> {
  /** Region id, 1 to 18 (`GB_REGIONS`); without it, the national intensity. */
  readonly region?: number;
  /** Current time in UTC milliseconds, for `fetchedAt`. Default `Date.now`. */
  readonly clock?: () => number;
}

const GB_OPTIONS: Rules<GbCarbonIntensityOptions> = {
  ...HTTP_OPTIONS,
  url: optional(HTTP_OPTIONS.url),
  region: optional(ANYTHING),
  clock: optional(CALLBACK),
};

/**
 * The carbon intensity of electricity in Great Britain or one of its regions, gCO2/kWh, by half hours, from
 * the GB Carbon Intensity API. Nationally a period is `actual` where the service has measured it, otherwise
 * `forecast`; regions have forecasts only. Values include losses already.
 *
 * - Periods that the service does not know are absent: outages, null values, time before its history.
 * - A measured value is doubted that is under 0 or over 2000, or off a forecast of 30 g or more by a factor of ten: the
 *   forecast stands in its place and is provisional. A forecast under 0 or over 2000 is taken as not known, and so is a
 *   national 0, unless less than 30 g was forecast. `onWarning` is told.
 * - Of a half hour that is given twice, the measured value counts, then the higher one. Where they differ, `onWarning`
 *   is told.
 * - A year is 27 requests, two at a time; one more where the service stops at a new year. Put
 *   `cachedIntensity` in front of it.
 * - `forecast` reaches 48 hours from the half hour of `from`; what lies beyond is absent.
 *
 * Errors: `bad-input` for an unknown region or a reversed interval; `unreachable`, `timeout`, `refused`,
 * `server-error` and the others of the HTTP client; `bad-reply` for an answer of another shape or about another
 * region. Show {@link GB_LICENCE} with the numbers.
 *
 * @example
 * import { gbCarbonIntensity } from "ada-carbon/intensity";
 * import { parseInstant } from "ada-carbon";
 *
 * const reply = {
 *   data: [
 *     { from: "2025-09-09T23:30Z", to: "2025-09-10T00:00Z", intensity: { forecast: 90, actual: 95 } },
 *     { from: "2025-09-10T00:00Z", to: "2025-09-10T00:30Z", intensity: { forecast: 99, actual: 101 } },
 *     { from: "2025-09-10T00:30Z", to: "2025-09-10T01:00Z", intensity: { forecast: 98, actual: null } },
 *   ],
 * };
 * const grid = gbCarbonIntensity({ fetch: async () => Response.json(reply) }); // leave out to ask the real one
 * const from = parseInstant("2025-09-10T00:00Z");
 * const periods = await grid.periods({ from, to: from + 3_600_000 });
 * assert.deepEqual(periods.map((period) => [period.gco2eqPerKwh, period.kind]), [[101, "actual"], [98, "forecast"]]);
 */
export function gbCarbonIntensity(options: GbCarbonIntensityOptions = {}): ForecastSource {
  assertOptions("gbCarbonIntensity", options, GB_OPTIONS);
  const { region, clock = Date.now, ...http } = options;
  if (region !== undefined) assertRegion(region);
  const client = new HttpClient({ url: GB_CARBON_INTENSITY_URL, ...SMALL_AND_QUICK, ...http });
  const start = region === undefined ? GB_NATIONAL_START : GB_REGIONAL_START;

  const id = `gb-carbon-intensity/${region === undefined ? "national" : `region-${region}`}`;

  async function ask(window: string, { signal, fetchedAt, isForecast }: Asking): Promise<Answer> {
    const path =
      region === undefined ? `intensity/${window}` : `regional/intensity/${window}/regionid/${region}`;
    const read = (body: Uint8Array, { where }: Reply): Answer => {
      const doubts: Doubt[] = [];
      const onDoubt = (doubt: Doubt): void => void doubts.push(doubt);
      const context = { region, fetchedAt, isForecast, where, onDoubt };
      return { periods: readGbReply(parseJson(body, where), context), doubts };
    };
    return client.request({ path, signal, read });
  }

  const askRange = (range: Interval, asking: Asking) =>
    ask(`${formatMinute(range.from)}/${formatMinute(range.to)}`, asking);

  async function askWholeRange(range: Interval, asking: Asking): Promise<Answer[]> {
    const answer = await askRange(range, asking);
    const rest = cutOffAtNewYear(range, answer.periods, asking.fetchedAt);
    return rest === undefined ? [answer] : [answer, await askRange(rest, asking)];
  }

  /** A range begins with the half hour before it, so rows are matched by their interval, never by position. */
  function asked(interval: Interval, answers: readonly Answer[], { onWarning }: IntensityCallOptions) {
    const within = (one: Interval): boolean => overlaps(one, interval);
    const { periods, warnings } = oneValueEach(
      answers.flatMap((answer) => answer.periods.filter(within)),
      id,
    );
    // The row at the border of two ranges is in both answers.
    const doubts = new Map(
      answers.flatMap((answer) => answer.doubts.filter(within)).map((doubt) => [doubt.from, doubt]),
    );
    for (const warning of [...doubtWarnings([...doubts.values()], id), ...warnings]) onWarning?.(warning);
    return periods;
  }

  async function periodsOf(
    interval: Interval,
    call: IntensityCallOptions,
    isForecast: boolean,
  ): Promise<IntensityPeriod[]> {
    assertInterval(interval);
    const known = { from: Math.max(interval.from, start), to: interval.to };
    if (known.from >= known.to) return [];
    // The moment before asking: a value can be older than its arrival, never newer.
    const fetchedAt = clock();
    const answers = await twoAtATime(ranges(onGrid(known)), call.signal, (range, signal) =>
      askWholeRange(range, { fetchedAt, isForecast, signal }),
    );
    return asked(interval, answers.flat(), call);
  }

  return {
    id,
    basis: GB_BASIS,
    licence: GB_LICENCE,
    hasActual: region === undefined,
    periods: async (interval, call = {}) => periodsOf(interval, call, false),
    // Regions have nothing that a forecast could be held against.
    ...(region === undefined
      ? { forecastBefore: async (interval, call = {}) => periodsOf(interval, call, true) }
      : {}),

    async forecast(from, hours, call = {}) {
      if (!(hours >= 0 && Number.isFinite(hours)))
        throw new AdaCarbonError("bad-input", `${hours} is not a number of hours; give 0 or more`);
      const interval = { from, to: from + hours * HOUR_MS };
      assertInterval(interval);
      if (hours === 0 || interval.to <= start) return [];
      const first = floorToGrid(from);
      const window = interval.to <= first + 24 * HOUR_MS ? "fw24h" : "fw48h";
      const answer = await ask(`${formatMinute(first)}/${window}`, {
        fetchedAt: clock(),
        signal: call.signal,
      });
      return asked(interval, [answer], call);
    },
  };
}

/** What one request is made with. */
interface Asking {
  readonly fetchedAt: number;
  readonly isForecast?: boolean;
  readonly signal: AbortSignal | undefined;
}

/** What one reply says, and which of its values are not believed. */
interface Answer {
  readonly periods: readonly IntensityPeriod[];
  readonly doubts: readonly Doubt[];
}

/** The results of `work` in order. When one fails, the other one under way is cancelled and no more start. */
async function twoAtATime<T, R>(
  items: readonly T[],
  signal: AbortSignal | undefined,
  work: (item: T, signal: AbortSignal) => Promise<R>,
): Promise<R[]> {
  const stop = new AbortController();
  const either = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
  const results: R[] = [];
  try {
    for (let i = 0; i < items.length; i += 2) {
      signal?.throwIfAborted();
      results.push(...(await Promise.all(items.slice(i, i + 2).map((item) => work(item, either)))));
    }
  } finally {
    stop.abort();
  }
  return results;
}
