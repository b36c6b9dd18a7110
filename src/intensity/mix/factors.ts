/** Kinds of power stations that readers of generation mixes tell apart. */
export type Fuel =
  | "biomass"
  | "coal"
  | "gas"
  | "gas-open-cycle"
  | "geothermal"
  | "hydro"
  | "lignite"
  | "nuclear"
  | "oil"
  | "other"
  | "solar"
  | "waste"
  | "wind"
  | "wind-offshore";

/** What a kWh of each fuel emits, by one basis and of one source. */
export interface FuelFactors {
  /** Names the set in the source's id, with its year: `ipcc-2014`. */
  readonly id: string;
  readonly emissions: "direct" | "lifecycle";
  readonly gas: "co2" | "co2e";
  /** Where the figures are published. */
  readonly source: string;
  /**
   * Grams per kWh generated, by {@link Fuel}, or by what a service calls a fuel that is none of these. One that is not
   * here has no factor: hours with over 1% of it are not known.
   */
  readonly gramsPerKwh: Readonly<Record<string, number | undefined>>;
}

/**
 * Lifecycle emissions, medians. Gas of open cycle and lignite, which the table has not, count as gas and coal. It has no
 * oil, waste and other: give `gramsPerKwh` of your own for these.
 */
export const IPCC_2014: FuelFactors = {
  id: "ipcc-2014",
  emissions: "lifecycle",
  gas: "co2e",
  source: "IPCC AR5 WG3 (2014), Annex III, Table A.III.2, medians",
  gramsPerKwh: {
    biomass: 230,
    coal: 820,
    gas: 490,
    "gas-open-cycle": 490,
    geothermal: 38,
    hydro: 24,
    lignite: 820,
    nuclear: 12,
    solar: 48,
    wind: 11,
    "wind-offshore": 12,
  },
};

/** Emissions of generation alone, as the GB Carbon Intensity API has them (`/intensity/factors`). */
export const NESO_2017: FuelFactors = {
  id: "neso-2017",
  emissions: "direct",
  gas: "co2",
  source: "GB Carbon Intensity API, methodology, Table 1 (Staffell 2017); biomass 120, other 300",
  gramsPerKwh: {
    biomass: 120,
    coal: 937,
    gas: 394,
    "gas-open-cycle": 651,
    hydro: 0,
    nuclear: 0,
    oil: 935,
    other: 300,
    solar: 0,
    wind: 0,
    "wind-offshore": 0,
  },
};
