import { GB_REGIONS } from "../intensity/gb-facts.js";
import { namesApart } from "../usage/names-together.js";

const GB = "gb-carbon-intensity/";

/** The parts of the grid that a source is of, in words where we know the source. */
export function placeOfSource(sourceId: string): string {
  return namesApart(sourceId).map(placeOfOne).join(", ");
}

function placeOfOne(sourceId: string): string {
  if (!sourceId.startsWith(GB)) return sourceId;
  const region = /region-(\d+)$/.exec(sourceId)?.[1];
  return (region === undefined ? undefined : GB_REGIONS[Number(region)]) ?? "Great Britain";
}
