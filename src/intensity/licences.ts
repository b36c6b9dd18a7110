import { assertArgument, TEXT } from "../usage/options.js";
import { GB_LICENCE } from "./gb-facts.js";

/** How the ids of sources begin, and the line that each one's licence or terms want beside its numbers. */
const LICENCES: Readonly<Record<string, string>> = {
  "gb-carbon-intensity/": GB_LICENCE,
  "electricity-maps/":
    "Carbon intensity: Electricity Maps, https://www.electricitymaps.com, by its terms of use.",
  "watttime/": "Marginal emissions: WattTime, https://watttime.org, by its terms of use.",
  "mix/elexon/": "Contains BMRS data © Elexon Limited copyright and database right.",
  "mix/entsoe/":
    "Generation: ENTSO-E Transparency Platform, https://transparency.entsoe.eu, by its terms of use.",
  "mix/eco2mix/": "Generation: RTE, éCO2mix, https://odre.opendatasoft.com, Licence Ouverte 2.0.",
};

/**
 * The line to show beside numbers that were made with a source, by its id as it is stored with every hour; `null` where
 * the source is not one of ours.
 */
export function licenceOfSource(sourceId: string): string | null {
  assertArgument("licenceOfSource", "sourceId", sourceId, TEXT);
  return Object.entries(LICENCES).find(([start]) => sourceId.startsWith(start))?.[1] ?? null;
}
