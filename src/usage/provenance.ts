/** The kinds of intensity, the best first. */
export const INTENSITY_KINDS = ["actual", "estimated", "forecast", "fallback"] as const;

/** How good an intensity is: measured, estimated by its source, predicted, or a constant that the caller gave. */
export type IntensityKind = (typeof INTENSITY_KINDS)[number];

/** How certain an intensity of that kind is: 0 for a constant, more for what is better. */
export function certaintyOf(kind: IntensityKind): number {
  return INTENSITY_KINDS.length - 1 - INTENSITY_KINDS.indexOf(kind);
}

/** Where the intensity of an hour came from. Its value is the series' `gco2eqPerKwh`. */
export interface IntensityProvenance {
  readonly kind: IntensityKind;
  /** Identifier of the source, such as `gb-carbon-intensity/national`. */
  readonly source: string;
  /**
   * What the grams count, such as `average direct consumption losses-included location co2` (`formatBasis`). Absent where
   * the source did not say.
   */
  readonly basis?: string;
  /** When the source had last changed its value, UTC milliseconds; absent where it does not say. */
  readonly updatedAt?: number;
  /**
   * When the source gave it last, UTC milliseconds. For a constant: when the source was last asked in vain, or `null`.
   */
  readonly fetchedAt: number | null;
  /** Whether no better value is to be expected. A hour that is not settled is provisional, and looked up again. */
  readonly settled: boolean;
}

/**
 * The intensity of what was bought, by contract and certificate, with its value. It is kept beside that of the grid: of
 * one hour all scopes have the same, so market-based grams are energy times it ({@link marketBased}).
 */
export interface MarketIntensity extends IntensityProvenance {
  readonly gco2eqPerKwh: number;
}

/** Who had a part of a host's hour. The shares of all owners of a host-hour sum to 1, busy and idle each. */
export interface OwnerShare {
  readonly project: string;
  readonly machine: string;
  readonly user: string;
  readonly group: string;
  readonly experiment: string;
  /** Of the host's busy and idle CPU-seconds, and of kWh, grams and time unless `columnShares` says otherwise. */
  readonly busyShare: number;
  readonly idleShare: number;
  /** There where they are not in proportion to CPU-seconds, because the host's labels changed within the hour. */
  readonly columnShares?: ColumnShares | undefined;
}

/** An owner's parts of what is not CPU-seconds; those of all owners of a host-hour sum to 1, each. */
export interface ColumnShares {
  readonly busyKwh: number;
  readonly idleKwh: number;
  readonly busyGco2eq: number;
  readonly idleGco2eq: number;
  /** Of the CPU-seconds that were expected, observed and spread. */
  readonly expected: number;
  readonly observed: number;
  readonly spread: number;
}

/** What a row of kind `host` knows besides its numbers: enough to attribute it again, and to explain it. */
export interface HostProvenance {
  /** By its labels. `null` where a label is absent. */
  readonly project: string;
  readonly machine: string | null;
  readonly user: string | null;
  /** CPU-seconds expected of the host: its cores times the seconds it is known to have been up. */
  readonly expectedCpuSeconds: number;
  /** From when to when it was up, UTC milliseconds, where that is not the whole hour. */
  readonly up: { readonly from: number; readonly to: number } | null;
  /** What happened to the host in the hour and what was done about it, in sentences; absent where nothing did. */
  readonly notes?: readonly string[] | undefined;
  /** How the hour was attributed: by labels, or by tenures of this source. */
  readonly by: string;
  readonly owners: readonly OwnerShare[];
}

/** What stands behind the numbers of an hour. Equal provenance may be one shared object. */
export interface Provenance {
  /** Version of ada-carbon that wrote the row. */
  readonly library: string;
  /** `id` of the power model, with its constants; `null` where there is no energy. */
  readonly model: string | null;
  /** `null` where there is no carbon. */
  readonly intensity: IntensityProvenance | null;
  /** Absent where nobody asked for a market-based ledger, or where what was bought is not known. */
  readonly market?: MarketIntensity;
  /**
   * The share of the CPU-seconds expected that was not observed within the hour: the counters gained it over a time
   * without scrapes, and it was spread by time over the hours of that. More than 0 and at most 1; absent where nothing
   * was spread.
   */
  readonly spread?: number;
  /** `true` where the source had not been heard beyond the end of the hour, so that more may come; else absent. */
  readonly unsettled?: true;
  /** In rows of `ada`: how many scrapes of all hosts the source had of the hour when it was measured. */
  readonly scrapes?: number;
  /** In rows of kind `host` that sync stored; a store gives back exactly what it was given. */
  readonly host?: HostProvenance;
}

/** Whether a basis, or one of several that are joined, is of what one more kWh would cause. */
export function isMarginal(basis: string | undefined): boolean {
  return basis !== undefined && /(^|\+ )marginal /.test(basis);
}

/** What is wrong with what its grams count, as the end of a message; `undefined` where nothing is. */
export function basisFault({
  intensity,
  market,
}: Pick<Provenance, "intensity" | "market">): string | undefined {
  if (!isMarginal(intensity?.basis) && !isMarginal(market?.basis)) return undefined;
  return "its intensity is marginal; use is accounted for by averages";
}

/** Of a row of which nobody knows how it came about: nothing was stored, or it is being made of others. */
export const NO_PROVENANCE: Provenance = { library: "", model: null, intensity: null };

/**
 * How the `model` of rows begins that the workspace tracker counted, poll by poll. They are coarser than what sync
 * measures; their carbon is the sum over polls, each at the intensity of its moment.
 */
export const TRACKED = "tracked/1 ";

/**
 * How the `model` of hours begins that hosts' own meters measured. A row of a host that was metered has no more than the
 * meters; one of several hosts goes on with ` else ` and the model by which hosts without a meter were estimated.
 */
export const METERED = "metered/1 ";

/** Whether meters of hosts have a part in a row with this `model`. */
export function isMetered(model: string | null | undefined): model is string {
  return typeof model === "string" && model.startsWith(METERED);
}

/** The `model` of several hosts of which some were metered and the others estimated. */
export function withMeters(meters: string | null, estimate: string): string {
  return meters === null ? estimate : `${meters}${ELSE}${estimate}`;
}

/** What {@link withMeters} made one of: the meters, and the model of the others. */
export function partsOfModel(model: string): { readonly meters: string | null; readonly estimate: string } {
  const end = isMetered(model) ? model.indexOf(ELSE) : -1;
  if (end === -1) return { meters: null, estimate: model };
  return { meters: model.slice(0, end), estimate: model.slice(end + ELSE.length) };
}

const ELSE = " else ";

/** Whether a row with this `model` was counted by the workspace tracker, where no meter had it. */
export function isTracked(model: string | null | undefined): boolean {
  return typeof model === "string" && partsOfModel(model).estimate.startsWith(TRACKED);
}

/** What stands behind a row that another tool wrote. */
export const UNKNOWN_PROVENANCE: Provenance = { library: "unknown", model: null, intensity: null };
