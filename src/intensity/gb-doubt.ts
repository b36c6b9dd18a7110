import { formatInterval, type Interval } from "../usage/hour.js";

/** What the service gives for a half hour, gCO2/kWh. */
export interface GivenValues {
  readonly actual: number | undefined;
  readonly forecast: number | undefined;
}

/** A value that is not believed, and what counts in its place. */
export interface Doubt extends Interval {
  readonly what: "measured" | "predicted";
  readonly value: number;
  /** The forecast beside a measured value, if that is believed. */
  readonly forecast: number | undefined;
}

/** Coal alone is under 1,000. */
const HIGHEST_CREDIBLE = 2000;
/** Under this forecast, a grid can come to nearly nothing. */
const LOW_FORECAST = 30;
/** Forecasts have been wrong by a factor of five; none by this. */
const FACTOR = 10;

/** A value that no grid has, or that no country has: regions have come to 0 for days, the whole country never near. */
function isImpossible(value: number, isNational: boolean): boolean {
  return value < 0 || value > HIGHEST_CREDIBLE || (isNational && value === 0);
}

/**
 * The values that are believed, and the first one that is not. A measured value is doubted that is impossible, or off
 * a forecast of 30 or more by a factor of ten. A national 0 is believed only where less than 30 was forecast.
 */
export function believed(
  { actual, forecast }: GivenValues,
  isNational: boolean,
): { readonly values: GivenValues; readonly doubt: Omit<Doubt, keyof Interval> | undefined } {
  const expected = forecast === undefined || isImpossible(forecast, isNational) ? undefined : forecast;
  if (actual !== undefined && isDoubted(actual, expected))
    return {
      values: { actual: undefined, forecast: expected },
      doubt: { what: "measured", value: actual, forecast: expected },
    };
  const isForecastDoubted = actual === undefined && forecast !== undefined && expected === undefined;
  return {
    values: { actual, forecast: expected },
    doubt: isForecastDoubted ? { what: "predicted", value: forecast, forecast: undefined } : undefined,
  };
}

/** Whether a measured national value is more likely a fault of the service. */
function isDoubted(actual: number, forecast: number | undefined): boolean {
  if (forecast === undefined) return isImpossible(actual, true);
  if (isImpossible(actual, false)) return true;
  return forecast >= LOW_FORECAST && (actual * FACTOR < forecast || actual > forecast * FACTOR);
}

/** What is said of doubted values: the first of them, and how many more there are. */
export function doubtWarnings(doubts: readonly Doubt[], name: string): string[] {
  const [first] = doubts.toSorted((a, b) => a.from - b.from);
  if (first === undefined) return [];
  const { what, value, forecast } = first;
  const given = `a ${what} ${value} gCO2/kWh`;
  const beside = forecast === undefined ? "without a forecast" : `beside a forecast of ${forecast}`;
  const alone = what === "predicted" ? "" : ` ${beside}`;
  const more = doubts.length === 1 ? "" : ` and ${doubts.length - 1} more half hours`;
  const instead = forecast === undefined ? "nothing is known" : "the forecast counts";
  return [
    `${name}: ${given}${alone} is not believed, ` +
      `${formatInterval(first)}${more}: ${instead} until the service gives another value`,
  ];
}
