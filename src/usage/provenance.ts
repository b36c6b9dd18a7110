/** How good an intensity is: measured, predicted, or a constant that the caller gave. */
export type IntensityKind = "actual" | "forecast" | "fallback";

/** Where the intensity of an hour came from. Its value is the series' `gco2eqPerKwh`. */
export interface IntensityProvenance {
  readonly kind: IntensityKind;
  /** Identifier of the source, such as `gb-carbon-intensity/national`. */
  readonly source: string;
  /** When it was fetched, UTC milliseconds; `null` for a constant. */
  readonly fetchedAt: number | null;
  /** Whether no better value is to be expected. A hour that is not settled is provisional, and looked up again. */
  readonly settled: boolean;
}

/** What stands behind the numbers of an hour. Equal provenance may be one shared object. */
export interface Provenance {
  /** Version of ada-carbon that wrote the row. */
  readonly library: string;
  /** `id` of the power model, with its constants; `null` where there is no energy. */
  readonly model: string | null;
  /** `null` where there is no carbon. */
  readonly intensity: IntensityProvenance | null;
}
