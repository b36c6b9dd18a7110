import type { HttpOptions } from "../transport/http.js";
import { limitTo } from "../transport/limit.js";
import { DAY_MS, HALF_HOUR_MS, HOUR_MS, type Interval, overlaps } from "../usage/hour.js";
import { ANYTHING, assertOptions, CALLBACK, optional, type Rules } from "../usage/options.js";
import { cutInto, onSteps } from "../usage/pieces.js";
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
import { cutOffAtNewYear, formatMinute } from "./gb-requests.js";
import { valuesIn } from "./one-value.js";
import { assertInterval, forecastInterval } from "./periods.js";
import type { ForecastSource, IntensityCallOptions, IntensityPeriod } from "./port.js";
import { jsonBody, SERVICE_OPTIONS, serviceClient } from "./requests.js";

/** Which place is asked about, and how the service is reached. */
export interface GbCarbonIntensityOptions extends Partial<HttpOptions> {
  /** Region id, 1 to 18 (`GB_REGIONS`); without it, the national intensity. */
  readonly region?: number;
  /** Current time in UTC milliseconds, for `fetchedAt`. Default `Date.now`. */
  readonly clock?: () => number;
}

/** The longest range that the service accepts. */
const LONGEST_MS = 14 * DAY_MS;

const GB_OPTIONS: Rules<GbCarbonIntensityOptions> = {
  ...SERVICE_OPTIONS,
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
 * import assert from "node:assert/strict";
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
  const client = serviceClient({ url: GB_CARBON_INTENSITY_URL, ...http });
  const start = region === undefined ? GB_NATIONAL_START : GB_REGIONAL_START;

  const id = `gb-carbon-intensity/${region === undefined ? "national" : `region-${region}`}`;

  async function ask(window: string, { signal, fetchedAt, isForecast }: Asking): Promise<Answer> {
    const path =
      region === undefined ? `intensity/${window}` : `regional/intensity/${window}/regionid/${region}`;
    const read = jsonBody((document, where): Answer => {
      const doubts: Doubt[] = [];
      const onDoubt = (doubt: Doubt): void => void doubts.push(doubt);
      const context = { region, fetchedAt, isForecast, where, onDoubt };
      return { periods: readGbReply(document, context), doubts };
    });
    return client.request({ path, signal, read });
  }

  const askRange = (range: Interval, asking: Asking) =>
    ask(`${formatMinute(range.from)}/${formatMinute(range.to)}`, asking);

  /** The service answers without any period where it has an outage: of a past time it is asked once more. */
  async function askKnownRange(range: Interval, asking: Asking): Promise<Answer> {
    const answer = await askRange(range, asking);
    return answer.periods.length > 0 || range.to > asking.fetchedAt ? answer : askRange(range, asking);
  }

  async function askWholeRange(range: Interval, asking: Asking): Promise<Answer[]> {
    const answer = await askKnownRange(range, asking);
    const rest = cutOffAtNewYear(range, answer.periods, asking.fetchedAt);
    return rest === undefined ? [answer] : [answer, await askRange(rest, asking)];
  }

  /** A range begins with the half hour before it, so rows are matched by their interval, never by position. */
  function asked(interval: Interval, answers: readonly Answer[], call: IntensityCallOptions) {
    // The row at the border of two ranges is in both answers.
    const doubts = new Map(
      answers
        .flatMap((answer) => answer.doubts)
        .filter((doubt) => overlaps(doubt, interval))
        .map((doubt) => [doubt.from, doubt]),
    );
    for (const warning of doubtWarnings([...doubts.values()], id)) call.onWarning?.(warning);
    return valuesIn(
      answers.flatMap((answer) => answer.periods),
      interval,
      id,
      call,
    );
  }

  async function periodsOf(
    interval: Interval,
    call: IntensityCallOptions,
    isForecast: boolean,
  ): Promise<IntensityPeriod[]> {
    assertInterval(interval, call);
    const known = { from: Math.max(interval.from, start), to: interval.to };
    if (known.from >= known.to) return [];
    // The moment before asking: a value can be older than its arrival, never newer.
    const fetchedAt = clock();
    // When one fails, the other one under way is cancelled and no more start.
    const stop = new AbortController();
    const signal = AbortSignal.any([stop.signal, ...(call.signal === undefined ? [] : [call.signal])]);
    const limit = limitTo(2);
    const answers = cutInto(onSteps(known, HALF_HOUR_MS), LONGEST_MS).map((range) =>
      limit(() =>
        askWholeRange(range, { fetchedAt, isForecast, signal }).catch((error: unknown) => {
          stop.abort();
          throw error;
        }),
      ),
    );
    return asked(interval, (await Promise.all(answers)).flat(), call);
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
      const interval = forecastInterval(from, hours, call);
      if (hours === 0 || interval.to <= start) return [];
      const { from: first } = onSteps(interval, HALF_HOUR_MS);
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
