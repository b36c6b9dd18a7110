import { GB_LICENCE } from "../intensity/gb-facts.js";

/** The line that a source's licence asks for, where we know the source. */
export function gbLicence(sourceId: string): string | null {
  return sourceId.startsWith("gb-carbon-intensity/") ? GB_LICENCE : null;
}
