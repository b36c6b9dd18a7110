import type { Interval } from "../usage/hour.js";
import { port, type Rule } from "../usage/options.js";

/** The grid's intensity in one interval, as a source gave it. */
export interface IntensityPeriod extends Interval {
  /** Grams of CO2 (or CO2 equivalent, as the source defines) per kWh consumed. */
  readonly gco2eqPerKwh: number;
  readonly kind: "actual" | "forecast";
  /** When it was fetched, UTC milliseconds. */
  readonly fetchedAt: number;
}

export interface IntensityCallOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told in a sentence for people what was doubtful about an answer, and what was done about it. */
  readonly onWarning?: ((message: string) => void) | undefined;
}

/** Anything that knows the carbon intensity of electricity over time. */
export interface IntensitySource {
  /** Identifies source and place in provenance, such as `gb-carbon-intensity/region-12`. */
  readonly id: string;
  /** Whether the source ever publishes measured values. Where it does not, its forecasts are final. */
  readonly hasActual: boolean;
  /** Set for one number that was agreed on: it says nothing about the hour, counts as `fallback`, and stays. */
  readonly isConstant?: true | undefined;
  /**
   * The periods that overlap [from, to), ascending and without duplicates. Periods the source does not
   * know are absent: a 0 is a value, and never stands for what is not known. Rejects when the source cannot be asked.
   */
  periods(interval: Interval, options?: IntensityCallOptions): Promise<IntensityPeriod[]>;
  /** What the source expects from `from` on, for at most `hours` hours; it may stop short. */
  forecast?(from: number, hours: number, options?: IntensityCallOptions): Promise<IntensityPeriod[]>;
}

/** One that also says what is to come. */
export type ForecastSource = IntensitySource & Required<Pick<IntensitySource, "forecast">>;

/** What an option must be that is such a source. */
export const INTENSITY_SOURCE: Rule = port("IntensitySource", ["periods"]);
