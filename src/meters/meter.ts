import { type Hour, INTERVAL, type Interval } from "../usage/hour.js";
import { type ArgumentRules, optional, optionsBy, SIGNAL } from "../usage/options.js";

/** What a meter measures: one virtual or physical host, a hypervisor under several, a rack, everything. */
export const METER_KINDS = ["host", "hypervisor", "rack", "site"] as const;
/** What is behind a meter. */
export type MeterKind = (typeof METER_KINDS)[number];

/** How a total of a longer time was spread over its hours. Such hours are no measurements of their own. */
export type SpreadRule = "evenly";

/** What a meter measured, hour by hour. */
export interface MeterHours {
  /** A meter may come in several parts, one for each set of hosts that were behind it: they share its name. */
  readonly meter: string;
  readonly kind: MeterKind;
  /** The hosts behind it, named as in the label `instance` or without port; `null` for all hosts there are. */
  readonly hosts: readonly string[] | null;
  /** Ascending. */
  readonly hours: readonly Hour[];
  /** kWh; NaN where it is missing. */
  readonly kwh: Float64Array;
  /** `null` where each hour was measured by itself. */
  readonly spread: SpreadRule | null;
}

/** What a source of meters has of an interval. */
export interface MeterReadings {
  readonly meters: readonly MeterHours[];
  /** What is odd about them and was allowed for, a sentence each. */
  readonly findings: readonly string[];
}

/** How a meter is read. */
export interface MeterCallOptions {
  readonly signal?: AbortSignal | undefined;
}

/** Anything that knows how much electricity something took: Prometheus, the export of a PDU, a bill. */
export interface MeterSource {
  /** Names the source in messages and in catalogues made from it, without credentials. */
  readonly where: string;
  /** Every meter that has anything in [from, to), both ends on the hour, over all hours of that. */
  meterHours(interval: Interval, options?: MeterCallOptions): Promise<MeterReadings>;
}

/** What the call of a {@link MeterSource} takes. */
export const METER_CALLS: Readonly<Record<"meterHours", ArgumentRules>> = {
  meterHours: {
    interval: INTERVAL,
    options: optional(optionsBy<MeterCallOptions>({ signal: optional(SIGNAL) })),
  },
};

/** Whom a meter of that kind and name has behind it, unless something else says so: see `withPlacements`. */
export function hostsBehind(meter: string, kind: MeterKind): MeterHours["hosts"] {
  if (kind === "site") return null;
  return kind === "host" ? [meter] : [];
}
