import { GB_LICENCE, GB_REGIONS } from "../intensity/gb-facts.js";

const GB = "gb-carbon-intensity/";

/** The line that a source's licence asks for, where we know the source. */
export function gbLicence(sourceId: string): string | null {
  return sourceId.startsWith(GB) ? GB_LICENCE : null;
}

/** The part of the grid that a source is of, in words where we know the source. */
export function placeOfSource(sourceId: string): string {
  if (!sourceId.startsWith(GB)) return sourceId;
  const region = /region-(\d+)$/.exec(sourceId)?.[1];
  return (region === undefined ? undefined : GB_REGIONS[Number(region)]) ?? "Great Britain";
}
