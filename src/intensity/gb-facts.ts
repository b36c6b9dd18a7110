import { badInput } from "../usage/errors.js";
import type { AverageBasis } from "./basis.js";

/** The public GB Carbon Intensity API. No key; the rate limit is not published, so put a cache in front. */
export const GB_CARBON_INTENSITY_URL = "https://api.carbonintensity.org.uk";

/** Show this wherever numbers made from the service's data are shown: its licence asks for it. */
export const GB_LICENCE: string =
  "Carbon intensity of electricity in Great Britain: National Energy System Operator (NESO, formerly " +
  "National Grid ESO), Environmental Defense Fund Europe, University of Oxford Department of Computer " +
  "Science and WWF, https://carbonintensity.org.uk, licensed CC BY 4.0.";

/**
 * What the service's grams count, by its own words: CO2 of generation only, with what is imported and what the lines
 * lose. https://carbon-intensity.github.io/api-definitions, read 2026-11-28.
 */
export const GB_BASIS: AverageBasis = {
  signal: "average",
  emissions: "direct",
  flow: "consumption",
  losses: "included",
  accounting: "location",
  gas: "co2",
};

/** Start of the national history, 2017-09-12, UTC milliseconds. Nothing before it is ever requested. */
export const GB_NATIONAL_START: number = Date.UTC(2017, 8, 12);

/** Start of the regional history, 2018-05-10, UTC milliseconds. Nothing before it is ever requested. */
export const GB_REGIONAL_START: number = Date.UTC(2018, 4, 10);

/** Names by region id, as the service spells them. Didcot and Harwell are in 12; 18 works but is not documented. */
export const GB_REGIONS: Readonly<Record<number, string>> = {
  1: "North Scotland",
  2: "South Scotland",
  3: "North West England",
  4: "North East England",
  5: "Yorkshire",
  6: "North Wales & Merseyside",
  7: "South Wales",
  8: "West Midlands",
  9: "East Midlands",
  10: "East England",
  11: "South West England",
  12: "South England",
  13: "London",
  14: "South East England",
  15: "England",
  16: "Scotland",
  17: "Wales",
  18: "GB",
};

/** Refuses (code `bad-input`) a number that is no region id, and lists those that are. */
export function assertRegion(region: number): void {
  if (Object.hasOwn(GB_REGIONS, region)) return;
  const known = Object.entries(GB_REGIONS).map(([id, name]) => `${id} ${name}`);
  throw badInput(`${region} is not a GB region; the regions are ${known.join(", ")}`);
}
