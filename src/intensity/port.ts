import type { Interval } from "../usage/hour.js";
import { port, type Rule } from "../usage/options.js";
import type { AverageBasis, MarginalBasis } from "./basis.js";

/** What a source says of one interval, by whichever basis. */
export interface GridPeriod extends Interval {
  /** Grams of CO2 (or CO2 equivalent, as the source's basis says) per kWh. */
  readonly gco2eqPerKwh: number;
  /** `estimated`: the source filled a hole of its own and may replace it by what was measured. */
  readonly kind: "actual" | "estimated" | "forecast";
  /** When it was fetched, UTC milliseconds. */
  readonly fetchedAt: number;
  /** When the source says that it last changed the value, UTC milliseconds; absent where it does not say. */
  readonly updatedAt?: number | undefined;
}

/** The grid's average intensity in one interval, as a source gave it: what use is accounted for by. */
export interface IntensityPeriod extends GridPeriod {
  readonly signal?: "average" | undefined;
}

/** What one more kWh would cause in one interval. It is no {@link IntensityPeriod}: use is not accounted for by it. */
export interface MarginalPeriod extends GridPeriod {
  readonly signal: "marginal";
  /** By which model of the source's, as it names that, such as `2024-06-01`; absent where it does not say. */
  readonly model?: string | undefined;
}

/** How an {@link IntensitySource} is asked. */
export interface IntensityCallOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told in a sentence for people what was doubtful about an answer, and what was done about it. */
  readonly onWarning?: ((message: string) => void) | undefined;
}

/** Anything that knows the average carbon intensity of electricity over time. */
export interface IntensitySource {
  /** Identifies source and place in provenance, such as `gb-carbon-intensity/region-12`. */
  readonly id: string;
  /**
   * What its grams count. `sync` refuses a source of another basis than the stored hours have; of one that does not say
   * it cannot tell.
   */
  readonly basis?: AverageBasis | undefined;
  /** A line that its licence wants shown beside the numbers; absent where none is asked for. */
  readonly licence?: string | undefined;
  /** Whether the source ever publishes measured values. Where it does not, its forecasts are final. */
  readonly hasActual: boolean;
  /** Set for one number that was agreed on: it says nothing about the hour, counts as `fallback`, and stays. */
  readonly isConstant?: true | undefined;
  /**
   * The longest time that one request to its service covers, milliseconds, where that is less than 28 days. It is asked for
   * no more at once then, so that a quota that is used up costs nothing of what came before.
   */
  readonly longestRequestMs?: number | undefined;
  /**
   * The periods that overlap [from, to), ascending and without duplicates. Periods the source does not
   * know are absent: a 0 is a value, and never stands for what is not known. Rejects when the source cannot be asked.
   */
  periods(interval: Interval, options?: IntensityCallOptions): Promise<IntensityPeriod[]>;
  /** What the source expects from `from` on, for at most `hours` hours; it may stop short. */
  forecast?(from: number, hours: number, options?: IntensityCallOptions): Promise<IntensityPeriod[]>;
  /** As `periods`, but what it had expected, also where it has measured since: for sources that keep that. */
  forecastBefore?(interval: Interval, options?: IntensityCallOptions): Promise<IntensityPeriod[]>;
}

/** A source that also has a forecast. */
export type ForecastSource = IntensitySource & Required<Pick<IntensitySource, "forecast">>;

/** What an option must be that is such a source. */
export const INTENSITY_SOURCE: Rule = port("IntensitySource", ["periods"], "id");
export const FORECAST_SOURCE: Rule = port("ForecastSource", ["forecast"], "id");

/** Anything that knows what one more kWh would cause. It answers when to run something, not what was used. */
export interface MarginalSource {
  readonly id: string;
  readonly basis: MarginalBasis;
  readonly licence?: string | undefined;
  /** As of {@link IntensitySource}. */
  periods(interval: Interval, options?: IntensityCallOptions): Promise<MarginalPeriod[]>;
  /** What the source expects from `from` on, UTC milliseconds, for at most `hours` hours; it may stop short. */
  forecast(from: number, hours: number, options?: IntensityCallOptions): Promise<MarginalPeriod[]>;
}
