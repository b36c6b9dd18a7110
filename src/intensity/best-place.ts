import { AdaCarbonError, badInput, isAdaCarbonError } from "../usage/errors.js";
import { HOUR_MS } from "../usage/hour.js";
import { instantOf } from "../usage/instant.js";
import {
  ANYTHING,
  assertArgument,
  assertOptions,
  OBJECT,
  optional,
  POSITIVE,
  type Rules,
} from "../usage/options.js";
import { unlessAborted } from "../usage/unless-aborted.js";
import { formatBasis } from "./basis.js";
import { BEST_WINDOW_OPTIONS, type BestWindow, type BestWindowOptions, bestWindow } from "./best-window.js";
import {
  FORECAST_SOURCE,
  type ForecastSource,
  type IntensityCallOptions,
  type IntensityPeriod,
  type MarginalPeriod,
  type MarginalSource,
} from "./port.js";

/** The best window at one place. */
export interface PlaceWindow {
  readonly place: string;
  /** `null` where the place's forecast covers no such window, or could not be had. */
  readonly window: BestWindow | null;
}

/** What {@link bestPlaces} looks for, from when on, and until when the run must be over. */
export type BestPlacesOptions = BestWindowOptions &
  Required<Pick<BestWindowOptions, "notBefore" | "notAfter">> & {
    /** A forecast that takes longer cannot be had. Default 30,000. */
    readonly patienceMs?: number;
  };

const BEST_PLACES_OPTIONS: Rules<BestPlacesOptions> = {
  ...BEST_WINDOW_OPTIONS,
  notBefore: ANYTHING,
  notAfter: ANYTHING,
  patienceMs: optional(POSITIVE),
};

/**
 * Where and when to run something of `hours` hours: the best window of each place by its own forecast, the place with
 * the least grams first; of equals, the earliest. Places whose forecast covers no such window, or cannot be had, come
 * last, with `null`.
 *
 * `bad-input`, before anything is asked, where the grams of the sources do not count the same: they are compared only
 * if their bases are equal. A source that does not say is of a basis of its own. A forecast that cannot be had is told
 * through `onWarning`; without that, or where none can be had, its failure is thrown.
 *
 * @example
 * import assert from "node:assert/strict";
 * import { bestPlaces, gbCarbonIntensity } from "ada-carbon/intensity";
 *
 * const reply = (regionid: number, forecast: number) => ({
 *   data: { regionid, data: [{ from: "2025-09-10T00:00Z", to: "2025-09-10T00:30Z", intensity: { forecast } }] },
 * });
 * const grid = (region: number, forecast: number) =>
 *   gbCarbonIntensity({ region, fetch: async () => Response.json(reply(region, forecast)) });
 * const notBefore = Date.UTC(2025, 8, 10);
 * const places = { didcot: grid(12, 150), daresbury: grid(3, 60) };
 * const [best] = await bestPlaces(places, 0.5, { notBefore, notAfter: notBefore + 3_600_000 });
 * assert.equal(best?.place, "daresbury");
 */
export async function bestPlaces(
  places: Readonly<Record<string, ForecastSource | MarginalSource>>,
  hours: number,
  options: BestPlacesOptions,
  call: IntensityCallOptions = {},
): Promise<PlaceWindow[]> {
  assertArgument("bestPlaces", "places", places, OBJECT);
  for (const [place, source] of Object.entries(places))
    assertArgument("bestPlaces", `places.${place}`, source, FORECAST_SOURCE);
  assertArgument("bestPlaces", "hours", hours, POSITIVE);
  assertOptions("bestPlaces", options, BEST_PLACES_OPTIONS);
  assertComparable(places);
  const { patienceMs = 30_000, ...wanted } = options;
  const from = instantOf(options.notBefore, "notBefore");
  const withinHours = Math.max(0, instantOf(options.notAfter, "notAfter") - from) / HOUR_MS;
  const windows = Object.entries(places).map(async ([place, source]): Promise<PlaceWindow> => {
    const periods = await forecastInTime(source, from, withinHours, call, patienceMs);
    return { place, window: bestWindow(periods, hours, wanted) };
  });
  const ends = await Promise.allSettled(windows);
  call.signal?.throwIfAborted();
  return knownWindows(ends, Object.keys(places), call).sort(
    (a, b) => order(a) - order(b) || startOf(a) - startOf(b),
  );
}

/** The forecast; `timeout` where it takes longer than `patienceMs`, whatever the source makes of the signal. */
async function forecastInTime(
  source: ForecastSource | MarginalSource,
  from: number,
  hours: number,
  call: IntensityCallOptions,
  patienceMs: number,
): Promise<IntensityPeriod[] | MarginalPeriod[]> {
  const patience = AbortSignal.timeout(patienceMs);
  const signal = call.signal === undefined ? patience : AbortSignal.any([call.signal, patience]);
  try {
    const forecast: Promise<IntensityPeriod[] | MarginalPeriod[]> = source.forecast(from, hours, {
      ...call,
      signal,
    });
    return await unlessAborted(forecast, signal);
  } catch (error) {
    if (error !== patience.reason) throw error;
    throw new AdaCarbonError("timeout", `${source.id} did not answer in time`);
  }
}

/** What came of each place; failures are told, or thrown where nobody is told, where all fail, or where one is a slip. */
function knownWindows(
  ends: readonly PromiseSettledResult<PlaceWindow>[],
  names: readonly string[],
  { onWarning }: IntensityCallOptions,
): PlaceWindow[] {
  const mayBeTold = onWarning !== undefined && ends.some(({ status }) => status === "fulfilled");
  return ends.map((end, i) => {
    if (end.status === "fulfilled") return end.value;
    if (!mayBeTold || !isAdaCarbonError(end.reason)) throw end.reason;
    const place = names[i] ?? "";
    onWarning(`${place}: ${end.reason.message}`);
    return { place, window: null };
  });
}

const order = ({ window }: PlaceWindow): number => window?.gco2eqPerKwh ?? Number.MAX_VALUE;
const startOf = ({ window }: PlaceWindow): number => window?.from ?? 0;

function assertComparable(places: Readonly<Record<string, ForecastSource | MarginalSource>>): void {
  const [first, ...others] = Object.entries(places).map(([place, { id, basis }]) => {
    // A source that does not say is of a basis of its own.
    return { place, basis: basis === undefined ? `what ${id} does not say` : formatBasis(basis) };
  });
  const other = others.find(({ basis }) => basis !== first?.basis);
  if (first === undefined || other === undefined) return;
  throw badInput(
    `grams of ${first.place} (${first.basis}) and of ${other.place} (${other.basis}) do not count the same and are not compared; give sources of one basis`,
  );
}
