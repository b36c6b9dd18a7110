import { formatInterval, type Interval } from "../usage/hour.js";

/** A measured value that is not believed, beside the forecast of the same half hour. */
export interface Doubt extends Interval {
  readonly actual: number;
  readonly forecast: number | undefined;
}

/** Under this forecast, gCO2/kWh, a grid can come to nearly nothing. */
const LOW_FORECAST = 30;
/** Forecasts have been wrong by a factor of five; none by this. */
const LEAST_SHARE = 0.1;

/**
 * Whether a measured national value is more likely a fault of the service. The whole country has never come near
 * 0 gCO2/kWh, so a value under a tenth of a forecast of 30 or more is not believed, nor a 0 with no forecast at all.
 */
export function isDoubted(actual: number, forecast: number | undefined): boolean {
  if (forecast === undefined) return actual === 0;
  return forecast >= LOW_FORECAST && actual < forecast * LEAST_SHARE;
}

/** What is said of doubted values: the first of them, and how many more there are. */
export function doubtWarnings(doubts: readonly Doubt[], name: string): string[] {
  const [first] = doubts.toSorted((a, b) => a.from - b.from);
  if (first === undefined) return [];
  const beside =
    first.forecast === undefined ? "without a forecast" : `beside a forecast of ${first.forecast}`;
  const more = doubts.length === 1 ? "" : ` and ${doubts.length - 1} more half hours`;
  const instead = first.forecast === undefined ? "nothing is known" : "the forecast counts";
  return [
    `${name}: a measured ${first.actual} gCO2/kWh ${beside} is not believed, ` +
      `${formatInterval(first)}${more}: ${instead} until the service gives another value`,
  ];
}
