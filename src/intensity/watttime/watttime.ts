import * as z from "zod";
import type { HttpClient, HttpOptions } from "../../transport/http.js";
import { AdaCarbonError, isAdaCarbonError } from "../../usage/errors.js";
import { DAY_MS, formatInstant, HOUR_MS } from "../../usage/hour.js";
import { assertOptions, CALLBACK, optional, type Rules, TEXT } from "../../usage/options.js";
import { cutInto } from "../../usage/pieces.js";
import { licenceOfSource } from "../licences.js";
import { valuesIn } from "../one-value.js";
import { assertInterval, forecastInterval } from "../periods.js";
import type { IntensityCallOptions, MarginalPeriod, MarginalSource } from "../port.js";
import { jsonBody, SERVICE_OPTIONS, serviceClient } from "../requests.js";
import { readWattTime } from "./reply.js";

/** https://docs.watttime.org, read 2026-11-28. */
export const WATTTIME_URL = "https://api.watttime.org";

/** Which region of WattTime, and who asks. */
export interface WattTimeOptions extends Partial<Omit<HttpOptions, "basicAuth" | "bearerToken">> {
  /** Such as `CAISO_NORTH`, which is free to ask for, or `UK`. */
  readonly region: string;
  readonly username: string;
  readonly password: string;
  /** UTC milliseconds. Default `Date.now`. */
  readonly clock?: (() => number) | undefined;
}

const { basicAuth: _, bearerToken: __, ...WITHOUT_ACCESS } = SERVICE_OPTIONS;

const WATT_TIME_OPTIONS: Rules<WattTimeOptions> = {
  ...WITHOUT_ACCESS,
  region: TEXT,
  username: TEXT,
  password: TEXT,
  clock: optional(CALLBACK),
};

/** A token is good for 30 minutes. */
const TOKEN_MS = 25 * 60_000;
/** The longest range that the service answers at once. */
const LONGEST_MS = 32 * DAY_MS;
const MOST_FORECAST_HOURS = 72;

/**
 * What one more kWh causes, by five minutes, from WattTime v3 (`co2_moer`), converted from pounds a MWh. It says when to
 * run something. It is marginal: no use is accounted for by it, and neither the types nor `sync` take it for an average.
 *
 * Errors: `unauthorised` for a wrong name or password, or a region that the contract does not have; `server-error` for a
 * quota that is used up; `bad-reply` for another region, signal or unit than was asked for.
 *
 * @example
 * import assert from "node:assert/strict";
 * import { bestWindow, wattTime } from "ada-carbon/intensity";
 *
 * const forecast = {
 *   data: [{ point_time: "2025-09-10T00:00:00+00:00", value: 900 }, { point_time: "2025-09-10T00:05:00+00:00", value: 700 }],
 *   meta: { region: "CAISO_NORTH", signal_type: "co2_moer", units: "lbs_co2_per_mwh", data_point_period_seconds: 300 },
 * };
 * const fetch = async (request: RequestInfo | URL) =>
 *   Response.json(request instanceof Request && request.url.endsWith("/login") ? { token: "t" } : forecast);
 * const grid = wattTime({ region: "CAISO_NORTH", username: "me", password: "...", fetch });
 * const best = bestWindow(await grid.forecast(Date.UTC(2025, 8, 10), 1), 5 / 60);
 * assert.equal(best?.gco2eqPerKwh.toFixed(1), "317.5");
 */
export function wattTime(options: WattTimeOptions): MarginalSource {
  assertOptions("wattTime", options, WATT_TIME_OPTIONS);
  const { region, username, password, clock = Date.now, ...http } = options;
  const service = { url: WATTTIME_URL, ...http };
  const login = serviceClient({ ...service, basicAuth: { username, password } });
  let letIn: { readonly client: HttpClient; readonly until: number } | undefined;

  async function loggedIn({ signal }: IntensityCallOptions): Promise<HttpClient> {
    if (letIn !== undefined && clock() < letIn.until) return letIn.client;
    const until = clock() + TOKEN_MS;
    const bearerToken = await login.request({ path: "login", signal, read: readToken });
    letIn = { client: serviceClient({ ...service, bearerToken }), until };
    return letIn.client;
  }

  async function ask(
    route: "historical" | "forecast",
    more: Record<string, string>,
    call: IntensityCallOptions,
  ) {
    const search = new URLSearchParams({ region, signal_type: "co2_moer", ...more });
    const expected = {
      region,
      fetchedAt: clock(),
      isForecast: route === "forecast",
      onWarning: call.onWarning,
    };
    const request = {
      path: `v3/${route}`,
      search,
      signal: call.signal,
      read: jsonBody((document, where) => readWattTime(document, { ...expected, where })),
    };
    const hadToken = letIn !== undefined;
    try {
      return await (await loggedIn(call)).request(request);
    } catch (error) {
      // A token can end before its time; one that is new has not.
      if (!hadToken || !isAdaCarbonError(error) || error.code !== "unauthorised") throw error;
      letIn = undefined;
      return (await loggedIn(call)).request(request);
    }
  }

  const id = `watttime/${region}/co2_moer`;

  return {
    id,
    basis: {
      signal: "marginal",
      emissions: "direct",
      flow: "consumption",
      losses: "excluded",
      accounting: "location",
      gas: "co2",
    },
    licence: licenceOfSource(id) ?? undefined,
    async periods(interval, call = {}) {
      assertInterval(interval, call);
      const past = { from: interval.from, to: Math.min(interval.to, clock()) };
      if (past.from >= past.to) return [];
      const answer: MarginalPeriod[] = [];
      for (const { from, to } of cutInto(past, LONGEST_MS))
        answer.push(
          ...(await ask("historical", { start: formatInstant(from), end: formatInstant(to) }, call)),
        );
      return valuesIn(answer, past, id, call);
    },
    async forecast(from, hours, call = {}) {
      const interval = forecastInterval(from, hours, call);
      const horizon = Math.ceil(Math.max(0, interval.to - clock()) / HOUR_MS);
      const answer = await ask(
        "forecast",
        { horizon_hours: String(Math.min(horizon, MOST_FORECAST_HOURS)) },
        call,
      );
      return valuesIn(answer, interval, id, call);
    },
  };
}

const tokenReply = z.object({ token: z.string().min(1) });

const readToken = jsonBody((document, where) => {
  const { data, error } = tokenReply.safeParse(document);
  if (data !== undefined) return data.token;
  throw new AdaCarbonError("bad-reply", `${where}: it gave no token`, { cause: error });
});
