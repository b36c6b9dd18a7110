import type { Interval } from "../../usage/hour.js";
import type { IntensityCallOptions } from "../port.js";

/** What was generated in one interval, MW or MWh: only the shares count. Storage and imports are not in it. */
export interface GenerationPeriod extends Interval {
  /** By `Fuel`; one that is none of these by what the service calls it, so that it is not lost. */
  readonly byFuel: ReadonlyMap<string, number>;
  readonly updatedAt?: number | undefined;
}

/** Anything that knows what a grid generated. */
export interface GenerationSource {
  /** Such as `elexon/FUELHH`. */
  readonly id: string;
  /** As that of an `IntensitySource`. */
  readonly longestRequestMs?: number | undefined;
  /** The periods that overlap the interval. Periods that are not known are absent. */
  generation(interval: Interval, options?: IntensityCallOptions): Promise<GenerationPeriod[]>;
}
