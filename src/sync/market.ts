import { type HourlyIntensity, hourlyIntensity } from "../intensity/hourly.js";
import type { IntensityPeriod, IntensitySource } from "../intensity/port.js";
import type { MarketHours } from "../rows/host-hours.js";
import { RowIndex } from "../rows/row-index.js";
import type { FinishedHour } from "../usage/hour.js";
import { hasMarket, marketBased } from "../usage/market.js";
import type { MarketIntensity } from "../usage/provenance.js";
import { numberAt, rowsWhere, type UsageSeries } from "../usage/series.js";
import { bestIntensity } from "./better-intensity.js";
import { NO_GRID } from "./grids.js";
import { improvedHours } from "./restate.js";

/** The market-based intensity of each hour: the best of what the source said and what is stored. */
export function marketOfHours(
  periods: readonly IntensityPeriod[],
  hours: readonly FinishedHour[],
  source: IntensitySource | undefined,
  ada: RowIndex,
): MarketHours | undefined {
  if (source === undefined && !hasMarket(ada.series)) return undefined;
  return shared(bestOf(periods, hours, source, marketBased(ada.series)));
}

/** Hours that have energy and a market-based intensity that may get better, or none. */
export function hoursWantingMarket(ada: RowIndex, hours: readonly FinishedHour[]): FinishedHour[] {
  return hours.filter(
    (hour) => !Number.isNaN(ada.value("busyKwh", hour)) && ada.provenance(hour)?.market?.settled !== true,
  );
}

/** The hours whose market-based intensity is better now than as it is stored, each with the new one. */
export function improvedMarket(
  periods: readonly IntensityPeriod[],
  hours: readonly FinishedHour[],
  source: IntensitySource,
  ada: RowIndex,
): ReadonlyMap<FinishedHour, MarketIntensity> {
  const stored = marketBased(ada.series);
  const best = bestOf(periods, hours, source, stored);
  const market = shared(best);
  const improved = improvedHours(stored, hours, best);
  return new Map(
    hours.flatMap((hour, i) => {
      const now = market[i];
      return now !== undefined && improved.has(hour) ? [[hour, now] as const] : [];
    }),
  );
}

/** The rows of these hours that have energy, with another market-based intensity. */
export function withMarket(
  stored: UsageSeries,
  market: ReadonlyMap<FinishedHour, MarketIntensity>,
): UsageSeries {
  const picked = rowsWhere(
    stored,
    (hour, i) => market.has(hour) && !Number.isNaN(numberAt(stored.busyKwh, i)),
  );
  const provenance = picked.provenance.map((before, i) => {
    const now = market.get(picked.hours[i] as FinishedHour);
    return now === undefined ? before : { ...before, market: now };
  });
  return { ...picked, provenance };
}

function bestOf(
  periods: readonly IntensityPeriod[],
  hours: readonly FinishedHour[],
  source: IntensitySource | undefined,
  stored: UsageSeries,
): HourlyIntensity {
  const given = source ?? NO_GRID;
  const fetched = hourlyIntensity(periods, hours, given);
  return bestIntensity(fetched, hours, given, new RowIndex(stored), undefined);
}

/** One object for neighbouring hours that are equal: provenance is kept in runs. */
function shared({ gco2eqPerKwh, provenance }: HourlyIntensity): MarketHours {
  let last: MarketIntensity | undefined;
  return provenance.map((intensity, i) => {
    const grams = numberAt(gco2eqPerKwh, i);
    if (intensity === null) return undefined;
    const isAsBefore = provenance[i - 1] === intensity && last?.gco2eqPerKwh === grams;
    if (!isAsBefore) last = { ...intensity, gco2eqPerKwh: grams };
    return last;
  });
}
