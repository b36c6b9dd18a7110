import { expect, it } from "vitest";
import { placeOfSource } from "./place-of-source.js";

it.each([
  ["gb-carbon-intensity/national", "Great Britain"],
  ["gb-carbon-intensity/region-12", "South England"],
  ["gb-carbon-intensity/region-99", "Great Britain"],
  ["gb-carbon-intensity/region-12 + electricity-maps/FR", "South England, electricity-maps/FR"],
  ["our-file", "our-file"],
])("%s is a source for %s", (id, place) => expect(placeOfSource(id)).toBe(place));
