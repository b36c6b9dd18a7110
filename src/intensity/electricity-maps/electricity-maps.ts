import * as z from "zod";
import type { HttpClient, HttpOptions } from "../../transport/http.js";
import { type AdaCarbonError, badInput, isAdaCarbonError } from "../../usage/errors.js";
import { DAY_MS, formatInstant, HOUR_MS } from "../../usage/hour.js";
import { nearestFirst } from "../../usage/nearest-name.js";
import { assertOptions, CALLBACK, oneOf, optional, type Rules, TEXT } from "../../usage/options.js";
import { cutInto, onSteps } from "../../usage/pieces.js";
import type { AverageBasis } from "../basis.js";
import { licenceOfSource } from "../licences.js";
import { valuesIn } from "../one-value.js";
import { assertInterval, forecastInterval } from "../periods.js";
import type { ForecastSource, IntensityCallOptions, IntensityPeriod } from "../port.js";
import { jsonBody, SERVICE_OPTIONS, serviceClient } from "../requests.js";
import { readElectricityMaps } from "./reply.js";

/** Version 3 of the API: https://app.electricitymaps.com/developer-hub/api/reference, read 2026-11-28. */
export const ELECTRICITY_MAPS_URL = "https://api.electricitymaps.com/v3";

/** Which zone of Electricity Maps, and how it is asked. */
export interface ElectricityMapsOptions extends Partial<HttpOptions> {
  /** Key of a zone, such as `DE`, `GB` or `US-CAL-CISO`. */
  readonly zone: string;
  /** Sent as the header `auth-token`. */
  readonly token: string;
  /** Which of its two sets of factors. Default `lifecycle`, as the service's own. */
  readonly emissions?: "direct" | "lifecycle" | undefined;
  /** UTC milliseconds, for `fetchedAt`. Default `Date.now`. */
  readonly clock?: (() => number) | undefined;
}

const ELECTRICITY_MAPS_OPTIONS: Rules<ElectricityMapsOptions> = {
  ...SERVICE_OPTIONS,
  zone: TEXT,
  token: TEXT,
  emissions: optional(oneOf(["direct", "lifecycle"])),
  clock: optional(CALLBACK),
};

/** The longest range of hours that the service answers at once. */
const LONGEST_MS = 10 * DAY_MS;
/** How far its forecast goes. */
const FORECAST_HOURS = 72;

/**
 * The carbon intensity of electricity used in a zone by hour, from Electricity Maps v3: an average, of consumption (flows
 * are traced through the neighbours), without losses, in CO2e. What the service estimated is of kind `estimated` until it
 * has measured; it revises values for days, so put `cachedIntensity` in front. A year is 37 requests.
 *
 * Errors: `unauthorised` for a wrong token or a zone that the contract does not have; `bad-input` for a zone that there is
 * not, with the nearest; `server-error` for a quota that is used up, with when it may be asked again; `bad-reply`.
 *
 * @example
 * import assert from "node:assert/strict";
 * import { electricityMaps } from "ada-carbon/intensity";
 *
 * const reply = {
 *   zone: "DE",
 *   data: [{ zone: "DE", carbonIntensity: 302, datetime: "2025-04-03T00:00:00.000Z",
 *     updatedAt: "2025-04-05T01:00:00.000Z", emissionFactorType: "lifecycle", isEstimated: false }],
 * };
 * const fetch = async () => Response.json(reply); // leave out to ask the real one
 * const grid = electricityMaps({ zone: "DE", token: "...", fetch });
 * const from = Date.UTC(2025, 3, 3);
 * const [hour] = await grid.periods({ from, to: from + 3_600_000 });
 * assert.equal(hour?.gco2eqPerKwh, 302);
 */
export function electricityMaps(options: ElectricityMapsOptions): ForecastSource {
  assertOptions("electricityMaps", options, ELECTRICITY_MAPS_OPTIONS);
  const { zone, token, emissions = "lifecycle", clock = Date.now, headers, ...http } = options;
  const authenticated = { ...headers, "auth-token": token };
  const client = serviceClient({ url: ELECTRICITY_MAPS_URL, ...http, headers: authenticated });

  async function ask(route: string, more: Record<string, string>, call: IntensityCallOptions) {
    const search = new URLSearchParams({ zone, emissionFactorType: emissions, ...more });
    const expected = { zone, emissions, fetchedAt: clock(), isForecast: route === "forecast" };
    const read = jsonBody((document, where) => readElectricityMaps(document, { ...expected, where }));
    try {
      return await client.request({ path: `carbon-intensity/${route}`, search, signal: call.signal, read });
    } catch (error) {
      throw (await unknownZone(client, zone, error, call)) ?? error;
    }
  }

  const id = `electricity-maps/${zone}/${emissions}`;
  return {
    id,
    basis: basisOf(emissions),
    licence: licenceOfSource(id) ?? undefined,
    hasActual: true,
    longestRequestMs: LONGEST_MS,
    async periods(interval, call = {}) {
      assertInterval(interval, call);
      const past = { from: interval.from, to: Math.min(interval.to, clock()) };
      if (past.from >= past.to) return [];
      const answer: IntensityPeriod[] = [];
      for (const { from, to } of cutInto(onSteps(past, HOUR_MS), LONGEST_MS)) {
        const range = { start: formatInstant(from), end: formatInstant(to), temporalGranularity: "hourly" };
        answer.push(...(await ask("past-range", range, call)));
      }
      return valuesIn(answer, past, id, call);
    },
    async forecast(from, hours, call = {}) {
      const interval = forecastInterval(from, hours, call);
      if (hours === 0) return [];
      const answer = await ask("forecast", { horizonHours: String(FORECAST_HOURS) }, call);
      return valuesIn(answer, interval, id, call);
    },
  };
}

function basisOf(emissions: "direct" | "lifecycle"): AverageBasis {
  return {
    signal: "average",
    emissions,
    flow: "consumption",
    losses: "excluded",
    accounting: "location",
    gas: "co2e",
  };
}

const zonesReply = z.record(z.string(), z.object({ zoneName: z.string().optional() }));

/** What is wrong where the service refuses: perhaps there is no such zone. `undefined` if that is not it. */
async function unknownZone(
  client: HttpClient,
  zone: string,
  error: unknown,
  { signal }: IntensityCallOptions,
): Promise<AdaCarbonError | undefined> {
  const mayBe = isAdaCarbonError(error) && ["not-found", "refused", "unauthorised"].includes(error.code);
  if (!mayBe) return undefined;
  const known = await client
    .request({ path: "zones", signal, read: jsonBody((document) => zonesReply.parse(document)) })
    // The list only helps to say more; without it, what was said first stands.
    .catch(() => undefined);
  if (known === undefined || Object.hasOwn(known, zone)) return undefined;
  // By key, by its country and by name: "DK" is near "DK-DK1", and "germany" near "DE".
  const words = Object.entries(known).flatMap(([key, { zoneName = key }]) =>
    [key, key.split("-")[0] ?? key, zoneName].map((word) => ({ key, word })),
  );
  const near = new Set(nearestFirst(zone, words, ({ word }) => word).map(({ key }) => key));
  const named = [...near]
    .slice(0, 3)
    .map((key) => `${key} (${known[key]?.zoneName ?? key})`)
    .join(", ");
  return badInput(`Electricity Maps has no zone ${JSON.stringify(zone)}; near it are ${named}`, error);
}
